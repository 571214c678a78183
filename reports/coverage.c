/* The coverage matrix: what was tested, what was not, and why. */
#include <stdlib.h>
#include <string.h>

#include "reports/parts.h"

#define WORD 96 /* longest group of prefixes */
#define SCHEME "ITU-T XSTR-SEC-AI (05/2022)"

enum extent { COVERS, PARTLY, OUTSIDE };
struct coverage_item { const char *kind, *id, *title; enum extent extent; const char *evidence, *reason; };

static const struct coverage_item items[] = {
#define COVERAGE(kind, id, title, extent, evidence, reason) {#kind, id, title, extent, evidence, reason},
#include "reports/coverage.def"
#undef COVERAGE
};

int report_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The next word of a list separated by spaces, copied out; NULL at the end. */
static const char *next_word(const char *list, char *word, size_t size)
{
    list += strspn(list, " ");
    size_t n = strcspn(list, " ");
    if (n == 0 || n >= size)
        return NULL;
    memcpy(word, list, n);
    word[n] = '\0';
    return list + n;
}

/* Does the test's id begin with one of the prefixes "a|b"? */
static int matches(const char *prefixes, const char *test_id)
{
    while (*prefixes != '\0') {
        size_t n = strcspn(prefixes, "|");
        if (strncmp(test_id, prefixes, n) == 0)
            return 1;
        prefixes += prefixes[n] == '|' ? n + 1 : n;
    }
    return 0;
}

static int gives_evidence(const struct coverage_item *item, const char *test_id)
{
    char word[WORD];
    for (const char *at = item->evidence; (at = next_word(at, word, sizeof word)) != NULL;)
        if (matches(word, test_id))
            return 1;
    return 0;
}

void report_put_maps(struct json_writer *w, const char *test_id)
{
    json_open_array(w, "maps_to");
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        if (!gives_evidence(&items[i], test_id))
            continue;
        int pretty = report_open_line(w);
        json_put_string(w, "scheme", SCHEME);
        json_put_string(w, "kind", items[i].kind);
        json_put_string(w, "id", items[i].id);
        report_close_line(w, pretty);
    }
    json_close_array(w);
}

static int have(const struct report_input *in, const char *word)
{
    if (strcmp(word, "@model") == 0)
        return in->net != NULL;
    if (strcmp(word, "@findings") == 0)
        return in->findings != NULL;
    for (size_t i = 0; i < in->tests->n; i++)
        if (in->tests->test[i].status == TEST_OK && matches(word, in->tests->test[i].test_id))
            return 1;
    return 0;
}

/* How many kinds of evidence the item wants and has; what is missing goes into `missing` as a sentence. */
static void weigh(const struct report_input *in, const struct coverage_item *item, size_t *wanted, size_t *had,
                  struct text *missing)
{
    char word[WORD];
    *wanted = *had = 0;
    for (const char *at = item->evidence; (at = next_word(at, word, sizeof word)) != NULL; ++*wanted) {
        if (have(in, word))
            ++*had;
        else if (strcmp(word, "@model") == 0)
            text_put(missing, "no model was read; ");
        else if (strcmp(word, "@findings") == 0)
            text_put(missing, "the files were not verified; ");
        else
            text_format(missing, "no completed test %.*s*; ", (int)strcspn(word, "|"), word);
    }
}

enum { TESTED, PARTLY_TESTED, NOT_TESTED, OUT_OF_SCOPE };
static const char *const statuses[] = {"tested", "partly_tested", "not_tested", "out_of_scope", NULL};

static const char *status_of(const struct coverage_item *item, size_t wanted, size_t had)
{
    if (item->extent == OUTSIDE)
        return statuses[OUT_OF_SCOPE];
    if (had == 0)
        return statuses[NOT_TESTED];
    return statuses[item->extent == COVERS && had == wanted ? TESTED : PARTLY_TESTED];
}

static void put_tests(const struct report_part *p, const struct coverage_item *item)
{
    const struct tests *tests = p->in->tests;
    const char *last = NULL;
    json_open_array(p->w, "tests");
    for (size_t i = 0; i < tests->n; i++) {
        const struct test *t = &tests->test[i];
        if (t->status != TEST_OK || !gives_evidence(item, t->test_id))
            continue;
        int seen = last != NULL && strcmp(last, t->test_id) == 0;
        for (size_t j = 0; j < i && !seen; j++)
            seen = tests->test[j].status == TEST_OK && strcmp(tests->test[j].test_id, t->test_id) == 0;
        if (!seen)
            json_put_string(p->w, NULL, t->test_id);
        last = t->test_id;
    }
    json_close_array(p->w);
}

static int put_item(const struct report_part *p, const struct coverage_item *item)
{
    struct text reason = {0};
    size_t wanted, had, n;
    char *text;
    weigh(p->in, item, &wanted, &had, &reason);
    if (item->reason != NULL && (had > 0 || wanted == 0))
        text_put(&reason, item->reason);
    else if (reason.n >= 2)
        reason.n -= 2; /* the "; " behind the last missing kind */
    if (text_end(&reason, &text, &n, NULL))
        return 1;
    json_open_object(p->w, NULL);
    json_put_string(p->w, "scheme", SCHEME);
    json_put_string(p->w, "kind", item->kind);
    json_put_string(p->w, "id", item->id);
    json_put_string(p->w, "title", item->title);
    json_put_string(p->w, "status", status_of(item, wanted, had));
    put_tests(p, item);
    json_put_string(p->w, "reason", n > 0 ? text : NULL);
    json_close_object(p->w);
    free(text);
    return 0;
}

static void put_coverage(const struct report_part *p, const char *key)
{
    json_open_array(p->w, key);
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
        if (put_item(p, &items[i]))
            p->w->failed = 1; /* out of memory: reported by json_writer_end */
    json_close_array(p->w);
}

/* What is not fully tested says why; what is tested names a test. */
static void more_item(struct json_writer *w)
{
    static const struct schema_row any = {.kind = SCHEMA_STRING};
    static const struct schema_row tests = {.kind = SCHEMA_ARRAY, .rows = &any, .least = 1};
    static const char *const tested[] = {"tested", NULL};
    static const struct schema_row status = {.kind = SCHEMA_STRING, .choices = tested};
    static const struct schema_row reason = {.kind = SCHEMA_STRING};
    const struct { const char *keyword, *member; const struct schema_row *row; } part[] = {
        {"if", "status", &status}, {"then", "tests", &tests}, {"else", "reason", &reason}};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        json_open_object(w, part[i].keyword);
        json_open_object(w, "properties");
        schema_put_row(w, part[i].member, part[i].row);
        json_close_object(w);
        json_close_object(w);
    }
}

static void more_tests(struct json_writer *w)
{
    json_put_bool(w, "uniqueItems", 1);
}

static const struct schema_row test_id = {.kind = SCHEMA_TYPE, .text = "test_id"};
static const struct schema_row members[] = {
    {"scheme", SCHEMA_STRING, .text = SCHEMA_TEXT},
    {"kind", SCHEMA_TYPE, .text = "coverage_kind"},
    {"id", SCHEMA_STRING, .text = SCHEMA_TEXT},
    {"title", SCHEMA_STRING, .text = SCHEMA_TEXT},
    {"status", SCHEMA_STRING, .choices = statuses},
    {"tests", SCHEMA_ARRAY, .rows = &test_id, .more = more_tests},
    {"reason", SCHEMA_STRING, SCHEMA_NULL, .text = SCHEMA_TEXT, .doc = "What is missing, or why nothing was tested."},
    {.name = NULL}};
static const struct schema_row item_schema = {.kind = SCHEMA_OBJECT, .rows = members, .more = more_item};

const struct report_section report_section_coverage = {
    .put = put_coverage, .schema = {"coverage", SCHEMA_ARRAY, .rows = &item_schema}};
