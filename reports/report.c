/* report.json: the order of the document, its time and its digests. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reports/digest.h"
#include "reports/parts.h"

#define SCHEMA_ID "urn:assay:schema:report:1"
#define SCHEMA_VERSION "1.1.0"

int report_open_line(struct json_writer *w)
{
    int pretty = w->pretty;
    json_open_object(w, NULL);
    w->pretty = 0;
    return pretty;
}

void report_close_line(struct json_writer *w, int pretty)
{
    json_close_object(w);
    w->pretty = pretty;
}

/* The last member: all that is hashed stands before it. */
static int put_integrity(const struct report_part *p, struct err *e)
{
    struct report_digests digests;
    if (p->w->failed)
        return 0; /* out of memory: reported by json_writer_end */
    TRY(report_digests(p->w->text, p->w->n, &digests, e));
    json_open_object(p->w, "integrity");
    json_put_string(p->w, "digest_sha256", digests.document);
    json_put_string(p->w, "results_sha256", digests.results);
    json_close_object(p->w);
    return 0;
}

static int put_document(const struct report_part *p, struct err *e)
{
    struct json_writer *w = p->w;
    json_open_object(w, NULL);
    json_put_string(w, "schema", SCHEMA_ID);
    json_put_string(w, "schema_version", SCHEMA_VERSION);
    json_put_string(w, "created_utc", p->created_utc);
    report_put_tool(p);
    report_put_run(p);
    report_put_environment(p);
    report_put_subject(p);
    report_put_findings(p);
    report_put_tests(p);
    json_open_array(w, "gates");
    json_close_array(w);
    report_put_coverage(p);
    report_put_limitations(p);
    TRY(report_put_summary(p, e));
    TRY(put_integrity(p, e));
    json_close_object(w);
    return 0;
}

static void set_time(char out[REPORT_TIME])
{
    time_t now = time(NULL);
    struct tm tm;
    out[0] = '\0';
    if (gmtime_r(&now, &tm) != NULL)
        strftime(out, REPORT_TIME, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

int report_build(const struct report_input *in, char **text, size_t *n, struct err *e)
{
    struct json_writer w;
    struct report_part p = {.in = in, .w = &w};
    set_time(p.created_utc);
    if (sha256_file("/proc/self/exe", p.binary_sha256, NULL) != 0)
        p.binary_sha256[0] = '\0'; /* no /proc: the report says null */
    json_writer_begin(&w, 1);
    int code = put_document(&p, e);
    if (code == 0)
        return json_writer_end(&w, text, n, e);
    if (json_writer_end(&w, text, n, NULL) == 0)
        free(*text);
    return code;
}
