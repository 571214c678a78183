/* Demographic parity: the groups are selected at one rate (Dwork et al. 2012; Feldman et al. 2015). */
#include "metrics/disparity.h"

const struct metric_kind metric_demographic_parity_difference =
    DIFFERENCE("demographic_parity_difference", RATE_SELECTION, 1,
               "selection rate: largest minus smallest of the groups");

const struct metric_kind metric_demographic_parity_ratio =
    RATIO("demographic_parity_ratio", RATE_SELECTION, 1,
          "selection rate: smallest over largest of the groups");

const struct metric_kind metric_demographic_parity_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("demographic_parity_difference_to_reference", RATE_SELECTION, 1,
                            "selection rate: group minus reference, the group farthest from 0");

const struct metric_kind metric_demographic_parity_ratio_to_reference =
    RATIO_TO_REFERENCE("demographic_parity_ratio_to_reference", RATE_SELECTION, 1,
                       "selection rate: group over reference, the group farthest from 1");

const struct metric_kind metric_demographic_parity_difference_to_overall =
    DIFFERENCE_TO_OVERALL("demographic_parity_difference_to_overall", RATE_SELECTION, 1,
                          "selection rate: largest distance of a group from all rows together");

const struct metric_kind metric_demographic_parity_ratio_to_overall =
    RATIO_TO_OVERALL("demographic_parity_ratio_to_overall", RATE_SELECTION, 1,
                     "selection rate: smallest ratio of a group and all rows together");

const struct metric_kind metric_disparate_impact_ratio =
    RATIO_TO_REFERENCE("disparate_impact_ratio", RATE_SELECTION, 1,
                       "selection rate: group over reference; the four-fifths rule asks for at least 0.8");
