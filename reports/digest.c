/* The digests of a report, over its text as it is spelled: nothing is read and written anew. */
#include "reports/digest.h"

#include <string.h>

#define SPACE " \t\r\n"

/* A part of a well-formed JSON text. Whatever the text, nothing behind `end` is read. */
struct span { const char *at, *end; };
struct member { struct span key, value; };

static int is_one_of(char c, const char *set)
{
    return memchr(set, c, strlen(set)) != NULL;
}

static void skip(struct span *s, const char *set)
{
    while (s->at < s->end && is_one_of(*s->at, set))
        s->at++;
}

static void skip_string(struct span *s)
{
    for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
        s->at += *s->at == '\\';
    s->at = s->end - s->at > 1 ? s->at + 1 : s->end;
}

static void skip_value(struct span *s)
{
    int depth = 0;
    while (s->at < s->end && (depth > 0 || !is_one_of(*s->at, SPACE ",]}"))) {
        if (*s->at == '"') {
            skip_string(s);
            continue;
        }
        depth += is_one_of(*s->at, "[{");
        depth -= is_one_of(*s->at, "]}");
        s->at++;
    }
}

/* The value that begins at s->at; s goes on behind it. */
static struct span take_value(struct span *s)
{
    struct span value = *s;
    skip_value(s);
    value.end = s->at;
    return value;
}

/* The inside of an object or array: for next_member and next_element. */
static struct span inside(struct span value)
{
    value.at += value.at < value.end;
    return value;
}

static int next_member(struct span *s, struct member *out)
{
    skip(s, SPACE ",");
    if (s->at >= s->end || *s->at != '"')
        return 0;
    out->key = *s;
    skip_string(s);
    out->key.end = s->at;
    skip(s, SPACE ":");
    out->value = take_value(s);
    return 1;
}

static int next_element(struct span *s, struct span *out)
{
    skip(s, SPACE ",");
    if (s->at >= s->end || *s->at == ']')
        return 0;
    *out = take_value(s);
    return out->end > out->at;
}

/* Is the key, quotes and all, spelled like this? */
static int is_key(struct span key, const char *name)
{
    size_t n = strlen(name);
    return (size_t)(key.end - key.at) == n + 2 && memcmp(key.at + 1, name, n) == 0;
}

static int is_listed(struct span key, const char *const *names)
{
    for (; *names != NULL; names++)
        if (is_key(key, *names))
            return 1;
    return 0;
}

static void add(struct sha256 *sha, const char *text)
{
    sha256_add(sha, text, strlen(text));
}

/* The span without the white space between its tokens. */
static void add_compact(struct sha256 *sha, struct span s)
{
    while (s.at < s.end) {
        const char *from = s.at;
        if (*s.at == '"')
            skip_string(&s);
        else
            while (s.at < s.end && *s.at != '"' && !is_one_of(*s.at, SPACE))
                s.at++;
        sha256_add(sha, from, (size_t)(s.at - from));
        skip(&s, SPACE);
    }
}

static void add_object(struct sha256 *sha, struct span object, const char *const *without)
{
    struct member m;
    const char *separator = "";
    add(sha, "{");
    for (struct span s = inside(object); next_member(&s, &m);) {
        if (is_listed(m.key, without))
            continue;
        add(sha, separator);
        add_compact(sha, m.key);
        add(sha, ":");
        add_compact(sha, m.value);
        separator = ",";
    }
    add(sha, "}");
}

static void add_array(struct sha256 *sha, struct span array, const char *const *without)
{
    struct span element;
    const char *separator = "";
    add(sha, "[");
    for (struct span s = inside(array); next_element(&s, &element); separator = ",") {
        add(sha, separator);
        if (*element.at == '{')
            add_object(sha, element, without);
        else
            add_compact(sha, element);
    }
    add(sha, "]");
}

/* An object without the members named, or an array of such objects. */
static void add_without(struct sha256 *sha, struct span value, const char *const *without)
{
    char first = value.at < value.end ? *value.at : '\0';
    if (first == '{')
        add_object(sha, value, without);
    else if (first == '[')
        add_array(sha, value, without);
    else
        add_compact(sha, value);
}

static const char *const nothing[] = {NULL};
static const char *const document_without[] = {"created_utc", "environment", "integrity", NULL};
static const char *const run_without[] = {"shards", NULL};
static const char *const tests_without[] = {"duration_s", NULL};
/* What the files of evidence hold is in the values; their bytes also depend on the libraries that wrote them. */
static const char *const result_tests_without[] = {"duration_s", "evidence", NULL};

static void add_document(struct sha256 *sha, struct span document)
{
    struct member m;
    const char *separator = "";
    add(sha, "{");
    for (struct span s = inside(document); next_member(&s, &m);) {
        if (is_listed(m.key, document_without))
            continue;
        add(sha, separator);
        add_compact(sha, m.key);
        add(sha, ":");
        add_without(sha, m.value, is_key(m.key, "run")     ? run_without
                                  : is_key(m.key, "tests") ? tests_without
                                                           : nothing);
        separator = ",";
    }
    add(sha, "}");
}

/* The member's value, empty if there is none. */
static struct span find(struct span object, const char *key)
{
    struct member m;
    for (struct span s = inside(object); next_member(&s, &m);)
        if (is_key(m.key, key))
            return m.value;
    return (struct span){object.end, object.end};
}

static void add_results(struct sha256 *sha, struct span document)
{
    add(sha, "{\"config\":");
    add_compact(sha, find(find(document, "run"), "config"));
    add(sha, ",\"subject\":");
    add_compact(sha, find(document, "subject"));
    add(sha, ",\"tests\":");
    add_without(sha, find(document, "tests"), result_tests_without);
    add(sha, ",\"coverage\":");
    add_compact(sha, find(document, "coverage"));
    add(sha, "}");
}

static int finish(void (*add_parts)(struct sha256 *, struct span), struct span document, char out[SHA256_HEX],
                  struct err *e)
{
    struct sha256 *sha = sha256_begin();
    if (sha == NULL)
        return err_set(e, ERR_RUN, "out of memory for a digest");
    add_parts(sha, document);
    sha256_end(sha, out);
    return 0;
}

int report_digests(const char *text, size_t n, struct report_digests *out, struct err *e)
{
    struct span document = {text, text + n};
    skip(&document, SPACE);
    TRY(finish(add_document, document, out->document, e));
    return finish(add_results, document, out->results, e);
}

static enum report_agreement compare(const struct json *integrity, const char *key, const char *found)
{
    const char *stated = json_string(json_get(integrity, key));
    if (stated == NULL)
        return REPORT_NOT_STATED;
    return strcmp(stated, found) == 0 ? REPORT_AGREES : REPORT_DIFFERS;
}

int report_integrity_of(const struct json *root, const char *text, size_t n, struct report_integrity *out,
                        struct err *e)
{
    const struct json *integrity = json_get(root, "integrity");
    TRY(report_digests(text, n, &out->found, e));
    out->document = compare(integrity, "digest_sha256", out->found.document);
    out->results = compare(integrity, "results_sha256", out->found.results);
    return 0;
}

int report_check(const char *report_json, size_t n, struct report_integrity *out, struct err *e)
{
    struct json *root;
    TRY(json_parse(report_json, n, ERR_INPUT, &root, e));
    int code = report_integrity_of(root, report_json, n, out, e);
    json_free(root);
    return code;
}
