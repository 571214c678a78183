/* Digests of a report's text; shared by the files of reports/ only. What they are over: report.h. */
#ifndef ASSAY_REPORTS_DIGEST_H
#define ASSAY_REPORTS_DIGEST_H
#include "engine/io/json.h"
#include "reports/report.h"

/* Of a document that json_parse accepts, or of its beginning up to its last member, which is then "integrity".
 * Only memory can run out. */
int report_digests(const char *text, size_t n, struct report_digests *out, struct err *e);
/* report_check of a text that was parsed to `root`. */
int report_integrity_of(const struct json *root, const char *text, size_t n, struct report_integrity *out,
                        struct err *e);

#endif
