/* How many tests and values the report holds. */
#include "reports/parts.h"

static void put_size(const struct report_part *p, const char *key)
{
    size_t values = 0;
    for (size_t i = 0; i < p->in->tests->n; i++)
        values += p->in->tests->test[i].metrics.n;
    json_open_object(p->w, key);
    json_put_integer(p->w, "tests", (int64_t)p->in->tests->n);
    json_put_integer(p->w, "values", (int64_t)values);
    json_close_object(p->w);
}

static const struct schema_row rows[] = {{"tests", SCHEMA_INTEGER, .doc = "Tests."},
                                         {"values", SCHEMA_INTEGER, .doc = "Values of all tests."},
                                         {.name = NULL}};

const struct report_section report_section_size = {
    .put = put_size, .schema = {"size", SCHEMA_OBJECT, .rows = rows, .doc = "How much the report holds."}};
