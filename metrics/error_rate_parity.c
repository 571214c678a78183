/* Predictive equality: those who do not deserve the favorable class get it at one rate
 * (Corbett-Davies et al. 2017). */
#include "metrics/disparity.h"

const struct metric_kind metric_fpr_difference =
    DIFFERENCE("fpr_difference", RATE_FPR, 1,
               "false positive rate: largest minus smallest of the groups");

const struct metric_kind metric_fpr_ratio =
    RATIO("fpr_ratio", RATE_FPR, 1,
          "false positive rate: smallest over largest of the groups");

const struct metric_kind metric_fpr_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("fpr_difference_to_reference", RATE_FPR, 1,
                            "false positive rate: group minus reference, the group farthest from 0");

const struct metric_kind metric_fpr_ratio_to_reference =
    RATIO_TO_REFERENCE("fpr_ratio_to_reference", RATE_FPR, 1,
                       "false positive rate: group over reference, the group farthest from 1");

const struct metric_kind metric_fpr_difference_to_overall =
    DIFFERENCE_TO_OVERALL("fpr_difference_to_overall", RATE_FPR, 1,
                          "false positive rate: largest distance of a group from all rows together");

const struct metric_kind metric_fpr_ratio_to_overall =
    RATIO_TO_OVERALL("fpr_ratio_to_overall", RATE_FPR, 1,
                     "false positive rate: smallest ratio of a group and all rows together");

const struct metric_kind metric_tnr_difference =
    DIFFERENCE("tnr_difference", RATE_TNR, 1,
               "true negative rate: largest minus smallest of the groups");

const struct metric_kind metric_tnr_ratio =
    RATIO("tnr_ratio", RATE_TNR, 1,
          "true negative rate: smallest over largest of the groups");

const struct metric_kind metric_tnr_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("tnr_difference_to_reference", RATE_TNR, 1,
                            "true negative rate: group minus reference, the group farthest from 0");

const struct metric_kind metric_tnr_ratio_to_reference =
    RATIO_TO_REFERENCE("tnr_ratio_to_reference", RATE_TNR, 1,
                       "true negative rate: group over reference, the group farthest from 1");

const struct metric_kind metric_tnr_difference_to_overall =
    DIFFERENCE_TO_OVERALL("tnr_difference_to_overall", RATE_TNR, 1,
                          "true negative rate: largest distance of a group from all rows together");

const struct metric_kind metric_tnr_ratio_to_overall =
    RATIO_TO_OVERALL("tnr_ratio_to_overall", RATE_TNR, 1,
                     "true negative rate: smallest ratio of a group and all rows together");
