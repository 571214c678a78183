/* What a scenario costs, with the denominators named: all samples for the drop of accuracy, the clean-correct ones (or
 * the attacked ones, for targeted attacks) for the success rate. */
#include <math.h>
#include "metrics/value.h"
#include "metrics/view.h"

/* Paired counts of an effective n: 1 a row where there are no weights. */
struct paired {
    struct stats_share lost, gained;
    double difference, squares;        /* of the weights of pairs that differ */
};

static struct paired paired_of(const struct scenario_view *v)
{
    struct outcomes_reader row = outcomes_read(v->outcomes), clean = outcomes_read(v->clean);
    struct paired p = {0};
    for (size_t i = 0; i < v->outcomes->n; i++) {
        int before = outcomes_row(&clean, i)->correct != 0, after = outcomes_row(&row, i)->correct != 0;
        stats_share_add(&p.lost, before > after, view_weight(v->weight, i));
        stats_share_add(&p.gained, after > before, view_weight(v->weight, i));
        if (before != after) {
            double weight = view_weight(v->weight, i);
            p.difference += before > after ? weight : -weight;
            p.squares += weight * weight;
        }
    }
    outcomes_rest(&row);
    outcomes_rest(&clean);
    return p;
}

/* McNemar 1947: exact; with weights, whose sums have no binomial distribution, by its normal form. */
static struct metric_p p_of(const struct paired *p, int is_weighted)
{
    struct metric_p out = {.given = 1, .mid = NAN, .method = is_weighted ? "mcnemar_weighted" : "mcnemar_exact"};
    if (is_weighted)
        out.value = p->squares > 0 ? stats_two_sided(p->difference / sqrt(p->squares)) : 1;
    else
        out.value = stats_mcnemar(p->lost.count, p->gained.count, &out.mid);
    return out;
}

static void accuracy_drop(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    struct paired p = paired_of(v);
    struct metric_value value = value_of(self);
    double n = stats_share_effective_n(&p.lost), z = stats_z(v->subject->level);
    value.value = (p.lost.hits - p.gained.hits) / p.lost.weights;
    value.n = p.lost.n;
    value.count = p.lost.count;
    value.effective_n = v->weight != NULL ? n : 0;
    value_interval(&value, self,
                   stats_paired_difference(stats_share_effective_count(&p.lost), stats_share_effective_count(&p.gained),
                                           n, z),
                   v->subject->level, METHOD("agresti_min", v->weight != NULL));
    value.p = p_of(&p, v->weight != NULL);
    metric_add(out, &value);
}

static void add_success(const struct metric_kind *self, const struct metric_subject *s, const struct stats_share *share,
                        const double *weight, struct metric_list *out)
{
    struct metric_value v = value_share(self, share, weight != NULL, s);
    metric_add(out, &v);
}

static void success_of_scenario(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    struct outcomes_reader rows = outcomes_read(v->outcomes), clean = outcomes_read(v->clean);
    struct stats_share share = {0};
    for (size_t i = 0; i < v->outcomes->n; i++) {
        const struct outcome *row = outcomes_row(&rows, i), *before = outcomes_row(&clean, i);
        int attacked = v->outcomes->targeted ? row->attacked != 0 : before->correct != 0;
        int reached = v->outcomes->targeted ? row->success != 0 : !row->correct;
        if (attacked)
            stats_share_add(&share, reached, view_weight(v->weight, i));
    }
    outcomes_rest(&rows);
    outcomes_rest(&clean);
    add_success(self, v->subject, &share, v->weight, out);
}

static void success_of_several(const struct metric_kind *self, const struct several_view *v, struct metric_list *out)
{
    struct several_reader reader;
    struct stats_share share = {0};
    if (several_read(v, out->arena, &reader) != 0) {
        out->failed = 1;
        return;
    }
    for (size_t i = 0; i < v->clean->n; i++)
        if (outcomes_row(&reader.clean, i)->correct)
            stats_share_add(&share, !several_survives(&reader, i), view_weight(v->weight, i));
    several_rest(&reader);
    add_success(self, v->subject, &share, v->weight, out);
}

static void carried_n(const struct metric_kind *self, const struct scenario_view *v, struct metric_list *out)
{
    struct outcomes_reader row = outcomes_read(v->outcomes);
    struct metric_value value = value_of(self);
    value.n = v->outcomes->n;
    for (size_t i = 0; i < value.n; i++)
        value.count += outcomes_row(&row, i)->carried != 0;
    outcomes_rest(&row);
    value.value = (double)value.count;
    metric_add(out, &value);
}

const struct metric_kind metric_accuracy_drop = {
    .name = "accuracy_drop", .source = "", .doc = "clean accuracy minus accuracy of the scenario; count: samples lost",
    .unit = "fraction", .lo = -1, .hi = 1, .scope = METRIC_NATURAL | METRIC_ADVERSARIAL, .scenario = accuracy_drop,
};

const struct metric_kind metric_attack_success_rate = {
    .name = "attack_success_rate", .source = "Carlini et al. 2019",
    .doc = "share of the clean-correct samples that the attack turns; targeted: goal reached among the attacked",
    .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_ADVERSARIAL | METRIC_WORST_CASE,
    .scenario = success_of_scenario, .several = success_of_several,
};

const struct metric_kind metric_carried_n = {
    .name = "carried_n", .source = "", .doc = "samples broken at a smaller eps already, whose row was taken over",
    .unit = "count", .lo = 0, .hi = 9007199254740992.0, .scope = METRIC_ADVERSARIAL, .scenario = carried_n,
};
