/* The rates of the confusion table of the favorable class against the rest. Names of the rates: Fawcett 2006, "An
 * introduction to ROC analysis"; of their forms: demographic parity (Dwork et al. 2012), equal opportunity (Hardt et
 * al. 2016), predictive parity (Chouldechova 2017); equal false positive rates are "predictive equality"
 * (Corbett-Davies et al. 2017). */
#include "metrics/rate.h"

static int labelled(const struct rate_row *r) { return r->row->label == r->favorable; }
static int not_labelled(const struct rate_row *r) { return r->row->label != r->favorable; }
static int selected(const struct rate_row *r) { return r->row->predicted == r->favorable; }
static int rejected(const struct rate_row *r) { return r->row->predicted != r->favorable; }

/* The metric of a share of the confusion table. Outside of clean a report has its forms, by default not its values; of
 * tnr and fnr not even those, which say what those of fpr and tpr say. */
#define SHARE(id, higher, text)                                                                                     \
    {                                                                                                               \
        .name = id, .source = "Fawcett 2006", .doc = text, .unit = "fraction", .lo = 0, .hi = 1,                    \
        .higher_is_better = higher, .scope = METRIC_PARTITION, .needs_favorable = 1, .shown = METRIC_SHOWN_CLEAN,   \
        .groups = rate_of_groups                                                                                    \
    }

const struct rate rate_selection = {
    .value = SHARE("selection_rate", 0,
                   "share of a group that the model gives the favorable class"),
    .title = "selection rate", .prefix = "demographic_parity", .holds = selected,
};

const struct rate rate_base = {
    .value = SHARE("base_rate", 0, "share of a group whose label is the favorable class"),
    .title = "base rate", .holds = labelled,
};

const struct rate rate_tpr = {
    .value = SHARE("tpr", 1, "true positive rate: selected among those labelled favorable"),
    .title = "true positive rate", .prefix = "equal_opportunity", .among = labelled, .holds = selected,
};

const struct rate rate_fpr = {
    .value = SHARE("fpr", 0, "false positive rate: selected among those not labelled favorable"),
    .title = "false positive rate", .prefix = "fpr", .among = not_labelled, .holds = selected,
};

const struct rate rate_tnr = {
    .value = SHARE("tnr", 1, "true negative rate: rejected among those not labelled favorable"),
    .title = "true negative rate", .prefix = "tnr", .forms_shown = METRIC_SHOWN_CLEAN,
    .among = not_labelled, .holds = rejected,
};

const struct rate rate_fnr = {
    .value = SHARE("fnr", 0, "false negative rate: rejected among those labelled favorable"),
    .title = "false negative rate", .prefix = "fnr", .forms_shown = METRIC_SHOWN_CLEAN,
    .among = labelled, .holds = rejected,
};

const struct rate rate_ppv = {
    .value = SHARE("ppv", 1, "positive predictive value: labelled favorable among the selected"),
    .title = "positive predictive value", .prefix = "predictive_parity", .among = selected, .holds = labelled,
};

const struct rate rate_npv = {
    .value = SHARE("npv", 1,
                   "negative predictive value: not labelled favorable among the rejected"),
    .title = "negative predictive value", .prefix = "npv", .among = rejected, .holds = not_labelled,
};
