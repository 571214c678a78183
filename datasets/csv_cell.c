#include "datasets/csv_cell.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Up to 15 digits and a power of ten up to 22 are exact in double, so that one division rounds once and right (Clinger
 * 1990). 1: *out is set. Leaves exponents and longer numbers to strtod. */
static int short_number(const char *s, double *out)
{
    static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    int negative = *s == '-', digits = 0, decimals = 0, point = 0;
    uint64_t mantissa = 0;
    for (s += *s == '-' || *s == '+'; *s; s++) {
        if (*s == '.' && !point) {
            point = 1;
            continue;
        }
        if (!is_digit(*s) || ++digits > 15)
            return 0;
        mantissa = mantissa * 10 + (uint64_t)(*s - '0');
        decimals += point;
    }
    if (digits == 0)
        return 0;
    double v = (double)mantissa / power[decimals];
    *out = negative ? -v : v;
    return 1;
}

enum csv_number csv_number(const char *text, double *out)
{
    char *end = NULL;
    if (short_number(text, out))
        return CSV_NUMBER_GOOD;
    if (!*text || text[strspn(text, "+-.0123456789eE")])
        return CSV_NUMBER_NONE;
    *out = strtod(text, &end);
    if (end == text || *end)
        return CSV_NUMBER_NONE;
    return fabs(*out) <= (double)FLT_MAX ? CSV_NUMBER_GOOD : CSV_NUMBER_LARGE;
}

/* Digits at *s, at most `most`, which are passed. */
static int take_digits(const char **s, int most)
{
    int n = 0;
    for (; n <= most && is_digit(**s); ++*s)
        n++;
    return n <= most ? n : 0;
}

int csv_is_date(const char *text)
{
    const char *s = text;
    int a = take_digits(&s, 4);
    char mark = *s;
    if (a == 0 || a == 3 || !mark || !strchr("-/.", mark))
        return 0;
    s++;
    int b = take_digits(&s, 2);
    if (b == 0 || *s++ != mark)
        return 0;
    int c = take_digits(&s, a == 4 ? 2 : 4);
    if (c == 0 || c == 3 || (a < 4 && c == 1))
        return 0;
    if (!*s)
        return 1;
    return (*s == ' ' || *s == 'T') && is_digit(s[1]) && strchr(s, ':');
}

int csv_is_missing(const char *text)
{
    static const char *const mark[] = {"", "NA", "N/A", "#N/A", "<NA>", "NaN", "?", "null", "none", "nil", "-", "--",
                                       ".", "unknown", "missing", "not recorded", "not available"};
    for (size_t i = 0; i < sizeof mark / sizeof *mark; i++)
        if (strcasecmp(text, mark[i]) == 0)
            return 1;
    return 0;
}

const char *csv_number_fault(const char *text)
{
    size_t comma = strcspn(text, ",");
    if (!*text)
        return "is empty (fill or drop missing values before the import)";
    if (csv_is_date(text))
        return "is a date, which no model takes (make it a number before the import, such as days since a fixed day, "
               "or leave the column out)";
    if (text[comma] && !strchr(text + comma + 1, ',') && !text[strspn(text, "+-.,0123456789eE")])
        return "is not a finite decimal number (a decimal point is wanted, no decimal comma and no thousands)";
    if (csv_is_missing(text))
        return "is not a finite decimal number (fill or drop missing values before the import)";
    return "is not a finite decimal number";
}
