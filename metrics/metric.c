/* The table of metrics: metrics.def, and what rates.def and forms.def make together. */
#include "metrics/metric.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "engine/base/names.h"
#include "metrics/form.h"

#define METRIC(kind) extern const struct metric_kind kind;
#include "metrics/metrics.def"
#undef METRIC

static const struct metric_kind *const listed[] = {
#define METRIC(kind) &kind,
#include "metrics/metrics.def"
#undef METRIC
};

enum { LISTED = sizeof listed / sizeof listed[0] };
#define RATE(it) +1
#define FORM(it) +1
enum {
    RATES = 0
#include "metrics/rates.def"
    , FORMS = 0
#include "metrics/forms.def"
};
#undef RATE
#undef FORM

const char *const metric_membership_names[] = {"loss", "confidence", "entropy", "modified_entropy", NULL};

/* A rate in a form. */
struct formed { struct metric_kind kind; char name[64], doc[160]; };

static struct {
    struct metric_kind value[RATES];
    struct formed formed[RATES][FORMS];
    const struct metric_kind *kind[RATES + LISTED + RATES * FORMS + 1]; /* NULL-terminated */
} table;
static pthread_once_t made = PTHREAD_ONCE_INIT;

/* Differences are bounded by the width of the rate's own bounds, ratios have bounds of their own. */
static struct metric_kind kind_of(const struct rate *rate, const struct form *form)
{
    double width = rate->value.hi - rate->value.lo, unit = form->is_ratio ? 1 : width;
    return (struct metric_kind){.source = "Bird et al. 2020 (fairlearn); Bellamy et al. 2018 (AIF360)",
                                .unit = form->is_ratio ? "fraction" : rate->value.unit, .lo = form->lo * unit,
                                .hi = form->hi * unit, .higher_is_better = form->higher_is_better,
                                .scope = METRIC_PARTITION, .needs_favorable = rate->value.needs_favorable,
                                .shown = rate->forms_shown > form->shown ? rate->forms_shown : form->shown,
                                .rate = rate, .form = form, .groups = form_of_groups};
}

static void make_formed(struct formed *f, const struct rate *rate, const struct form *form)
{
    f->kind = kind_of(rate, form);
    snprintf(f->name, sizeof f->name, "%s_%s", rate->prefix, form->name);
    snprintf(f->doc, sizeof f->doc, "%s: %s", rate->title, form->doc);
    f->kind.name = f->name;
    f->kind.doc = f->doc;
}

static void make_table(void)
{
    size_t n = 0;
    for (size_t r = 0; r < RATES; r++) {
        table.value[r] = rates[r]->value;
        table.value[r].rate = rates[r];
        table.kind[n++] = &table.value[r];
    }
    for (size_t r = 0; r < RATES; r++)
        for (size_t f = 0; rates[r]->prefix != NULL && f < FORMS; f++) {
            make_formed(&table.formed[r][f], rates[r], forms[f]);
            table.kind[n++] = &table.formed[r][f].kind;
        }
    for (size_t i = 0; i < LISTED; i++)
        table.kind[n++] = listed[i];
}

const struct metric_kind *const *metric_kinds(void)
{
    pthread_once(&made, make_table);
    return table.kind;
}

const char *metric_name(size_t i)
{
    return metric_kinds()[i] != NULL ? metric_kinds()[i]->name : NULL;
}

const struct metric_kind *metric_find(const char *name)
{
    return metric_kinds()[names_find(metric_name, name)];
}

static int is_plain(char c)
{
    return strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", c) != NULL;
}

const char *metric_partition_id(struct arena *arena, const char *const *part, size_t n)
{
    static const char prefix[] = "fairness.static.", between[] = "_x_";
    size_t size = sizeof prefix;
    for (size_t i = 0; i < n; i++)
        size += 3 * strlen(part[i]) + sizeof between;
    char *id = arena_alloc(arena, size), *at = id;
    if (id == NULL)
        return NULL;
    at += sprintf(at, "%s", prefix);
    for (size_t i = 0; i < n; i++) {
        at += sprintf(at, "%s", i > 0 ? between : "");
        for (const char *c = part[i]; *c != '\0'; c++)
            at += sprintf(at, is_plain(*c) ? "%c" : "%%%02X", (unsigned)(unsigned char)*c);
    }
    *at = '\0';
    return id;
}

/* Doubling inside the arena leaves the smaller arrays behind: at most as much again. */
static int grow(struct metric_list *list)
{
    size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
    struct metric_value *value = arena_array(list->arena, capacity, sizeof *value);
    if (value == NULL)
        return -1;
    if (list->n > 0)
        memcpy(value, list->value, list->n * sizeof *value);
    list->value = value;
    list->capacity = capacity;
    return 0;
}

void metric_add(struct metric_list *list, const struct metric_value *v)
{
    if (list->n == list->capacity && grow(list) != 0) {
        list->failed = 1;
        return;
    }
    list->value[list->n++] = *v;
}
