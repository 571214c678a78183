/* Calibration of the clean predictions, whole and per group: the reliability table and the error that it shows. The
 * means of the same test are rates (rate_means.c). */
#include "metrics/calibration.h"
#include <math.h>
#include "metrics/value.h"
#include "metrics/view.h"

static size_t bin_of(float confidence)
{
    double place = ceil((double)confidence * CALIBRATION_BINS);
    if (!(place >= 1))
        return 0;
    return place > CALIBRATION_BINS ? CALIBRATION_BINS - 1 : (size_t)place - 1;
}

void calibration_bins(const struct outcomes *o, const double *weight, const struct metric_partition *partition,
                      struct calibration_bin *bin)
{
    struct outcomes_reader reader = outcomes_read(o);
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *row = outcomes_row(&reader, i);
        int32_t g = partition->code != NULL ? partition->code[i] : 0;
        if (g < 0 || isnan(row->confidence))
            continue;
        struct calibration_bin *b = &bin[(size_t)g * CALIBRATION_BINS + bin_of(row->confidence)];
        stats_share_add(&b->correct, row->correct != 0, view_weight(weight, i));
        b->confidence += view_weight(weight, i) * (double)row->confidence;
    }
    outcomes_rest(&reader);
}

/* Over the bins of one group. */
static struct metric_value ece_of(const struct metric_kind *self, const struct calibration_bin *bin, int is_weighted)
{
    struct metric_value v = value_of(self);
    struct stats_share all = {0};
    for (size_t b = 0; b < CALIBRATION_BINS; b++) {
        stats_share_join(&all, &bin[b].correct);
        v.value += fabs(bin[b].correct.hits - bin[b].confidence);
    }
    if (all.n == 0)
        return value_null(self, NULL_ZERO_DENOMINATOR);
    v.n = all.n;
    v.effective_n = is_weighted ? stats_share_effective_n(&all) : 0;
    v.value /= all.weights;
    return v;
}

static void ece(const struct metric_kind *self, const struct groups_view *v, struct metric_list *out)
{
    const struct metric_partition *p = v->partition;
    struct calibration_bin *bin = arena_array(out->arena, p->groups_n * CALIBRATION_BINS, sizeof *bin);
    if (bin == NULL) {
        out->failed = 1;
        return;
    }
    calibration_bins(v->outcomes, v->weight, p, bin);
    for (size_t g = 0; g < p->groups_n; g++) {
        struct metric_value value = ece_of(self, bin + g * CALIBRATION_BINS, v->weight != NULL);
        if (p->code != NULL) {
            value_mark_small(&value, v->subject->min_group);
            value.slice_attribute = p->attribute;
            value.slice_value = p->group[g];
        }
        metric_add(out, &value);
    }
}

const struct metric_kind metric_ece = {
    .name = "ece", .source = "Guo et al. 2017", .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_CALIBRATION,
    .doc = "expected calibration error, 15 bins of equal width; grows as rows get fewer", .groups = ece,
};
