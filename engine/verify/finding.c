/* The table of findings, and the list that checks add to. */
#include "engine/verify/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/utf8.h"

#define NOTE FINDING_NOTE
#define WARNING FINDING_WARNING
#define ERROR FINDING_ERROR
const struct finding_kind finding_kinds[FINDING_KINDS] = {
#define FINDING(name, id, severity, title, advice) {id, severity, title, advice},
#include "engine/verify/findings.def"
#undef FINDING
};
#undef NOTE
#undef WARNING
#undef ERROR

int findings_init(struct findings *f, struct err *e)
{
    memset(f, 0, sizeof *f);
    return arena_init(&f->arena, 0) ? err_set(e, ERR_RUN, "out of memory") : 0;
}

void findings_free(struct findings *f)
{
    free(f->item);
    free(f->more);
    arena_free(&f->arena);
    memset(f, 0, sizeof *f);
}

void findings_name_model(struct findings *f, const char *subject)
{
    f->model = subject;
}

static const char *named(const struct findings *f, const char *subject)
{
    return f->model && strcmp(subject, "model") == 0 ? f->model : subject;
}

/* The counter of a kind and subject; NULL: out of memory. */
static struct findings_more *counter(struct findings *f, enum finding_id id, const char *subject)
{
    for (size_t i = 0; i < f->more_n; i++)
        if (f->more[i].id == id && strcmp(f->more[i].subject, subject) == 0)
            return &f->more[i];
    struct findings_more *more = realloc(f->more, (f->more_n + 1) * sizeof *more);
    if (!more)
        return NULL;
    f->more = more;
    f->more[f->more_n] = (struct findings_more){id, subject, 0};
    return &f->more[f->more_n++];
}

static void make_printable(char *text)
{
    int broken = !utf8_valid(text, strlen(text));
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f || (broken && (unsigned char)*c >= 0x80))
            *c = '?';
}

static const char *copy_text(struct findings *f, const char *text)
{
    char *copy = arena_strdup(&f->arena, text);
    if (copy)
        make_printable(copy);
    return copy;
}

static void append(struct findings *f, enum finding_id id, const char *subject, const char *place, const char *message)
{
    struct finding new = {&finding_kinds[id], subject, copy_text(f, place), copy_text(f, message)};
    if (f->n == f->capacity) {
        size_t capacity = f->capacity ? 2 * f->capacity : 16;
        struct finding *item = realloc(f->item, capacity * sizeof *item);
        if (item) {
            f->item = item;
            f->capacity = capacity;
        }
    }
    if (f->n == f->capacity || !new.place || !new.message)
        f->failed = 1;
    else
        f->item[f->n++] = new;
}

void findings_add(struct findings *f, enum finding_id id, const char *subject, const char *place, const char *fmt, ...)
{
    subject = named(f, subject);
    char text[1024];
    va_list args;
    struct findings_more *count = counter(f, id, subject);
    if (!count) {
        f->failed = 1;
        return;
    }
    if (count->n++ >= FINDINGS_KEPT)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    append(f, id, subject, place, text);
}

/* Errors first, then in the order of the table. What was found first stays first: sorted by insertion, for there are
 * few. */
static int before(const struct finding *a, const struct finding *b)
{
    if (a->kind->severity != b->kind->severity)
        return a->kind->severity > b->kind->severity;
    return a->kind < b->kind;
}

static void sort(struct findings *f)
{
    for (size_t i = 1; i < f->n; i++) {
        struct finding moved = f->item[i];
        size_t to = i;
        for (; to > 0 && before(&moved, &f->item[to - 1]); to--)
            f->item[to] = f->item[to - 1];
        f->item[to] = moved;
    }
}

int findings_close(struct findings *f, struct err *e)
{
    char text[64];
    for (size_t i = 0; i < f->more_n; i++)
        if (f->more[i].n > FINDINGS_KEPT) {
            snprintf(text, sizeof text, "and %zu more like these", f->more[i].n - FINDINGS_KEPT);
            append(f, f->more[i].id, f->more[i].subject, "", text);
        }
    f->more_n = 0;
    sort(f);
    return f->failed ? err_set(e, ERR_RUN, "out of memory") : 0;
}

size_t findings_about(const struct findings *f, const char *subject, enum finding_severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += f->item[i].kind->severity == severity && (!subject || strcmp(f->item[i].subject, subject) == 0);
    return n;
}

size_t findings_count(const struct findings *f, enum finding_severity severity)
{
    return findings_about(f, NULL, severity);
}

int findings_have(const struct findings *f, enum finding_id id, const char *subject)
{
    subject = named(f, subject);
    for (size_t i = 0; i < f->n; i++)
        if (f->item[i].kind == &finding_kinds[id] && strcmp(f->item[i].subject, subject) == 0)
            return 1;
    return 0;
}

const char *finding_severity_name(enum finding_severity severity)
{
    return severity == FINDING_ERROR ? "error" : severity == FINDING_WARNING ? "warning" : "note";
}

void findings_put(struct json_writer *w, const struct findings *f)
{
    json_open_array(w, "findings");
    for (size_t i = 0; i < f->n; i++) {
        const struct finding *item = &f->item[i];
        json_open_object(w, NULL);
        json_put_string(w, "id", item->kind->id);
        json_put_string(w, "severity", finding_severity_name(item->kind->severity));
        json_put_string(w, "message", item->message);
        json_put_string(w, "subject", item->subject);
        json_put_string(w, "place", item->place);
        json_close_object(w);
    }
    json_close_array(w);
}
