/* Warnings that concern every figure: they stand at the top of report, page and table. */
#include <string.h>

#include "reports/parts.h"

static const char *const top_codes[] = {"onehot_continuous", "binary_continuous", "accuracy_near_chance",
                                        "net_input_range",   "eps_beyond_box",    "eps_below_box",
                                        "eps_unit",          NULL};

static int is_top(const char *code)
{
    for (size_t i = 0; top_codes[i] != NULL; i++)
        if (strcmp(top_codes[i], code) == 0)
            return 1;
    return 0;
}

static int is_same(const struct test_warning *a, const struct test_warning *b)
{
    return strcmp(a->code, b->code) == 0 && strcmp(a->message, b->message) == 0;
}

/* Whether it stands in an earlier test, or earlier in this one. */
static int is_repeated(const struct tests *tests, size_t test, size_t at)
{
    for (size_t i = 0; i <= test; i++)
        for (size_t k = 0; k < tests->test[i].warnings_n && (i < test || k < at); k++)
            if (is_same(&tests->test[i].warning[k], &tests->test[test].warning[at]))
                return 1;
    return 0;
}

const struct test_warning *report_top_warning(const struct tests *tests, size_t *i, size_t *k)
{
    for (; *i < tests->n; ++*i, *k = 0)
        while (*k < tests->test[*i].warnings_n) {
            const size_t at = (*k)++;
            if (is_top(tests->test[*i].warning[at].code) && !is_repeated(tests, *i, at))
                return &tests->test[*i].warning[at];
        }
    return NULL;
}
