/* gates: none, an evaluation sets no thresholds. */
#include "reports/parts.h"

static void put_gates(const struct report_part *p, const char *key)
{
    json_open_array(p->w, key);
    json_close_array(p->w);
}

static void more_gates(struct json_writer *w)
{
    json_put_integer(w, "maxItems", 0);
}

static const struct schema_row gate = {.kind = SCHEMA_OBJECT};

const struct report_section report_section_gates = {
    .put = put_gates,
    .schema = {"gates", SCHEMA_ARRAY, .rows = &gate, .more = more_gates,
               .doc = "Empty: an evaluation sets no thresholds."}};
