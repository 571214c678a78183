/* The draft of a schema: which part each column takes, and a note on whatever is not certain. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/csv_guess.h"
#include "datasets/csv_roles.h"
#include "engine/io/json.h"
#include "engine/io/utf8.h"

#define GROUPS_MOST 20            /* numbers with more values become bins */
#define CANDIDATES_SHOWN 5
#define NOTE_BYTES 1000
#define NAME_SHOWN 60

struct draft {
    const struct csv_guess *g;
    struct json_writer w;
};

static const struct csv_sight *sight_of(const struct draft *d, size_t i)
{
    return &d->g->column[i];
}

static void put_column(struct draft *d, const char *key, size_t i)
{
    const char *name = d->g->csv.name[i];
    if (*name)
        json_put_string(&d->w, key, name);
    else
        json_put_integer(&d->w, key, (int64_t)i + 1);
}

static void put_texts(struct draft *d, const char *key, const char *const *text, size_t n)
{
    json_open_array(&d->w, key);
    for (size_t i = 0; i < n; i++)
        json_put_string(&d->w, NULL, text[i]);
    json_close_array(&d->w);
}

/* "<=50K." and "<=50K", "Yes" and "yes": what is left of a text without case, blanks and dots at its end. */
static int same_meaning(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    while (n > 1 && a[n - 1] == '.')
        n--;
    while (m > 1 && b[m - 1] == '.')
        m--;
    if (n != m)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
            return 0;
    return 1;
}

static int by_number(const void *a, const void *b)
{
    double x = strtod(*(const char *const *)a, NULL), y = strtod(*(const char *const *)b, NULL);
    return (x > y) - (x < y);
}

static int is_same(const struct csv_sight *s, const char *a, const char *b)
{
    if (!csv_sight_is_number(s))
        return same_meaning(a, b);
    double x = strtod(a, NULL), y = strtod(b, NULL);
    return x >= y && x <= y;
}

/* The values, numbers in their own order; spellings that seem to mean one value stand together. Returns how many
 * values have several. */
static size_t put_values(struct draft *d, const char **value, const struct csv_sight *s)
{
    size_t several = 0;
    if (csv_sight_is_number(s))
        qsort(value, s->values, sizeof *value, by_number);
    json_open_array(&d->w, "values");
    for (size_t i = 0; i < s->values; i++) {
        size_t same = 0;
        int first = 1;
        for (size_t j = 0; j < i && first; j++)
            first = !is_same(s, value[j], value[i]);
        for (size_t j = i + 1; j < s->values && first; j++)
            same += (size_t)is_same(s, value[i], value[j]);
        if (!first)
            continue;
        if (same)
            json_open_array(&d->w, NULL);
        json_put_string(&d->w, NULL, value[i]);
        for (size_t j = i + 1; j < s->values && same; j++)
            if (is_same(s, value[i], value[j]))
                json_put_string(&d->w, NULL, value[j]);
        if (same)
            json_close_array(&d->w);
        several += same > 0;
    }
    json_close_array(&d->w);
    return several;
}

/* Bytes of a text's beginning that end with a character: half of one would make the JSON invalid. */
static int shown_bytes(const char *text)
{
    size_t n = 0, length, left = strlen(text);
    while (n < left && (length = utf8_length(text + n, left - n)) && n + length <= NAME_SHOWN)
        n += length;
    return (int)n;
}

static void add_note(char *note, const char *more)
{
    size_t n = strlen(note);
    snprintf(note + n, NOTE_BYTES - n, "%s%s", n ? "; " : "", more);
}

static void put_note(struct draft *d, const char *note)
{
    if (*note)
        json_put_string(&d->w, "note", note);
}

static void put_label(struct draft *d)
{
    size_t columns = d->g->csv.columns, shown = 0;
    char note[NOTE_BYTES] = "", text[200];
    json_open_object(&d->w, "label");
    if (d->g->label == columns) {
        json_put_string(&d->w, "column", "");
        add_note(note, "no column looks like a label (2 to 100 different whole numbers or texts): name it and its "
                 "values, and take it out of the features");
    } else {
        const struct csv_sight *s = sight_of(d, d->g->label);
        put_column(d, "column", d->g->label);
        size_t several = put_values(d, s->value, s);
        add_note(note, d->g->label_score >= 60 ? "the label by its name" : d->g->label_score >= 40
                 ? "the label, as its name lets guess" : "the label, as it is the last column");
        add_note(note, "classes are numbered in this order from 0, which must be that of the model's outputs");
        if (several)
            add_note(note, "spellings that seem to mean one class stand together");
        snprintf(text, sizeof text, "%zu cells have no value: the import refuses them", s->missing);
        if (s->missing)
            add_note(note, text);
    }
    for (size_t i = 0; i < columns && shown < CANDIDATES_SHOWN; i++)
        if (i != d->g->label && csv_label_score(d->g, i) > 0) {
            const char *name = d->g->csv.name[i];
            snprintf(text, sizeof text, "%s'%.*s'", shown++ ? "" : "other candidates: ", shown_bytes(name), name);
            add_note(note, text);
        }
    put_note(d, note);
    json_close_object(&d->w);
}

/* Numbers whose cells are 0 and 1 are binary; other numbers stay numbers, as a model is fed them. */
static const char *kind_of(const struct csv_sight *s)
{
    if (csv_sight_is_number(s))
        return csv_sight_holds(s, "0", "1") && !s->missing ? "binary" : s->wholes == s->numbers ? "integer" : "numeric";
    return s->values == 2 && !s->marks ? "binary" : "onehot";
}

static int put_feature(struct draft *d, size_t i, struct err *e)
{
    const struct csv_sight *s = sight_of(d, i);
    const char *kind = kind_of(s);
    char note[NOTE_BYTES] = "", text[200];
    json_open_object(&d->w, NULL);
    put_column(d, "column", i);
    json_put_string(&d->w, "kind", kind);
    if (strcmp(kind, "onehot") == 0 || strcmp(kind, "binary") == 0) {
        const char **all = malloc((s->values + s->marks + 1) * sizeof *all);
        if (!all)
            return err_set(e, ERR_RUN, "out of memory for the draft of a schema");
        memcpy(all, s->value, s->values * sizeof *all);
        memcpy(all + s->values, s->mark, s->marks * sizeof *all);
        put_texts(d, "values", all, s->values + s->marks);
        free(all);
        if (s->marks)
            add_note(note, "missing values are a category of their own");
        if (s->values + s->marks == 1)
            add_note(note, "one value only");
    } else if (s->missing) {
        snprintf(text, sizeof text, "%zu cells have no value, such as '%.40s': fill them before the import, which "
                 "refuses them", s->missing, s->mark[0]);
        add_note(note, text);
    }
    if (s->roles & CSV_ROLE_SENSITIVE) {
        json_put_bool(&d->w, "mutable", 0);
        add_note(note, "sensitive by its name: take it out of the features if the model is not fed it");
    }
    put_note(d, note);
    json_close_object(&d->w);
    return 0;
}

/* Edges between groups: of ages those of working life, else quarters of the range. */
static void put_bins(struct draft *d, const struct csv_sight *s)
{
    static const double ages[] = {25, 45, 65};
    int years = s->roles & CSV_ROLE_AGE && s->low < 65 && s->high > 25 && s->high <= 150;
    json_open_array(&d->w, "bins");
    for (size_t k = 0; k < 3; k++) {
        double edge = years ? ages[k] : s->low + (double)(k + 1) * (s->high - s->low) / 4;
        if (edge > s->low && edge <= s->high)
            json_put_number(&d->w, NULL, edge);
    }
    json_close_array(&d->w);
}

static void put_attribute(struct draft *d, size_t i)
{
    const struct csv_sight *s = sight_of(d, i);
    char note[NOTE_BYTES] = "sensitive by its name: keep it if fairness is to be measured for its groups", name[1024];
    json_open_object(&d->w, NULL);
    put_column(d, "column", i);
    snprintf(name, sizeof name, "%s", d->g->csv.name[i]);
    for (char *slash = name; (slash = strchr(slash, '/'));)
        *slash = '_';
    if (strchr(d->g->csv.name[i], '/'))
        json_put_string(&d->w, "name", name);
    if (csv_sight_is_number(s) && (s->many || s->values > GROUPS_MOST))
        put_bins(d, s);
    else if (put_values(d, s->value, s))
        add_note(note, "spellings that seem to mean one group stand together");
    if (s->marks)
        put_texts(d, "not_recorded", s->mark, s->marks);
    put_note(d, note);
    json_close_object(&d->w);
}

static void put_single(struct draft *d, const char *key, enum csv_part part, const char *note)
{
    for (size_t i = 0; i < d->g->csv.columns; i++)
        if (d->g->part[i] == part) {
            json_open_object(&d->w, key);
            put_column(d, "column", i);
            json_put_string(&d->w, "note", note);
            json_close_object(&d->w);
        }
}

static void put_left_out(struct draft *d)
{
    char note[NOTE_BYTES];
    json_open_array(&d->w, "leave_out");
    for (size_t i = 0; i < d->g->csv.columns; i++) {
        const struct csv_sight *s = sight_of(d, i);
        if (d->g->part[i] != CSV_PART_LEFT_OUT)
            continue;
        if (csv_sight_recorded(s) == 0)
            snprintf(note, sizeof note, "no cell has a value");
        else if (csv_sight_is_date(s))
            snprintf(note, sizeof note,
                     "dates: make them numbers, such as days since a fixed day, if the model is fed them");
        else if (i == 0 && d->g->csv.index_column)
            snprintf(note, sizeof note, "the index that R and pandas write");
        else if (csv_sight_is_number(s))
            snprintf(note, sizeof note, "another id");
        else if (s->numbers > s->rows / 2)
            snprintf(note, sizeof note, "numbers but for some cells, such as '%.*s': mend them to use it",
                     shown_bytes(s->odd), s->odd);
        else
            snprintf(note, sizeof note, "text: more than %zu different cells, or long ones", d->g->values_max);
        json_open_object(&d->w, NULL);
        put_column(d, "column", i);
        json_put_string(&d->w, "note", note);
        json_close_object(&d->w);
    }
    json_close_array(&d->w);
}

static int put_draft(struct draft *d, struct err *e)
{
    const struct csv *c = &d->g->csv;
    size_t left_out = 0;
    char separator[2] = {c->separator, '\0'};
    json_open_object(&d->w, NULL);
    json_put_string(&d->w, "note", "a draft by assay import --guess: look at every note, and delete it when its entry "
                    "is right (assay help import has all keys)");
    if (c->separator != ',')
        json_put_string(&d->w, "separator", c->separator == '\t' ? "tab" : separator);
    if (c->options.no_header)
        json_put_bool(&d->w, "header", 0);
    put_label(d);
    json_open_array(&d->w, "features");
    for (size_t i = 0; i < c->columns; i++) {
        left_out += d->g->part[i] == CSV_PART_LEFT_OUT;
        if (d->g->part[i] == CSV_PART_FEATURE)
            TRY(put_feature(d, i, e));
    }
    json_close_array(&d->w);
    json_open_array(&d->w, "attributes");
    for (size_t i = 0; i < c->columns; i++)
        if (d->g->part[i] == CSV_PART_FEATURE && sight_of(d, i)->roles & CSV_ROLE_SENSITIVE)
            put_attribute(d, i);
    json_close_array(&d->w);
    put_single(d, "id", CSV_PART_ID, "ids: each must stand once");
    put_single(d, "member", CSV_PART_MEMBER, "membership by its name: 1 = was in the model's training set");
    put_single(d, "weight", CSV_PART_WEIGHT, "sample weights by its name: if it is an input, make it a feature");
    if (left_out)
        put_left_out(d);
    json_close_object(&d->w);
    return 0;
}

int csv_guess_write(const struct csv_guess *g, char **out, struct err *e)
{
    size_t n;
    struct draft d = {.g = g};
    json_writer_begin(&d.w, 1);
    int status = put_draft(&d, e), ended = json_writer_end(&d.w, out, &n, status ? NULL : e);
    if (status) {
        free(*out);
        *out = NULL;
    }
    return status ? status : ended;
}
