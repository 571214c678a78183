/* What the document is, when it was made, and its digests. */
#include "reports/digest.h"
#include "reports/parts.h"

#define SCHEMA_VERSION "1.1.0"

static const char *const schema_id[] = {REPORT_SCHEMA_ID, NULL};

static void put_schema(const struct report_part *p, const char *key)
{
    json_put_string(p->w, key, REPORT_SCHEMA_ID);
}

const struct report_section report_section_schema = {
    .put = put_schema, .schema = {"schema", SCHEMA_STRING, .choices = schema_id}};

static void put_version(const struct report_part *p, const char *key)
{
    json_put_string(p->w, key, SCHEMA_VERSION);
}

const struct report_section report_section_schema_version = {
    .put = put_version, .schema = {"schema_version", SCHEMA_STRING, .text = "^1\\.[0-9]+\\.[0-9]+$"}};

static void put_time(const struct report_part *p, const char *key)
{
    json_put_string(p->w, key, p->created_utc);
}

static void more_time(struct json_writer *w)
{
    json_put_string(w, "format", "date-time");
}

const struct report_section report_section_created_utc = {
    .put = put_time,
    .schema = {"created_utc", SCHEMA_STRING, .more = more_time,
               .text = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}};

static void put_integrity(const struct report_part *p, const char *key)
{
    struct report_digests digests;
    if (p->w->failed || report_digests(p->w->text, p->w->n, &digests, NULL) != 0) {
        p->w->failed = 1;
        return;
    }
    json_open_object(p->w, key);
    json_put_string(p->w, "digest_sha256", digests.document);
    json_put_string(p->w, "results_sha256", digests.results);
    json_close_object(p->w);
}

static const struct schema_row integrity[] = {
    {"digest_sha256", SCHEMA_TYPE, .text = "sha256",
     .doc = "SHA-256 of the document written without white space between tokens, members in this document's order, "
            "numbers and strings spelled as here, without created_utc, environment, integrity, run.shards and every "
            "tests[].duration_s."},
    {"results_sha256", SCHEMA_TYPE, .text = "sha256",
     .doc = "SHA-256 of {config, subject, tests, coverage} written likewise, config from run, tests without duration_s "
            "and evidence: the same for every build of one numerics version."},
    {.name = NULL}};

const struct report_section report_section_integrity = {
    .put = put_integrity, .schema = {"integrity", SCHEMA_OBJECT, .rows = integrity}};
