/* report.json: its sections as sections.def lists them. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "reports/parts.h"

#define SECTION(name) extern const struct report_section report_section_##name;
#include "reports/sections.def"
#undef SECTION

const struct report_section *const report_sections[] = {
#define SECTION(name) &report_section_##name,
#include "reports/sections.def"
#undef SECTION
    NULL};

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
    json_open_object(&w, NULL);
    for (size_t i = 0; report_sections[i] != NULL; i++)
        report_sections[i]->put(&p, report_sections[i]->schema.name);
    json_close_object(&w);
    return json_writer_end(&w, text, n, e);
}
