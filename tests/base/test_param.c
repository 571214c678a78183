#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "engine/base/param.h"

struct sample {
    int flag, choice;
    long steps;
    double rate;
    const char *text;
    struct param_reals eps, none;
    struct param_ints sizes, no_sizes;
};

static const char *const norms[] = {"linf", "l2", "l1", NULL};
#define AT(field) offsetof(struct sample, field)
static const struct param rows[] = {
    {.name = "flag", .type = PARAM_BOOL, .offset = AT(flag), .default_value = 1},
    {.name = "norm", .type = PARAM_CHOICE, .offset = AT(choice), .default_value = 2, .choices = norms},
    {.name = "steps", .type = PARAM_INT, .offset = AT(steps), .default_value = 40, .min = 1, .max = 1e6},
    {.name = "rate", .type = PARAM_REAL, .offset = AT(rate), .default_value = 0.37, .max = 1},
    {.name = "text", .type = PARAM_STRING, .offset = AT(text)},
    {.name = "eps", .type = PARAM_REALS, .offset = AT(eps), .default_value = 0.03, .max = 1},
    {.name = "none", .type = PARAM_REALS, .offset = AT(none), .default_value = NAN, .max = 1},
    {.name = "sizes", .type = PARAM_INTS, .offset = AT(sizes), .default_value = -7, .min = -9, .max = 9},
    {.name = "no_sizes", .type = PARAM_INTS, .offset = AT(no_sizes), .default_value = NAN},
    {.name = NULL}};

Test(param, defaults)
{
    struct sample s;
    memset(&s, 0x5a, sizeof s);
    param_defaults(rows, &s);
    cr_assert(s.flag == 1 && s.choice == 2 && s.steps == 40 && s.rate == 0.37 && s.text == NULL);
    cr_assert(s.eps.n == 1 && s.eps.v[0] == 0.03 && s.none.n == 0);
    cr_assert(s.sizes.n == 1 && s.sizes.v[0] == -7 && s.no_sizes.n == 0);
}

Test(param, nearest)
{
    cr_assert_str_eq(param_nearest(rows, "setps"), "steps");
    cr_assert_str_eq(param_nearest(rows, "epsilon"), "eps");
    cr_assert(param_nearest(rows, "momentum") == NULL);
    cr_assert(param_nearest(&rows[9], "eps") == NULL);
}
