#include <criterion/criterion.h>
#include <stdio.h>
#include "engine/base/names.h"

static const char *colour_name(size_t i)
{
    static const char *const colours[] = {"red", "green", "blue", NULL};
    return colours[i];
}

static const char *number_name(size_t i)
{
    static char text[16];
    snprintf(text, sizeof text, "n%zu", i);
    return text;
}

static const char *nothing(size_t i)
{
    (void)i;
    return NULL;
}

Test(names, are_found_by_their_place)
{
    cr_expect_eq(names_find(colour_name, "red"), 0);
    cr_expect_eq(names_find(colour_name, "blue"), 2);
    cr_expect_eq(names_find(colour_name, "gre"), 3, "a part of a name is none");
    cr_expect_eq(names_find(colour_name, ""), 3);
    cr_expect_eq(names_find(nothing, "red"), 0);
    cr_expect_eq(names_find(number_name, "n777"), 777, "a look-up has no end but the table's");
}

Test(names, the_nearest_is_named_or_the_table)
{
    struct err e;
    cr_expect_str_eq(names_nearest(colour_name, "gren"), "green");
    cr_expect_null(names_nearest(colour_name, "ultramarine"));
    cr_expect_null(names_nearest(nothing, "red"));
    cr_expect_eq(names_unknown(colour_name, "colour", "gren", &e), ERR_USAGE);
    cr_expect_str_eq(e.text, "unknown colour 'gren' (did you mean 'green'?)");
    cr_expect_eq(names_unknown(colour_name, "colour", "ultramarine", &e), ERR_USAGE);
    cr_expect_str_eq(e.text, "unknown colour 'ultramarine' (see: assay list colours)");
}
