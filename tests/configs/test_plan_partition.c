#include <criterion/criterion.h>

#include "configs/plan.h"

/* Every partition as digits of its attributes, one word each: "0 1 01 ". */
static const char *list(size_t attributes, int given, int intersections)
{
    static char text[256];
    struct plan_fairness f = {.given = given, .attributes_n = attributes, .intersections = intersections};
    size_t at = 0;
    for (size_t i = 0; i < plan_partitions(&f); i++) {
        const struct plan_partition p = plan_partition(&f, i);
        for (size_t j = 0; j < p.n; j++)
            text[at++] = (char)('0' + p.at[j]);
        text[at++] = ' ';
    }
    text[at] = '\0';
    return text;
}

Test(plan_partition, attributes_then_pairs_then_all)
{
    cr_expect_str_eq(list(3, 0, 1), "", "no fairness asked for");
    cr_expect_str_eq(list(0, 1, 1), "");
    cr_expect_str_eq(list(1, 1, 1), "0 ");
    cr_expect_str_eq(list(2, 1, 1), "0 1 01 ", "the pair is all");
    cr_expect_str_eq(list(3, 1, 0), "0 1 2 ", "without intersections");
    cr_expect_str_eq(list(3, 1, 1), "0 1 2 01 02 12 012 ");
    cr_expect_str_eq(list(5, 1, 1), "0 1 2 3 4 01 02 03 04 12 13 14 23 24 34 01234 ");
}
