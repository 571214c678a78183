#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/json.h"

struct sample {
    int flag, norm;
    long steps;
    double rate, ratio;
    const char *text;
    struct param_reals eps, none;
    struct param_ints sizes;
};

static const char *const norms[] = {"linf", "l2", "l1", NULL};
static const char *const also[] = {"name", "comment", NULL};
#define AT(field) offsetof(struct sample, field)
static const struct param rows[] = {
    {.name = "flag", .type = PARAM_BOOL, .offset = AT(flag), .default_value = 1},
    {.name = "norm", .type = PARAM_CHOICE, .offset = AT(norm), .default_value = 1, .choices = norms},
    {.name = "steps", .type = PARAM_INT, .offset = AT(steps), .default_value = 40, .min = 1, .max = 1e6},
    {.name = "rate", .type = PARAM_REAL, .offset = AT(rate), .default_value = 0.37, .min = 0, .max = INFINITY,
        .unit = "pixels"},
    {.name = "ratio", .type = PARAM_REAL, .offset = AT(ratio), .min = -INFINITY, .max = 0.5, .unit = ""},
    {.name = "text", .type = PARAM_STRING, .offset = AT(text)},
    {.name = "eps", .type = PARAM_REALS, .offset = AT(eps), .min = 0, .max = 1, .required = 1},
    {.name = "none", .type = PARAM_REALS, .offset = AT(none), .default_value = NAN, .max = 1},
    {.name = "sizes", .type = PARAM_INTS, .offset = AT(sizes), .default_value = NAN, .min = -9, .max = 9},
    {.name = NULL}};

static struct err e;
static struct arena arena;

static int read_text(const char *text, struct sample *s)
{
    struct json *root;
    cr_assert(json_parse(text, strlen(text), ERR_USAGE, &root, &e) == 0, "%s", e.text);
    arena_init(&arena, 0);
    int status = json_read_params(root, rows, also, s, &arena, ERR_USAGE, &e);
    json_free(root);
    return status;
}

static void refuse(const char *text, const char *message)
{
    struct sample s;
    cr_assert(read_text(text, &s) == ERR_USAGE, "accepted %s", text);
    cr_assert(strcmp(e.text, message) == 0, "%s: %s", text, e.text);
    arena_free(&arena);
}

Test(json_param, defaults)
{
    struct sample s;
    cr_assert(read_text("{\"eps\": 0.25, \"steps\": null, \"name\": [1]}", &s) == 0, "%s", e.text);
    cr_assert(s.flag == 1 && s.norm == 1 && s.steps == 40 && s.rate == 0.37 && s.text == NULL);
    cr_assert(s.eps.n == 1 && s.eps.v[0] == 0.25 && s.none.n == 0 && s.sizes.n == 0);
    arena_free(&arena);
}

Test(json_param, values)
{
    struct sample s;
    const char *text = "{\"flag\": false, \"norm\": \"l1\", \"steps\": 1e3, \"rate\": \"3/8\", \"ratio\": -7.5,"
                       " \"text\": \"caf\\u00e9\", \"eps\": [\"8/255\", 0.5, \"1.5/6e0\"], \"none\": \"1/3\","
                       " \"sizes\": [-9, 7]}";
    cr_assert(read_text(text, &s) == 0, "%s", e.text);
    cr_assert(s.flag == 0 && s.norm == 2 && s.steps == 1000 && s.rate == 0.375 && s.ratio == -7.5);
    cr_assert_str_eq(s.text, "caf\xc3\xa9");
    cr_assert(s.eps.n == 3 && s.eps.v[0] == 8.0 / 255 && s.eps.v[1] == 0.5 && s.eps.v[2] == 0.25);
    cr_assert(s.none.n == 1 && s.none.v[0] == 1.0 / 3);
    cr_assert(s.sizes.n == 2 && s.sizes.v[0] == -9 && s.sizes.v[1] == 7);
    arena_free(&arena);
}

Test(json_param, wrong_types)
{
    refuse("[]", "wants an object, got an array");
    refuse("{\"eps\": 1, \"flag\": 1}", "flag: wants true or false, got a number");
    refuse("{\"eps\": 1, \"flag\": \"yes\"}", "flag = \"yes\": wants true or false");
    refuse("{\"eps\": 1, \"steps\": \"40\"}", "steps = \"40\": wants an integer");
    refuse("{\"eps\": 1, \"steps\": 2.5}", "steps = 2.5: wants an integer");
    refuse("{\"eps\": 1, \"rate\": [1]}", "rate: wants a number or a fraction such as \"8/255\", got an array");
    refuse("{\"eps\": 1, \"text\": 7}", "text: wants a string, got a number");
    refuse("{\"eps\": {}}", "eps: wants numbers or fractions such as \"8/255\", got an object");
    refuse("{\"eps\": [0.1, null]}", "eps: wants numbers or fractions such as \"8/255\", got null");
    refuse("{\"eps\": 1, \"sizes\": [1.5]}", "sizes = 1.5: wants integers");
    refuse("{\"eps\": 1, \"norm\": 2}", "norm: wants one of linf, l2, l1, got a number");
}

Test(json_param, fractions)
{
    static const char *const bad[] = {"8", "8/", "/255", "8/0", "8 / 255", "8/255/2", "a/b", "0x8/255", "1e308/1e-308",
        "", "08/255", "+8/255"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[64], message[96];
        snprintf(text, sizeof text, "{\"eps\": \"%s\"}", bad[i]);
        snprintf(message, sizeof message, "eps = \"%s\": wants numbers or fractions such as \"8/255\"", bad[i]);
        refuse(text, message);
    }
}

Test(json_param, bounds)
{
    refuse("{\"eps\": 1, \"steps\": 0}", "steps = 0: wants 1 to 1000000");
    refuse("{\"eps\": 1, \"rate\": -0.5}", "rate = -0.5: wants at least 0 pixels");
    refuse("{\"eps\": 1, \"ratio\": 0.75}", "ratio = 0.75: wants at most 0.5");
    refuse("{\"eps\": [0.1, \"9/8\"]}", "eps = 1.125: wants 0 to 1");
    refuse("{\"eps\": 1, \"sizes\": -10}", "sizes = -10: wants -9 to 9");
    refuse("{\"eps\": []}", "eps: list of 0 elements, wants 1 to 64");
    char text[300] = "{\"eps\": 1, \"sizes\": [1";
    for (int i = 0; i < 64; i++)
        strcat(text, ",2");
    strcat(text, "]}");
    refuse(text, "sizes: list of 65 elements, wants 1 to 64");
}

Test(json_param, keys_and_choices)
{
    refuse("{}", "key 'eps' is missing");
    refuse("{\"eps\": null}", "key 'eps' is missing");
    refuse("{\"eps\": 1, \"setps\": 3}", "unknown key 'setps': did you mean 'steps'?");
    refuse("{\"eps\": 1, \"coment\": 3}", "unknown key 'coment': did you mean 'comment'?");
    refuse("{\"eps\": 1, \"momentum\": 3}", "unknown key 'momentum'");
    refuse("{\"EPS\": 1}", "unknown key 'EPS'");
    refuse("{\"eps\": 1, \"norm\": \"linff\"}", "norm = \"linff\": did you mean \"linf\"? Known: linf, l2, l1");
    refuse("{\"eps\": 1, \"norm\": \"euclid\"}", "norm = \"euclid\": wants one of linf, l2, l1");
}

Test(json_param, echo_reads_back)
{
    struct sample s, again;
    struct json_writer w;
    char *text;
    size_t n;
    cr_assert(read_text("{\"eps\": [\"8/255\", 0.1], \"norm\": \"linf\", \"ratio\": 1e-7, \"sizes\": 3}", &s) == 0);
    json_writer_begin(&w, 0);
    json_open_object(&w, NULL);
    json_put_params(&w, rows, &s);
    json_close_object(&w);
    cr_assert(json_writer_end(&w, &text, &n, &e) == 0);
    cr_assert_str_eq(text, "{\"flag\":true,\"norm\":\"linf\",\"steps\":40,\"rate\":0.37,\"ratio\":1e-07,\"text\":null,"
                           "\"eps\":[0.03137254901960784,0.1],\"none\":null,\"sizes\":3}");
    arena_free(&arena);
    memset(&again, 0, sizeof again);
    cr_assert(read_text(text, &again) == 0, "%s", e.text);
    cr_assert(again.eps.n == 2 && again.eps.v[0] == 8.0 / 255 && again.ratio == 1e-7 && again.sizes.v[0] == 3);
    cr_assert(again.none.n == 0 && again.norm == 0);
    arena_free(&arena);
    free(text);
}
