#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/io/json.h"

static struct err e;

/* Parses bytes that end flush against the end of their allocation, for the sanitizer. */
static int parse_bytes(const char *text, size_t n, struct json **out)
{
    char *copy = malloc(n > 0 ? n : 1);
    memcpy(copy, text, n);
    int status = json_parse(copy, n, ERR_USAGE, out, &e);
    free(copy);
    return status;
}

static struct json *parse(const char *text)
{
    struct json *out;
    cr_assert(parse_bytes(text, strlen(text), &out) == 0, "%s: %s", text, e.text);
    return out;
}

static void refuse(const char *text, const char *message)
{
    struct json *out;
    cr_assert(parse_bytes(text, strlen(text), &out) == ERR_USAGE && out == NULL, "accepted %s", text);
    cr_assert(strcmp(e.text, message) == 0, "%s: %s", text, e.text);
}

Test(json_parse, accepts)
{
    static const char *const good[] = {"0", "-0", "1e5", "-1.25E-300", " [ ] ", "{}", "\"\"", "null", "true", "false",
        "[1,2.5,\"x\",{\"a\":[]}]", "\"\\u00e9\\uD83D\\uDE00\\n\\/\"", "{\"a\":{\"a\":1}}", "\t\r\n 7 \n",
        "5e-324", "1e-400"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        json_free(parse(good[i]));
}

Test(json_parse, refuses_what_is_no_json)
{
    refuse("", "line 1, column 1: ends where a value is expected");
    refuse("{\"a\": 01}", "line 1, column 7: not a JSON number");
    refuse("-", "line 1, column 1: not a JSON number");
    refuse("[1.]", "line 1, column 2: not a JSON number");
    refuse("[2e+]", "line 1, column 2: not a JSON number");
    refuse("+1", "line 1, column 1: expected a value");
    refuse(".5", "line 1, column 1: expected a value");
    refuse("[0x1F]", "line 1, column 3: expected ',' or ']'");
    refuse("[1,]", "line 1, column 4: expected a value");
    refuse("{\"a\":1,}", "line 1, column 8: expected a key in double quotes");
    refuse("{a: 1}", "line 1, column 2: expected a key in double quotes");
    refuse("{\"a\" 1}", "line 1, column 6: expected ':' after the key");
    refuse("{\"a\":1 \"b\":2}", "line 1, column 8: expected ',' or '}'");
    refuse("[1 2]", "line 1, column 4: expected ',' or ']'");
    refuse("[\n\n  nul]", "line 3, column 3: expected a value");
    refuse("True", "line 1, column 1: expected a value");
    refuse("{} x", "line 1, column 4: bytes after the end of the document");
    refuse("1 // remark", "line 1, column 3: bytes after the end of the document");
    refuse("[1", "line 1, column 3: expected ',' or ']'");
    refuse("{\"a\":", "line 1, column 6: ends where a value is expected");
}

Test(json_parse, refuses_numbers_out_of_range)
{
    refuse("{\"eps\": NaN}", "line 1, column 9: NaN and Infinity are not JSON");
    refuse("[Infinity]", "line 1, column 2: NaN and Infinity are not JSON");
    refuse("[-Infinity]", "line 1, column 2: not a JSON number");
    refuse("[1,\n 1e999]", "line 2, column 2: number too large for a double");
    refuse("[{\"a\":1,\"b\":[2,-1e309]}]", "line 1, column 16: number too large for a double");
    char digits[100] = "0.";
    memset(digits + 2, '3', 70);
    refuse(digits, "line 1, column 1: number of more than 63 characters");
}

Test(json_parse, refuses_strings_that_are_none)
{
    refuse("[\"abc]", "line 1, column 2: string without end");
    refuse("\"a\nb\"", "line 1, column 3: control character in a string (write it as an escape)");
    refuse("\"\\x41\"", "line 1, column 3: unknown escape in a string");
    refuse("\"\\u12g4\"", "line 1, column 3: \\u wants four hexadecimal digits");
    refuse("\"\\u12", "line 1, column 3: \\u wants four hexadecimal digits");
    refuse("\"a\\u0000b\"", "line 1, column 4: \\u0000 is not accepted in a string");
    refuse("\"\\ud800\"", "line 1, column 3: half of a surrogate pair");
    refuse("\"\\ud800\\u0041\"", "line 1, column 3: half of a surrogate pair");
    refuse("\"\\udc00\\ud800\"", "line 1, column 3: half of a surrogate pair");
    refuse("\"caf\xc3\xa9 \xff\"", "line 1, column 7: invalid UTF-8");
    refuse("\xef\xbb\xbf{}", "line 1, column 1: begins with a byte order mark (save as UTF-8 without it)");
    struct json *out;
    cr_assert(parse_bytes("\"a\0b\"", 5, &out) == ERR_USAGE, "a NUL byte");
    cr_assert(parse_bytes("1\0", 2, &out) == ERR_USAGE, "a NUL behind");
}

Test(json_parse, refuses_duplicate_keys)
{
    refuse("{\"eps\": 1,\n \"eps\": 2}", "line 2, column 2: key 'eps' stands twice in one object");
    refuse("{\"x\":[{\"b\":1,\"c\":{},\"a\":{\"b\":3},\"b\":2}]}",
        "line 1, column 33: key 'b' stands twice in one object");
    refuse("{\"a\":1,\"\\u0061\":2}", "line 1, column 8: key 'a' stands twice in one object");
    json_free(parse("{\"Eps\":1,\"eps\":2,\"EPS\":3}"));
}

Test(json_parse, refuses_depth)
{
    char text[140] = "";
    for (int i = 0; i < 64; i++)
        strcat(text, "[");
    for (int i = 0; i < 64; i++)
        strcat(text, "]");
    json_free(parse(text));
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    text[130] = '\0';
    refuse(text, "line 1, column 65: nested deeper than 64");
    char *deep = malloc(1000001);
    memset(deep, '[', 1000000);
    deep[1000000] = '\0';
    refuse(deep, "line 1, column 65: nested deeper than 64");
    free(deep);
}

/* Every prefix of a document is no document; each ends at the end of its memory. */
Test(json_parse, every_prefix_is_refused)
{
    const char *text = "{\"caf\xc3\xa9\": [1.5e-3, \"\\ud83d\\ude00\\\\\", null, {\"b\": false}], \"z\": -12}";
    for (size_t n = 0; n < strlen(text); n++) {
        struct json *out;
        cr_assert(parse_bytes(text, n, &out) == ERR_USAGE && out == NULL, "%zu", n);
    }
    json_free(parse(text));
}

Test(json_parse, looks_up)
{
    struct json *root = parse("{\"n\": 2.5, \"i\": -7, \"s\": \"caf\\u00e9\","
                              " \"l\": [3, 5, 8], \"t\": true, \"z\": null}");
    double number;
    long integer;
    int flag;
    cr_assert(json_number(json_get(root, "n"), &number) == 0 && number == 2.5);
    cr_assert(json_integer(json_get(root, "i"), &integer) == 0 && integer == -7);
    cr_assert(json_integer(json_get(root, "n"), &integer) != 0);
    cr_assert(json_number(json_get(root, "s"), &number) != 0 && json_number(NULL, &number) != 0);
    cr_assert_str_eq(json_string(json_get(root, "s")), "caf\xc3\xa9");
    cr_assert(json_string(json_get(root, "n")) == NULL && json_string(NULL) == NULL);
    cr_assert(json_bool(json_get(root, "t"), &flag) == 0 && flag == 1);
    cr_assert(json_bool(json_get(root, "n"), &flag) != 0);
    cr_assert(json_get(root, "N") == NULL, "case matters");
    cr_assert(json_get(json_get(root, "l"), "n") == NULL && json_get(NULL, "n") == NULL);
    cr_assert(json_length(root) == 6 && json_length(json_get(root, "l")) == 3 && json_length(json_get(root, "n")) == 0);
    cr_assert(json_integer(json_item(json_get(root, "l"), 2), &integer) == 0 && integer == 8);
    cr_assert(json_item(json_get(root, "l"), 3) == NULL);
    cr_assert_str_eq(json_key(json_next(json_first(root))), "i");
    json_free(root);
}

Test(json_parse, types)
{
    static const enum json_type want[] = {JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY,
        JSON_OBJECT};
    static const char *const names[] = {"null", "false", "true", "a number", "a string", "an array", "an object"};
    struct json *root = parse("[null, false, true, 1.5, \"x\", [], {}]");
    for (size_t i = 0; i < 7; i++) {
        cr_assert(json_type(json_item(root, i)) == want[i]);
        cr_assert_str_eq(json_type_name(json_item(root, i)), names[i]);
    }
    cr_assert_str_eq(json_type_name(NULL), "nothing");
    json_free(root);
}

Test(json_parse, integers_end_at_2_to_53)
{
    struct json *root = parse("[9007199254740992, 9007199254740994, 1e15, -9007199254740992, 1e300]");
    long v;
    cr_assert(json_integer(json_item(root, 0), &v) == 0 && v == 9007199254740992);
    cr_assert(json_integer(json_item(root, 1), &v) != 0);
    cr_assert(json_integer(json_item(root, 2), &v) == 0 && v == 1000000000000000);
    cr_assert(json_integer(json_item(root, 3), &v) == 0 && v == -9007199254740992);
    cr_assert(json_integer(json_item(root, 4), &v) != 0);
    json_free(root);
}

Test(json_parse, files)
{
    struct json *root;
    char path[] = "/tmp/assay-json-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(write(fd, "{\"a\":\n tru}", 11) == 11);
    close(fd);
    cr_assert(json_parse_file(path, ERR_INPUT, &root, &e) == ERR_INPUT && root == NULL);
    cr_assert(strstr(e.text, path) == e.text && strstr(e.text, ": line 2, column 2: expected a value") != NULL);
    remove(path);
    cr_assert(json_parse_file(path, ERR_USAGE, &root, &e) == ERR_USAGE && root == NULL);
    cr_assert(strstr(e.text, "cannot open") != NULL);
}
