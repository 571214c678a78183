/* Text of a page: what base/text.h does, and HTML's escapes. */
#ifndef ASSAY_REPORTS_HTML_H
#define ASSAY_REPORTS_HTML_H
#include "engine/base/text.h"

/* The string as HTML character data or quoted attribute: & < > " ' escaped, control characters shown as U+FFFD. */
void html_escape(struct text *t, const char *s);

#endif
