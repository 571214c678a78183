#include <stdlib.h>
#include <string.h>

#include "engine/io/json_private.h"
#include "engine/io/utf8.h"

#define DEPTH_MAX 64
#define VALUES_MAX ((size_t)4 << 20) /* bounds the memory of the tree */
#define NUMBER_MAX 63                /* cJSON copies a number into 64 bytes */

struct scan {
    const char *text;
    size_t n, at, values;
    int depth;
    struct json_marks *marks;
    struct json_fault *fault;
};

static int fail(struct scan *s, size_t at, const char *what)
{
    s->fault->at = at;
    s->fault->what = what;
    return -1;
}

static int peek(const struct scan *s)
{
    return s->at < s->n ? (unsigned char)s->text[s->at] : -1;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->n && memchr(" \t\r\n", s->text[s->at], 4) != NULL)
        s->at++;
}

static int mark(struct scan *s)
{
    struct json_marks *m = s->marks;
    if (m->n == m->capacity) {
        size_t capacity = m->capacity > 0 ? m->capacity * 2 : 256;
        size_t *grown = realloc(m->at, capacity * sizeof *grown);
        if (grown == NULL)
            return fail(s, s->at, NULL);
        m->at = grown;
        m->capacity = capacity;
    }
    m->at[m->n++] = s->at;
    return 0;
}

static int hex4(const struct scan *s, size_t at, unsigned *out)
{
    *out = 0;
    for (size_t i = at; i < at + 4; i++) {
        const char *digits = "0123456789abcdefABCDEF";
        const char *found = i < s->n && s->text[i] != '\0' ? strchr(digits, s->text[i]) : NULL;
        if (found == NULL)
            return -1;
        unsigned digit = (unsigned)(found - digits);
        *out = *out * 16 + (digit < 16 ? digit : digit - 6);
    }
    return 0;
}

/* At the 'u' of \uXXXX. */
static int scan_unicode(struct scan *s)
{
    unsigned high, low;
    if (hex4(s, s->at + 1, &high) != 0)
        return fail(s, s->at, "\\u wants four hexadecimal digits");
    if (high == 0)
        return fail(s, s->at, "\\u0000 is not accepted in a string");
    if (high < 0xd800 || high > 0xdfff) {
        s->at += 5;
        return 0;
    }
    int pair = s->at + 7 < s->n && s->text[s->at + 5] == '\\' && s->text[s->at + 6] == 'u';
    if (high > 0xdbff || !pair || hex4(s, s->at + 7, &low) != 0 || low < 0xdc00 || low > 0xdfff)
        return fail(s, s->at, "half of a surrogate pair");
    s->at += 11;
    return 0;
}

static int scan_escape(struct scan *s)
{
    s->at++;
    int c = peek(s);
    if (c == 'u')
        return scan_unicode(s);
    if (c <= 0 || strchr("\"\\/bfnrt", c) == NULL)
        return fail(s, s->at, "unknown escape in a string");
    s->at++;
    return 0;
}

static int scan_string(struct scan *s)
{
    size_t start = s->at++;
    for (;;) {
        int c = peek(s);
        size_t length = c < 0 ? 0 : utf8_length(s->text + s->at, s->n - s->at);
        if (c < 0)
            return fail(s, start, "string without end");
        if (c == '"')
            break;
        if (c < 0x20)
            return fail(s, s->at, "control character in a string (write it as an escape)");
        if (length == 0)
            return fail(s, s->at, "invalid UTF-8");
        if (c != '\\')
            s->at += length;
        else if (scan_escape(s) != 0)
            return -1;
    }
    s->at++;
    return 0;
}

static size_t digits(const char *text, size_t n, size_t at)
{
    size_t i = at;
    while (i < n && text[i] >= '0' && text[i] <= '9')
        i++;
    return i - at;
}

size_t json_number_length(const char *text, size_t n)
{
    size_t i = n > 0 && text[0] == '-';
    size_t whole = digits(text, n, i);
    if (whole == 0 || (whole > 1 && text[i] == '0'))
        return 0;
    i += whole;
    if (i < n && text[i] == '.') {
        size_t fraction = digits(text, n, i + 1);
        if (fraction == 0)
            return 0;
        i += 1 + fraction;
    }
    if (i < n && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < n && (text[i] == '+' || text[i] == '-'))
            i++;
        size_t exponent = digits(text, n, i);
        if (exponent == 0)
            return 0;
        i += exponent;
    }
    return i;
}

static int scan_number(struct scan *s)
{
    size_t length = json_number_length(s->text + s->at, s->n - s->at);
    if (length == 0)
        return fail(s, s->at, "not a JSON number");
    if (length > NUMBER_MAX)
        return fail(s, s->at, "number of more than 63 characters");
    if (mark(s) != 0)
        return -1;
    s->at += length;
    return 0;
}

static int scan_word(struct scan *s)
{
    static const char *const words[] = {"null", "true", "false"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if (s->n - s->at >= length && memcmp(s->text + s->at, words[i], length) == 0) {
            s->at += length;
            return 0;
        }
    }
    if (memchr("NI", peek(s), 2) != NULL)
        return fail(s, s->at, "NaN and Infinity are not JSON");
    return fail(s, s->at, "expected a value");
}

static int scan_value(struct scan *s);

static int scan_member(struct scan *s)
{
    if (peek(s) != '"')
        return fail(s, s->at, "expected a key in double quotes");
    if (mark(s) != 0 || scan_string(s) != 0)
        return -1;
    skip_space(s);
    if (peek(s) != ':')
        return fail(s, s->at, "expected ':' after the key");
    s->at++;
    return scan_value(s);
}

/* An array or object, at its opening bracket. */
static int scan_container(struct scan *s, char close)
{
    if (++s->depth > DEPTH_MAX)
        return fail(s, s->at, "nested deeper than 64");
    s->at++;
    skip_space(s);
    for (int first = 1; peek(s) != close; first = 0) {
        if (!first && peek(s) != ',')
            return fail(s, s->at, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
        s->at += !first;
        skip_space(s);
        if ((close == '}' ? scan_member(s) : scan_value(s)) != 0)
            return -1;
        skip_space(s);
    }
    s->at++;
    s->depth--;
    return 0;
}

static int scan_value(struct scan *s)
{
    skip_space(s);
    if (++s->values > VALUES_MAX)
        return fail(s, s->at, "more than 4194304 values");
    int c = peek(s);
    if (c < 0)
        return fail(s, s->at, "ends where a value is expected");
    if (c == '{' || c == '[')
        return scan_container(s, c == '{' ? '}' : ']');
    if (c == '"')
        return scan_string(s);
    if (c == '-' || (c >= '0' && c <= '9'))
        return scan_number(s);
    return scan_word(s);
}

int json_check(const char *text, size_t n, struct json_marks *marks, struct json_fault *fault)
{
    *marks = (struct json_marks){0};
    *fault = (struct json_fault){0};
    struct scan s = {.text = text, .n = n, .marks = marks, .fault = fault};
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return fail(&s, 0, "begins with a byte order mark (save as UTF-8 without it)");
    if (scan_value(&s) != 0)
        return -1;
    skip_space(&s);
    return s.at == n ? 0 : fail(&s, s.at, "bytes after the end of the document");
}
