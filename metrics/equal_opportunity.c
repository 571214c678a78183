/* Equal opportunity: those who deserve the favorable class get it at one rate (Hardt et al. 2016). */
#include "metrics/disparity.h"

const struct metric_kind metric_equal_opportunity_difference =
    DIFFERENCE("equal_opportunity_difference", RATE_TPR, 1,
               "true positive rate: largest minus smallest of the groups");

const struct metric_kind metric_equal_opportunity_ratio =
    RATIO("equal_opportunity_ratio", RATE_TPR, 1,
          "true positive rate: smallest over largest of the groups");

const struct metric_kind metric_equal_opportunity_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("equal_opportunity_difference_to_reference", RATE_TPR, 1,
                            "true positive rate: group minus reference, the group farthest from 0");

const struct metric_kind metric_equal_opportunity_ratio_to_reference =
    RATIO_TO_REFERENCE("equal_opportunity_ratio_to_reference", RATE_TPR, 1,
                       "true positive rate: group over reference, the group farthest from 1");

const struct metric_kind metric_equal_opportunity_difference_to_overall =
    DIFFERENCE_TO_OVERALL("equal_opportunity_difference_to_overall", RATE_TPR, 1,
                          "true positive rate: largest distance of a group from all rows together");

const struct metric_kind metric_equal_opportunity_ratio_to_overall =
    RATIO_TO_OVERALL("equal_opportunity_ratio_to_overall", RATE_TPR, 1,
                     "true positive rate: smallest ratio of a group and all rows together");

const struct metric_kind metric_fnr_difference =
    DIFFERENCE("fnr_difference", RATE_FNR, 1,
               "false negative rate: largest minus smallest of the groups");

const struct metric_kind metric_fnr_ratio =
    RATIO("fnr_ratio", RATE_FNR, 1,
          "false negative rate: smallest over largest of the groups");

const struct metric_kind metric_fnr_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("fnr_difference_to_reference", RATE_FNR, 1,
                            "false negative rate: group minus reference, the group farthest from 0");

const struct metric_kind metric_fnr_ratio_to_reference =
    RATIO_TO_REFERENCE("fnr_ratio_to_reference", RATE_FNR, 1,
                       "false negative rate: group over reference, the group farthest from 1");

const struct metric_kind metric_fnr_difference_to_overall =
    DIFFERENCE_TO_OVERALL("fnr_difference_to_overall", RATE_FNR, 1,
                          "false negative rate: largest distance of a group from all rows together");

const struct metric_kind metric_fnr_ratio_to_overall =
    RATIO_TO_OVERALL("fnr_ratio_to_overall", RATE_FNR, 1,
                     "false negative rate: smallest ratio of a group and all rows together");
