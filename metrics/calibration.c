/* Calibration of the clean predictions, whole and per group. */
#include "metrics/calibration.h"
#include <math.h>
#include "metrics/value.h"

static int takes_part(const struct metric_partition *partition, size_t g, size_t row)
{
    return partition == NULL || partition->code[row] == (int32_t)g;
}

static size_t bin_of(float confidence)
{
    double place = ceil((double)confidence * CALIBRATION_BINS);
    if (!(place >= 1))
        return 0;
    return place > CALIBRATION_BINS ? CALIBRATION_BINS - 1 : (size_t)place - 1;
}

void calibration_bins(const struct outcomes *o, const struct metric_partition *partition, size_t g,
                      struct calibration_bin bin[CALIBRATION_BINS])
{
    for (size_t b = 0; b < CALIBRATION_BINS; b++)
        bin[b] = (struct calibration_bin){0};
    for (size_t i = 0; i < o->n; i++) {
        if (!takes_part(partition, g, i))
            continue;
        struct calibration_bin *b = &bin[bin_of(outcomes_row(o, i)->confidence)];
        b->n++;
        b->correct += outcomes_row(o, i)->correct != 0;
        b->confidence += (double)outcomes_row(o, i)->confidence;
    }
}

static struct metric_value ece(const struct metric_kind *self, const struct metric_call *c, size_t g)
{
    struct calibration_bin bin[CALIBRATION_BINS];
    calibration_bins(c->outcomes, c->partition, g, bin);
    struct metric_value v = value_of(self);
    for (size_t b = 0; b < CALIBRATION_BINS; b++) {
        v.n += bin[b].n;
        v.value += fabs((double)bin[b].correct - bin[b].confidence);
    }
    if (v.n == 0)
        return value_null(self, NULL_ZERO_DENOMINATOR);
    v.value /= (double)v.n;
    return v;
}

/* With two classes the one stored probability is enough; with more it is not. */
static double squared_error(const struct outcome *row)
{
    double d = 1 - (double)row->p_true;
    return d * d;
}
static double loss(const struct outcome *row) { return (double)row->loss; }
static double confidence(const struct outcome *row) { return (double)row->confidence; }

/* What tells the metrics of this family apart: the value of one slice, and the column of those that are means. */
struct calibration_metric {
    struct metric_value (*value)(const struct metric_kind *self, const struct metric_call *c, size_t g);
    double (*column)(const struct outcome *row);
};

static struct metric_value column_mean(const struct metric_kind *self, const struct metric_call *c, size_t g)
{
    const struct calibration_metric *metric = self->detail;
    struct stats_mean mean = {0};
    for (size_t i = 0; i < c->outcomes->n; i++)
        if (takes_part(c->partition, g, i))
            stats_mean_add(&mean, metric->column(outcomes_row(c->outcomes, i)));
    return value_mean(self, &mean, c->subject->level);
}

static struct metric_value brier(const struct metric_kind *self, const struct metric_call *c, size_t g)
{
    return c->subject->classes == 2 ? column_mean(self, c, g) : value_null(self, NULL_NOT_COMPUTED);
}

static int calibration_compute(const struct metric_kind *self, const struct metric_call *c, struct metric_list *out,
                               struct err *e)
{
    (void)e;
    const struct calibration_metric *metric = self->detail;
    size_t groups = c->partition == NULL ? 1 : c->partition->groups_n;
    for (size_t g = 0; g < groups; g++) {
        struct metric_value v = metric->value(self, c, g);
        if (c->partition != NULL) {
            value_suppress(&v, c->subject->min_group);
            v.slice_attribute = c->partition->attribute;
            v.slice_value = c->partition->group[g];
        }
        metric_add(out, &v);
    }
    return 0;
}

const struct metric_kind metric_ece = {
    .name = "ece", .source = "Guo et al. 2017", .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_CALIBRATION,
    .doc = "expected calibration error, 15 bins of equal width; grows as rows get fewer",
    .compute = calibration_compute, .detail = &(const struct calibration_metric){ece, NULL},
};

const struct metric_kind metric_brier = {
    .name = "brier", .source = "Brier 1950", .unit = "", .lo = 0, .hi = 1, .scope = METRIC_CALIBRATION,
    .doc = "mean squared error of the probability of class 1; two classes only", .compute = calibration_compute,
    .detail = &(const struct calibration_metric){brier, squared_error},
};

const struct metric_kind metric_mean_loss = {
    .name = "mean_loss", .source = "", .unit = "nats", .lo = 0, .hi = 1e308, .scope = METRIC_CALIBRATION,
    .doc = "mean cross-entropy", .compute = calibration_compute,
    .detail = &(const struct calibration_metric){column_mean, loss},
};

const struct metric_kind metric_mean_confidence = {
    .name = "mean_confidence", .source = "", .unit = "fraction", .lo = 0, .hi = 1, .scope = METRIC_CALIBRATION,
    .doc = "mean of the largest probability", .compute = calibration_compute,
    .detail = &(const struct calibration_metric){column_mean, confidence},
};
