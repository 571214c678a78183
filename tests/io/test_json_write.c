#include <criterion/criterion.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/json.h"

static struct err e;

static char *end(struct json_writer *w)
{
    char *text;
    size_t n;
    cr_assert(json_writer_end(w, &text, &n, &e) == 0 && strlen(text) == n);
    return text;
}

static void put_all(struct json_writer *w)
{
    json_open_object(w, NULL);
    json_put_string(w, "s", "q\"b\\n\nt\tc\x01 caf\xc3\xa9 \xff.");
    json_put_string(w, "none", NULL);
    json_open_array(w, "empty");
    json_close_array(w);
    json_open_array(w, "list");
    json_put_integer(w, NULL, INT64_MIN);
    json_put_bool(w, NULL, 7);
    json_put_bool(w, NULL, 0);
    json_open_object(w, NULL);
    json_close_object(w);
    json_put_null(w, NULL);
    json_close_array(w);
    json_put_number(w, "nan", NAN);
    json_put_number(w, "inf", -INFINITY);
    json_close_object(w);
}

Test(json_write, compact)
{
    struct json_writer w;
    json_writer_begin(&w, 0);
    put_all(&w);
    char *text = end(&w);
    cr_assert_str_eq(text, "{\"s\":\"q\\\"b\\\\n\\nt\\tc\\u0001 caf\xc3\xa9 \xef\xbf\xbd.\",\"none\":null,\"empty\":[],"
                           "\"list\":[-9223372036854775808,true,false,{},null],\"nan\":null,\"inf\":null}");
    free(text);
}

Test(json_write, pretty)
{
    struct json_writer w;
    json_writer_begin(&w, 1);
    json_open_object(&w, NULL);
    json_open_array(&w, "a");
    json_put_integer(&w, NULL, 17);
    json_put_string(&w, NULL, "x");
    json_close_array(&w);
    json_open_object(&w, "b");
    json_close_object(&w);
    json_close_object(&w);
    char *text = end(&w);
    cr_assert_str_eq(text, "{\n  \"a\": [\n    17,\n    \"x\"\n  ],\n  \"b\": {}\n}\n");
    free(text);
}

Test(json_write, copies_nodes)
{
    const char *source = "{\"a\":[1,0.1,true,false,null,{\"b\":\"\\u0001\"}],\"c\":{}}";
    struct json *root;
    struct json_writer w;
    cr_assert(json_parse(source, strlen(source), ERR_USAGE, &root, &e) == 0);
    json_writer_begin(&w, 0);
    json_put_node(&w, NULL, root);
    char *text = end(&w);
    cr_assert_str_eq(text, source);
    json_free(root);
    free(text);
}

static const char *number(double v)
{
    static char buf[32];
    return json_number_text(v, buf);
}

Test(json_write, shortest_doubles)
{
    cr_assert_str_eq(number(0.1), "0.1");
    cr_assert_str_eq(number(8.0 / 255), "0.03137254901960784");
    cr_assert_str_eq(number(0.1 + 0.2), "0.30000000000000004");
    cr_assert_str_eq(number(-0.0), "-0");
    cr_assert_str_eq(number(100000000000000000000.0), "1e+20");
    cr_assert_str_eq(number(9007199254740992.0), "9007199254740992");
    cr_assert_str_eq(number(1234567890123.0), "1234567890123");
    cr_assert_str_eq(number(5e-324), "4.94065645841247e-324");
    cr_assert_str_eq(number(DBL_MAX), "1.7976931348623157e+308");
}

/* Text from a writer of one number, and the value a reader of it gets. */
static double round_trip(double v, char text[40])
{
    struct json_writer w;
    struct json *root;
    double back = NAN;
    json_writer_begin(&w, 0);
    json_put_number(&w, NULL, v);
    char *written = end(&w);
    strcpy(text, written);
    cr_assert(json_parse(written, strlen(written), ERR_RUN, &root, &e) == 0, "%s", e.text);
    cr_assert(json_number(root, &back) == 0);
    json_free(root);
    free(written);
    return back;
}

/* Any bit pattern, from a linear congruential sequence. */
static uint64_t next_bits(void)
{
    static uint64_t state = 88172645463325252u;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state ^ (state >> 29);
}

Test(json_write, any_number_reads_back)
{
    char text[40];
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_bits();
        double d;
        memcpy(&d, &bits, sizeof d);
        cr_assert(!isfinite(d) || round_trip(d, text) == d, "%s", text);
    }
}

/* Skipped where the system has no locale with a decimal comma. */
Test(json_write, the_locale_does_not_matter)
{
    char text[40];
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
        cr_skip_test("no locale with a decimal comma");
    cr_assert_str_eq(number(0.25), "0.25");
    cr_assert(round_trip(0.37, text) == 0.37);
    cr_assert_str_eq(text, "0.37");
}

Test(json_write, grows)
{
    struct json_writer w;
    json_writer_begin(&w, 0);
    json_open_array(&w, NULL);
    for (int i = 0; i < 100000; i++)
        json_put_integer(&w, NULL, i % 10);
    json_close_array(&w);
    char *text = end(&w);
    cr_assert(strlen(text) == 200001 && text[1] == '0' && text[199999] == '9');
    free(text);
}

Test(json_write, out_of_memory_is_reported_at_the_end)
{
    struct json_writer w;
    char *text;
    size_t n;
    json_writer_begin(&w, 0);
    w.failed = 1; /* as after a failed realloc */
    json_put_string(&w, NULL, "x");
    cr_assert(json_writer_end(&w, &text, &n, &e) == ERR_RUN && text == NULL && n == 0);
    cr_assert(strstr(e.text, "out of memory") != NULL);
}
