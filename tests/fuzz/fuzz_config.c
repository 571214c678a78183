/* A config is refused, or read; then its effective form is read to the same plan. */
#include <stdlib.h>
#include <string.h>

#include "configs/plan.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_config;

/* The effective config as text, by malloc. NULL: refused. */
static char *effective(const char *path, size_t *n, size_t *scenarios)
{
    struct plan *plan;
    struct json_writer w;
    struct err e = {0};
    char *text = NULL;
    if (plan_read(&plan, path, NULL, &e))
        return NULL;
    *scenarios = plan->scenarios_n;
    json_writer_begin(&w, 1);
    plan_write(plan, &w, NULL);
    if (json_writer_end(&w, &text, n, &e))
        text = NULL;
    plan_free(plan);
    return text;
}

const char *fuzz_config(const uint8_t *data, size_t n)
{
    size_t first_n = 0, second_n = 0, scenarios = 0, again = 0;
    char *first = effective(fuzz_put("config.json", data, n), &first_n, &scenarios);
    if (!first)
        return NULL;
    char *second = effective(fuzz_put("config.json", (const uint8_t *)first, first_n), &second_n, &again);
    const char *broken = NULL;
    if (!second)
        broken = "the effective config is refused";
    else if (first_n != second_n || memcmp(first, second, first_n) != 0 || scenarios != again)
        broken = "the effective config gives another plan";
    free(first);
    free(second);
    return broken;
}
