/* Predictive parity: a decision is right at one rate (Chouldechova 2017). */
#include "metrics/disparity.h"

const struct metric_kind metric_predictive_parity_difference =
    DIFFERENCE("predictive_parity_difference", RATE_PPV, 1,
               "positive predictive value: largest minus smallest of the groups");

const struct metric_kind metric_predictive_parity_ratio =
    RATIO("predictive_parity_ratio", RATE_PPV, 1,
          "positive predictive value: smallest over largest of the groups");

const struct metric_kind metric_predictive_parity_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("predictive_parity_difference_to_reference", RATE_PPV, 1,
                            "positive predictive value: group minus reference, the group farthest from 0");

const struct metric_kind metric_predictive_parity_ratio_to_reference =
    RATIO_TO_REFERENCE("predictive_parity_ratio_to_reference", RATE_PPV, 1,
                       "positive predictive value: group over reference, the group farthest from 1");

const struct metric_kind metric_predictive_parity_difference_to_overall =
    DIFFERENCE_TO_OVERALL("predictive_parity_difference_to_overall", RATE_PPV, 1,
                          "positive predictive value: largest distance of a group from all rows together");

const struct metric_kind metric_predictive_parity_ratio_to_overall =
    RATIO_TO_OVERALL("predictive_parity_ratio_to_overall", RATE_PPV, 1,
                     "positive predictive value: smallest ratio of a group and all rows together");

const struct metric_kind metric_npv_difference =
    DIFFERENCE("npv_difference", RATE_NPV, 1,
               "negative predictive value: largest minus smallest of the groups");

const struct metric_kind metric_npv_ratio =
    RATIO("npv_ratio", RATE_NPV, 1,
          "negative predictive value: smallest over largest of the groups");

const struct metric_kind metric_npv_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("npv_difference_to_reference", RATE_NPV, 1,
                            "negative predictive value: group minus reference, the group farthest from 0");

const struct metric_kind metric_npv_ratio_to_reference =
    RATIO_TO_REFERENCE("npv_ratio_to_reference", RATE_NPV, 1,
                       "negative predictive value: group over reference, the group farthest from 1");

const struct metric_kind metric_npv_difference_to_overall =
    DIFFERENCE_TO_OVERALL("npv_difference_to_overall", RATE_NPV, 1,
                          "negative predictive value: largest distance of a group from all rows together");

const struct metric_kind metric_npv_ratio_to_overall =
    RATIO_TO_OVERALL("npv_ratio_to_overall", RATE_NPV, 1,
                     "negative predictive value: smallest ratio of a group and all rows together");
