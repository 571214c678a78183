#include "engine/batch/subject.h"

#include <stdio.h>
#include <string.h>

#include "engine/batch/artefact_make.h"

static int out_of_memory(struct err *e)
{
    return err_set(e, ERR_RUN, "out of memory for the groups");
}

static int has_value(const struct dataset_attribute *a, const char *value, int32_t *code)
{
    for (size_t v = 0; v < a->values_n; v++)
        if (!strcmp(a->value[v], value)) {
            *code = (int32_t)v;
            return 1;
        }
    return 0;
}

/* How the codes of an attribute as found in another data set read in the numbering of the test set's values; -1 where
 * unknown. */
struct translation { const int32_t *code, *map; int32_t values_n; };

static int translate(const struct dataset_attribute *a, const struct dataset *data, struct arena *arena,
                     struct translation *out, struct err *e)
{
    const struct dataset_attribute *own = dataset_find_attribute(data, a->name);
    int32_t *map = arena_array(arena, own->values_n, sizeof *map);
    if (!map)
        return out_of_memory(e);
    for (size_t v = 0; v < own->values_n; v++)
        if (!has_value(a, own->value[v], &map[v]))
            map[v] = -1;
    *out = (struct translation){own->code, map, (int32_t)a->values_n};
    return 0;
}

static int32_t translated(const struct translation *t, size_t row)
{
    return t->code[row] < 0 ? -1 : t->map[t->code[row]];
}

/* "left*right"; left NULL = nothing yet. An empty value keeps its place: "*right". */
static char *joined(struct arena *arena, const char *left, const char *right)
{
    size_t n = (left ? strlen(left) : 0) + strlen(right) + 2;
    char *text = arena_alloc(arena, n);
    if (text)
        snprintf(text, n, "%s%s%s", left ? left : "", left ? "*" : "", right);
    return text;
}

/* Names of the product's groups, last attribute fastest. */
static int group_names(const struct dataset *data, const struct plan_fairness *f, const struct plan_partition *parts,
                       struct arena *arena, struct metric_partition *p, struct err *e)
{
    const char **name = arena_array(arena, p->groups_n, sizeof *name),
               **part = arena_array(arena, parts->n, sizeof *part);
    const char *value[METRIC_PARTS_MOST];
    if (!name || !part)
        return out_of_memory(e);
    p->attribute = NULL;
    for (size_t j = 0; j < parts->n; j++) {
        part[j] = f->attribute[parts->at[j]];
        if (!(p->attribute = joined(arena, p->attribute, part[j])))
            return out_of_memory(e);
    }
    p->parts_n = parts->n;
    p->part = part;
    for (size_t g = 0; g < p->groups_n; g++) {
        size_t rest = g;
        for (size_t j = parts->n; j-- > 0;) {
            const struct dataset_attribute *a = dataset_find_attribute(data, f->attribute[parts->at[j]]);
            value[j] = a->value[rest % a->values_n];
            rest /= a->values_n;
        }
        for (size_t j = 0; j < parts->n; j++)
            if (!(name[g] = joined(arena, name[g], value[j])))
                return out_of_memory(e);
    }
    p->group = name;
    return 0;
}

/* Codes of the product over the rows of `rows` (the test set itself or the members, which have all its attributes). */
static int group_codes(const struct dataset *data, const struct dataset *rows, const struct plan_fairness *f,
                       const struct plan_partition *parts, struct arena *arena, struct columns *groups,
                       const int32_t **out, struct err *e)
{
    struct translation *part = arena_array(arena, parts->n, sizeof *part);
    int32_t *code = NULL;
    if (!part)
        return out_of_memory(e);
    for (size_t j = 0; j < parts->n; j++)
        TRY(translate(dataset_find_attribute(data, f->attribute[parts->at[j]]), rows, arena, &part[j], e));
    if (parts->n == 1 && rows == data) {
        *out = part[0].code;
        return 0;
    }
    if (!(code = columns_add(groups, rows->n, sizeof *code)))
        return out_of_memory(e);
    for (size_t i = 0; i < rows->n; i++)
        for (size_t j = 0; j < parts->n; j++) {
            int32_t own = translated(&part[j], i);
            code[i] = code[i] < 0 || own < 0 ? -1 : code[i] * part[j].values_n + own;
        }
    *out = code;
    return 0;
}

/* The reference group: the product of the attributes' references, or -1 if one has none. */
static int reference_of(const struct dataset *data, const struct plan_fairness *f, const struct plan_partition *parts)
{
    int32_t reference = 0, own = 0;
    for (size_t j = 0; j < parts->n; j++) {
        const struct dataset_attribute *a = dataset_find_attribute(data, f->attribute[parts->at[j]]);
        if (!f->reference[parts->at[j]] || !has_value(a, f->reference[parts->at[j]], &own))
            return -1;
        reference = reference * (int32_t)a->values_n + own;
    }
    return reference;
}

/* Whether the members' data set is there and has every attribute of the partition. */
static int has_attributes(const struct dataset *members, const struct metric_partition *p)
{
    if (!members)
        return 0;
    for (size_t i = 0; i < p->parts_n; i++)
        if (!dataset_find_attribute(members, p->part[i]))
            return 0;
    return 1;
}

static int add_partition(const struct batch_input *in, const struct plan_partition *parts, struct arena *arena,
                         struct columns *groups, struct metric_partition *p, struct metric_partition *members,
                         struct err *e)
{
    const struct plan_fairness *f = &in->plan->fairness;
    memset(p, 0, sizeof *p);
    p->groups_n = 1;
    for (size_t j = 0; j < parts->n; j++)
        p->groups_n *= dataset_find_attribute(in->data, f->attribute[parts->at[j]])->values_n;
    TRY(group_names(in->data, f, parts, arena, p, e));
    TRY(group_codes(in->data, in->data, f, parts, arena, groups, &p->code, e));
    p->reference = reference_of(in->data, f, parts);
    *members = *p;
    members->code = NULL;
    return has_attributes(in->members, p)
               ? group_codes(in->data, in->members, f, parts, arena, groups, &members->code, e)
               : 0;
}

static int make_partitions(const struct batch_input *in, struct arena *arena, struct columns *groups,
                           struct metric_subject *out, struct err *e)
{
    const struct plan_fairness *f = &in->plan->fairness;
    size_t n = plan_partitions(f);
    struct metric_partition *p = arena_array(arena, n, sizeof *p), *members = arena_array(arena, n, sizeof *members);
    if (!p || !members)
        return out_of_memory(e);
    for (size_t i = 0; i < n; i++) {
        const struct plan_partition parts = plan_partition(f, i);
        TRY(add_partition(in, &parts, arena, groups, &p[i], &members[i], e));
    }
    out->partitions_n = n;
    out->partition = p;
    out->members_partition = in->members ? members : NULL;
    return 0;
}

static void rest(const void *owner)
{
    const struct subject_rows *rows = owner;
    columns_rest(&rows->groups);
    dataset_rest(rows->data);
    if (rows->members)
        dataset_rest(rows->members);
}

static int make_values(const struct artefact *item, const struct batch_input *in, struct arena *arena,
                       struct metric_probe *out, struct err *e)
{
    const struct probe_kind *kind = item->probe->kind;
    struct probe_value value[PROBE_VALUES_MOST];
    struct artefact_call call;
    while (kind->metrics[out->n].id)
        out->n++;
    struct metric_value *metric = arena_array(arena, out->n, sizeof *metric);
    if (!metric)
        return out_of_memory(e);
    artefact_call_fill(&call, in, item);
    kind->read(&call, item->value, value);
    for (size_t i = 0; i < out->n; i++)
        metric[i] = (struct metric_value){.metric_id = kind->metrics[i].id,
                                          .unit = kind->metrics[i].unit,
                                          .higher_is_better = kind->metrics[i].higher_is_better,
                                          .value = value[i].value,
                                          .null_reason = value[i].null_reason,
                                          .n = value[i].n,
                                          .count = value[i].count};
    out->value = metric;
    out->test_id = item->probe->test_id;
    out->scenario = "clean";
    return 0;
}

static int make_probes(const struct batch_input *in, const struct artefacts *a, struct arena *arena,
                       struct metric_subject *out, struct err *e)
{
    struct metric_probe *probe = arena_array(arena, a->n - a->probes, sizeof *probe);
    if (!probe)
        return out_of_memory(e);
    for (size_t i = a->probes; i < a->n; i++)
        TRY(make_values(&a->item[i], in, arena, &probe[i - a->probes], e));
    out->probes_n = a->n - a->probes;
    out->probe = probe;
    return 0;
}

int subject_make(const struct batch_input *in, const struct batch_result *r, struct arena *arena,
                 struct subject_rows *rows, struct metric_subject *out, struct err *e)
{
    const size_t judged = in->net ? in->plan->judged_n : 0;
    rows->data = in->data;
    rows->members = in->members;
    *out = (struct metric_subject){.classes = in->net ? net_classes(in->net) : in->data->scores_classes,
                                   .favorable = in->plan->fairness.given ? (int)in->plan->fairness.favorable : -1,
                                   .min_group = (size_t)in->plan->fairness.min_group,
                                   .level = 0.95,
                                   .interval = in->plan->interval,
                                   .outcomes_n = in->plan->scenarios_n,
                                   .outcomes = r->outcomes,
                                   .judged_n = judged,
                                   .judged = r->outcomes + in->plan->scenarios_n,
                                   .member = in->data->member,
                                   .weight = in->data->weight,
                                   .all_forms = in->plan->fairness.forms == FORMS_ALL,
                                   .threads = in->threads,
                                   .members = in->members ? &r->outcomes[in->plan->scenarios_n + judged] : NULL,
                                   .members_weight = in->members ? in->members->weight : NULL,
                                   .rest = rest,
                                   .owner = rows};
    if (in->data->class_name && in->data->classes == out->classes)
        out->class_name = in->data->class_name;
    TRY(make_probes(in, r->artefacts, arena, out, e));
    return make_partitions(in, arena, &rows->groups, out, e);
}

void subject_rows_free(struct subject_rows *rows)
{
    columns_free(&rows->groups);
}
