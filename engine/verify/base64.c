#include "engine/verify/base64.h"

#include <string.h>

static int value_of(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

size_t base64_decode(const char *text, size_t n, unsigned char *out)
{
    size_t digits = 0, pads = 0, written = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++) {
        int value = value_of(text[i]);
        if (strchr(" \t\r\n", text[i]))
            continue;
        if (text[i] == '=' ? ++pads > 2 : value < 0 || pads > 0)
            return 0;
        if (text[i] == '=')
            continue;
        bits = bits << 6 | (unsigned)value;
        digits++;
        if (digits % 4 != 1)
            out[written++] = (unsigned char)(bits >> (6 - 2 * ((digits - 1) % 4)));
    }
    return (digits + pads) % 4 == 0 ? written : 0;
}
