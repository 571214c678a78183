/* Accuracy parity, also under a transformation or an attack (Nanda et al. 2021, "Fairness through robustness"). */
#include "metrics/disparity.h"

const struct metric_kind metric_accuracy_difference =
    DIFFERENCE("accuracy_difference", RATE_ACCURACY, 0,
               "accuracy: largest minus smallest of the groups");

const struct metric_kind metric_accuracy_ratio =
    RATIO("accuracy_ratio", RATE_ACCURACY, 0,
          "accuracy: smallest over largest of the groups");

const struct metric_kind metric_accuracy_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("accuracy_difference_to_reference", RATE_ACCURACY, 0,
                            "accuracy: group minus reference, the group farthest from 0");

const struct metric_kind metric_accuracy_ratio_to_reference =
    RATIO_TO_REFERENCE("accuracy_ratio_to_reference", RATE_ACCURACY, 0,
                       "accuracy: group over reference, the group farthest from 1");

const struct metric_kind metric_accuracy_difference_to_overall =
    DIFFERENCE_TO_OVERALL("accuracy_difference_to_overall", RATE_ACCURACY, 0,
                          "accuracy: largest distance of a group from all rows together");

const struct metric_kind metric_accuracy_ratio_to_overall =
    RATIO_TO_OVERALL("accuracy_ratio_to_overall", RATE_ACCURACY, 0,
                     "accuracy: smallest ratio of a group and all rows together");

const struct metric_kind metric_robust_accuracy_difference =
    DIFFERENCE("robust_accuracy_difference", RATE_ROBUST_ACCURACY, 0,
               "robust accuracy: largest minus smallest of the groups");

const struct metric_kind metric_robust_accuracy_ratio =
    RATIO("robust_accuracy_ratio", RATE_ROBUST_ACCURACY, 0,
          "robust accuracy: smallest over largest of the groups");

const struct metric_kind metric_robust_accuracy_difference_to_reference =
    DIFFERENCE_TO_REFERENCE("robust_accuracy_difference_to_reference", RATE_ROBUST_ACCURACY, 0,
                            "robust accuracy: group minus reference, the group farthest from 0");

const struct metric_kind metric_robust_accuracy_ratio_to_reference =
    RATIO_TO_REFERENCE("robust_accuracy_ratio_to_reference", RATE_ROBUST_ACCURACY, 0,
                       "robust accuracy: group over reference, the group farthest from 1");

const struct metric_kind metric_robust_accuracy_difference_to_overall =
    DIFFERENCE_TO_OVERALL("robust_accuracy_difference_to_overall", RATE_ROBUST_ACCURACY, 0,
                          "robust accuracy: largest distance of a group from all rows together");

const struct metric_kind metric_robust_accuracy_ratio_to_overall =
    RATIO_TO_OVERALL("robust_accuracy_ratio_to_overall", RATE_ROBUST_ACCURACY, 0,
                     "robust accuracy: smallest ratio of a group and all rows together");
