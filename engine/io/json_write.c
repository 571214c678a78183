#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/json.h"
#include "engine/io/utf8.h"

static void put_bytes(struct json_writer *w, const char *bytes, size_t n)
{
    if (w->failed)
        return;
    if (w->capacity - w->n <= n) { /* one byte stays for the NUL */
        size_t capacity = w->capacity * 2 > w->n + n + 1 ? w->capacity * 2 : w->n + n + 1;
        char *grown = realloc(w->text, capacity);
        if (grown == NULL) {
            w->failed = 1;
            return;
        }
        w->text = grown;
        w->capacity = capacity;
    }
    memcpy(w->text + w->n, bytes, n);
    w->n += n;
}

static void put_text(struct json_writer *w, const char *text)
{
    put_bytes(w, text, strlen(text));
}

static void new_line(struct json_writer *w)
{
    if (!w->pretty)
        return;
    put_text(w, "\n");
    for (int i = 0; i < w->depth; i++)
        put_text(w, "  ");
}

static void put_escaped(struct json_writer *w, unsigned char c)
{
    static const char short_form[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    char text[8];
    for (size_t i = 0; i + 1 < sizeof short_form; i += 2) {
        if ((unsigned char)short_form[i] == c) {
            snprintf(text, sizeof text, "\\%c", short_form[i + 1]);
            put_text(w, text);
            return;
        }
    }
    snprintf(text, sizeof text, "\\u%04x", c);
    put_text(w, text);
}

static void put_quoted(struct json_writer *w, const char *s)
{
    size_t n = strlen(s);
    put_text(w, "\"");
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        size_t length = utf8_length(s + i, n - i);
        if (c < 0x20 || c == '"' || c == '\\')
            put_escaped(w, c);
        else if (length == 0)
            put_text(w, "\xef\xbf\xbd"); /* U+FFFD: the document stays valid whatever a file name holds */
        else
            put_bytes(w, s + i, length);
        i += length > 0 ? length : 1;
    }
    put_text(w, "\"");
}

/* Everything before a value: comma, line, key. */
static void lead_in(struct json_writer *w, const char *key)
{
    if (!w->first)
        put_text(w, ",");
    if (w->depth > 0)
        new_line(w);
    w->first = 0;
    if (key != NULL) {
        put_quoted(w, key);
        put_text(w, w->pretty ? ": " : ":");
    }
}

void json_writer_begin(struct json_writer *w, int pretty)
{
    *w = (struct json_writer){.first = 1, .pretty = pretty, .capacity = 256};
    w->text = malloc(w->capacity);
    w->failed = w->text == NULL;
}

int json_writer_end(struct json_writer *w, char **text, size_t *n, struct err *e)
{
    *text = NULL;
    *n = 0;
    if (w->pretty)
        put_text(w, "\n");
    if (w->failed) {
        free(w->text);
        w->text = NULL;
        return err_set(e, ERR_RUN, "out of memory for a JSON document of %zu bytes", w->n);
    }
    w->text[w->n] = '\0';
    *text = w->text;
    *n = w->n;
    w->text = NULL;
    return 0;
}

static void open_container(struct json_writer *w, const char *key, const char *bracket)
{
    lead_in(w, key);
    put_text(w, bracket);
    w->depth++;
    w->first = 1;
}

static void close_container(struct json_writer *w, const char *bracket)
{
    w->depth--;
    if (!w->first)
        new_line(w);
    put_text(w, bracket);
    w->first = 0;
}

void json_open_object(struct json_writer *w, const char *key)
{
    open_container(w, key, "{");
}

void json_close_object(struct json_writer *w)
{
    close_container(w, "}");
}

void json_open_array(struct json_writer *w, const char *key)
{
    open_container(w, key, "[");
}

void json_close_array(struct json_writer *w)
{
    close_container(w, "]");
}

static void put_raw(struct json_writer *w, const char *key, const char *text)
{
    lead_in(w, key);
    put_text(w, text);
}

void json_put_null(struct json_writer *w, const char *key)
{
    put_raw(w, key, "null");
}

void json_put_string(struct json_writer *w, const char *key, const char *value)
{
    if (value == NULL) {
        json_put_null(w, key);
        return;
    }
    lead_in(w, key);
    put_quoted(w, value);
}

#define TEXT_SIZE 32

/* printf and strtod follow the locale; JSON has a point. */
static void set_point(char *text)
{
    const char *point = localeconv()->decimal_point;
    char *found = strcmp(point, ".") != 0 ? strstr(text, point) : NULL;
    if (found == NULL)
        return;
    size_t width = strlen(point);
    *found = '.';
    memmove(found + 1, found + width, strlen(found + width) + 1);
}

static int is_plain_integer(double v)
{
    return fabs(v) <= 0x1p53 && v == floor(v);
}

char *json_number_text(double value, char *buf)
{
    if (is_plain_integer(value)) {
        snprintf(buf, TEXT_SIZE, "%.0f", value);
        return buf;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(buf, TEXT_SIZE, "%.*g", precision, value);
        if (strtod(buf, NULL) == value)
            break;
    }
    set_point(buf);
    return buf;
}

void json_put_number(struct json_writer *w, const char *key, double value)
{
    char text[TEXT_SIZE];
    put_raw(w, key, isfinite(value) ? json_number_text(value, text) : "null");
}

void json_put_integer(struct json_writer *w, const char *key, int64_t value)
{
    char text[TEXT_SIZE];
    snprintf(text, sizeof text, "%" PRId64, value);
    put_raw(w, key, text);
}

void json_put_bool(struct json_writer *w, const char *key, int value)
{
    put_raw(w, key, value ? "true" : "false");
}

static void put_container(struct json_writer *w, const char *key, const struct json *node)
{
    int object = json_type(node) == JSON_OBJECT;
    open_container(w, key, object ? "{" : "[");
    for (const struct json *c = json_first(node); c != NULL; c = json_next(c))
        json_put_node(w, object ? json_key(c) : NULL, c);
    close_container(w, object ? "}" : "]");
}

void json_put_node(struct json_writer *w, const char *key, const struct json *node)
{
    double number = 0;
    switch (json_type(node)) {
    case JSON_NULL:
        json_put_null(w, key);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        json_put_bool(w, key, json_type(node) == JSON_TRUE);
        break;
    case JSON_NUMBER:
        json_number(node, &number);
        json_put_number(w, key, number);
        break;
    case JSON_STRING:
        json_put_string(w, key, json_string(node));
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        put_container(w, key, node);
        break;
    }
}
