#include <criterion/criterion.h>
#include <string.h>

#include "engine/base/err.h"

Test(err, message_and_code)
{
    struct err e = {0};
    cr_assert(err_set(&e, ERR_INPUT, "layer %d '%s'", 4, "fc1") == ERR_INPUT);
    cr_assert(e.code == ERR_INPUT);
    cr_assert_str_eq(e.text, "layer 4 'fc1'");
    cr_assert(err_prepend(&e, "model %s", "cnn.h5") == ERR_INPUT);
    cr_assert_str_eq(e.text, "model cnn.h5: layer 4 'fc1'");
    cr_assert(err_set(&e, ERR_RUN, "%s, again", e.text) == ERR_RUN);
    cr_assert_str_eq(e.text, "model cnn.h5: layer 4 'fc1', again");
}

Test(err, no_place_for_the_message)
{
    cr_assert(err_set(NULL, ERR_USAGE, "nobody %s", "listens") == ERR_USAGE);
    cr_assert(err_prepend(NULL, "nobody") != 0);
}

Test(err, long_messages_are_cut)
{
    struct err e;
    char x[3000];
    memset(x, 'x', sizeof x - 1);
    x[sizeof x - 1] = '\0';
    err_set(&e, ERR_RUN, "%s", x);
    cr_assert(strlen(e.text) == sizeof e.text - 1);
    err_prepend(&e, "place");
    cr_assert(strncmp(e.text, "place: xxx", 10) == 0 && strlen(e.text) == sizeof e.text - 1);
    err_prepend(&e, "%s", x);
    cr_assert(strlen(e.text) == sizeof e.text - 1);
}

static int fails(int code)
{
    TRY(code);
    return -7;
}

Test(err, try_returns_the_code)
{
    cr_assert(fails(ERR_INTERRUPTED) == ERR_INTERRUPTED);
    cr_assert(fails(0) == -7);
}

static const char *nearest(const char *word)
{
    static const char *const names[] = {"gaussian_noise", "shot_noise", "pgd", "fgsm", "rotate", "steps"};
    return err_nearest(word, names, sizeof names / sizeof *names);
}

Test(err, nearest)
{
    cr_assert_str_eq(nearest("gausian_nosie"), "gaussian_noise");
    cr_assert_str_eq(nearest("gaussian"), "gaussian_noise");
    cr_assert(err_nearest("epsilon", (const char *const[]){"norm", "eps"}, 2) != NULL);
    cr_assert_str_eq(nearest("pdg"), "pgd");
    cr_assert_str_eq(nearest("setps"), "steps");
    cr_assert_str_eq(nearest("fgms"), "fgsm");
    cr_assert_str_eq(nearest("rotat"), "rotate");
    cr_assert(nearest("brightness") == NULL);
    cr_assert(nearest("xyz") == NULL);
    cr_assert(nearest("") == NULL);
    cr_assert(err_nearest("pgd", NULL, 0) == NULL);
    char huge[200];
    memset(huge, 'p', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    cr_assert(nearest(huge) == NULL);
}
