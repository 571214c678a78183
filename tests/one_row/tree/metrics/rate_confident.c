/* Share of rows of which the net is sure. */
#include "metrics/rate.h"

static int confident(const struct rate_row *r) { return r->row->confidence > 0.9f; }

const struct rate rate_confident = {
    .value = {.name = "confident_rate", .source = "Hendrycks & Gimpel 2017, arXiv:1610.02136", .unit = "fraction",
              .lo = 0, .hi = 1, .doc = "share of samples whose largest probability is above 0.9",
              .scope = METRIC_CLEAN | METRIC_PARTITION, .scenario = rate_of_scenario, .groups = rate_of_groups},
    .title = "share of confident rows", .prefix = "confident", .holds = confident,
};
