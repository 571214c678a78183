#include "reports/html.h"

static const char *entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\n': case '\t': return NULL;
    default: return (unsigned char)c < 0x20 || c == 0x7f ? "\xef\xbf\xbd" : NULL;
    }
}

void html_escape(struct text *t, const char *s)
{
    const char *from = s;
    for (; *s != '\0'; s++) {
        const char *replacement = entity(*s);
        if (replacement == NULL)
            continue;
        text_bytes(t, from, (size_t)(s - from));
        text_put(t, replacement);
        from = s + 1;
    }
    text_bytes(t, from, (size_t)(s - from));
}
