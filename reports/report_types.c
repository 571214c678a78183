/* The types that the report's schema goes by; those that have tables list what the tables hold. */
#include <stdlib.h>
#include <string.h>

#include "metrics/family.h"
#include "reports/parts.h"

static void open_choices(struct json_writer *w)
{
    json_open_array(w, "enum");
}

static void more_metric_id(struct json_writer *w)
{
    open_choices(w);
    for (const struct metric_kind *const *kind = metric_kinds(); *kind != NULL; kind++)
        json_put_string(w, NULL, (*kind)->name);
    for (const struct probe_kind *const *probe = probe_kinds; *probe != NULL; probe++)
        for (const struct probe_metric *m = (*probe)->metrics; m->id != NULL; m++)
            json_put_string(w, NULL, m->id);
    json_close_array(w);
}

static void more_norm(struct json_writer *w)
{
    open_choices(w);
    for (size_t i = 0; i < NORMS; i++)
        json_put_string(w, NULL, norm_names[i]);
    json_close_array(w);
}

/* The ids of every family: whole ones, and those that go on behind a '.'. */
static void more_test_id(struct json_writer *w)
{
    struct text pattern = {0};
    const char *separator = "^(";
    char *out;
    for (size_t i = 0; family_kinds[i] != NULL; i++, separator = "|") {
        const char *tests = family_kinds[i]->tests, *c;
        text_put(&pattern, separator);
        for (c = tests; *c != '\0'; c++)
            text_format(&pattern, *c == '.' ? "\\%c" : "%c", *c);
        if (c > tests && c[-1] == '.')
            text_put(&pattern, ".+");
    }
    text_put(&pattern, ")$");
    if (text_end(&pattern, &out, NULL, NULL) != 0) {
        w->failed = 1;
        return;
    }
    json_put_string(w, "pattern", out);
    free(out);
}

static const struct schema_row ci[] = {{"level", SCHEMA_TYPE, .text = "level"},
                                       {"low", SCHEMA_NUMBER, .flags = SCHEMA_NULL},
                                       {"high", SCHEMA_NUMBER, .flags = SCHEMA_NULL},
                                       {"method", SCHEMA_STRING, .text = SCHEMA_TEXT},
                                       {.name = NULL}};

static const struct schema_row pair[] = {
    {"low", .kind = SCHEMA_STRING}, {"high", SCHEMA_STRING, .flags = SCHEMA_NULL}, {.name = NULL}};

static void more_not_negative(struct json_writer *w)
{
    json_put_integer(w, "minimum", 0);
}

static void more_level(struct json_writer *w)
{
    json_put_integer(w, "exclusiveMinimum", 0);
    json_put_integer(w, "exclusiveMaximum", 1);
}

static const char *const coverage_kinds[] = {"threat", "objective", "technique", NULL};
static const struct schema_row dimension = {.kind = SCHEMA_INTEGER};
static const struct schema_row number = {.kind = SCHEMA_NUMBER, .flags = SCHEMA_NULL};

const struct schema_row report_schema_types[] = {
    {"sha256", SCHEMA_STRING, .text = "^[0-9a-f]{64}$"},
    {"not_negative", SCHEMA_NUMBER, .more = more_not_negative},
    {"level", SCHEMA_NUMBER, .more = more_level},
    {"values", SCHEMA_ARRAY, .rows = &number},
    {"shape", SCHEMA_ARRAY, .rows = &dimension, .doc = "Of one sample; images are height, width, channels."},
    {"norm", SCHEMA_STRING, .more = more_norm},
    {"test_id", SCHEMA_STRING, .more = more_test_id,
     .doc = "Dotted and stable, such as robustness.adversarial.pgd_linf; its last part may be a user's "
            "attribute name, in which each byte but letters, digits, '_' and '-' is '%' and two hexadecimal digits."},
    {"scenario", SCHEMA_STRING, .text = SCHEMA_TEXT,
     .doc = "How the test set was presented: clean, natural.gaussian_noise@3, adversarial.pgd_linf@0.03, "
            "worst_case.linf@0.03 ..."},
    {"metric_id", SCHEMA_STRING, .more = more_metric_id, .doc = "assay list metrics"},
    {"ci", SCHEMA_OBJECT, SCHEMA_NULL, .rows = ci, .doc = "Confidence interval, or null where there is none."},
    {"pair", SCHEMA_OBJECT, SCHEMA_NULL, .rows = pair,
     .doc = "The two groups that make a disparity; of a worst value, what has it."},
    {"coverage_kind", SCHEMA_STRING, .choices = coverage_kinds},
    {"headline_value", SCHEMA_OBJECT, .rows = report_headline_value,
     .doc = "A figure and where it comes from."},
    {.name = NULL}};
