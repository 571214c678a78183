/* Means of continuous columns: calibration, whole and per group, and their comparison between groups. */
#include "metrics/rate.h"

/* With two classes the one stored probability is enough; with more it is not. */
static double squared_error(const struct rate_row *r)
{
    double d = 1 - (double)r->row->p_true;
    return d * d;
}
static double loss(const struct rate_row *r) { return (double)r->row->loss; }
static double confidence(const struct rate_row *r) { return (double)r->row->confidence; }

const struct rate rate_brier = {
    .value = {.name = "brier", .source = "Brier 1950", .unit = "", .lo = 0, .hi = 1, .scope = METRIC_CALIBRATION,
              .doc = "mean squared error of the probability of class 1; two classes only", .groups = rate_of_groups},
    .title = "Brier score", .prefix = "brier", .forms_shown = METRIC_SHOWN_ON_REQUEST, .two_classes = 1,
    .column = squared_error,
};

const struct rate rate_mean_loss = {
    .value = {.name = "mean_loss", .source = "", .unit = "nats", .lo = 0, .hi = 1e308, .scope = METRIC_CALIBRATION,
              .doc = "mean cross-entropy", .groups = rate_of_groups},
    .title = "mean loss", .prefix = "mean_loss", .forms_shown = METRIC_SHOWN_ON_REQUEST, .column = loss,
};

const struct rate rate_mean_confidence = {
    .value = {.name = "mean_confidence", .source = "", .unit = "fraction", .lo = 0, .hi = 1,
              .scope = METRIC_CALIBRATION, .doc = "mean of the largest probability", .groups = rate_of_groups},
    .title = "mean confidence", .prefix = "mean_confidence", .forms_shown = METRIC_SHOWN_ON_REQUEST,
    .column = confidence,
};
