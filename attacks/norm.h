/* Norms: how long a perturbation is, and how to stay within a length.
 *
 * A norm is one struct at the foot of its own file (norm_linf.c) and one row in norms.def; attacks, plan, outcomes and
 * report walk the table. Lengths are those of the float32 values as stored, computed in double: what `project` gives
 * has distance <= eps exactly, without any slack.
 *
 * Bounds of a sample (lower, upper: d floats each, lower <= x <= upper) are the box, narrowed to x where a feature is
 * immutable, and to the ball where the ball is a box too (Linf). They are made once a sample by norm_bounds; the slots
 * take them instead of the box, and so never move what may not move. */
#ifndef ASSAY_ATTACKS_NORM_H
#define ASSAY_ATTACKS_NORM_H
#include <stddef.h>
#include <stdint.h>
#include "engine/base/rng.h"
#include "engine/kern/kern.h"

struct dataset_feature;

enum norm {
#define NORM(name) NORM_##name,
#include "attacks/norms.def"
#undef NORM
    NORMS
};

struct norm_kind {
    const char *name;              /* "l2" */
    const char *unit;              /* of a length: "data units", "values" */
    const char *doc;               /* one line */
    /* ||a - b|| of two samples of d values. */
    double (*distance)(const struct kern *kern, size_t d, const float *a, const float *b);
    /* ||v|| of a change in units that differ from value to value (threat.h). */
    double (*length)(size_t d, const double *v);
    /* Narrow [lower, upper] to the ball around x, as far as bounds of single values can; NULL: not at all. */
    void (*bounds)(double eps, size_t d, const float *x, float *lower, float *upper);
    /* Put adv on {||adv - x|| <= eps} inside [lower, upper]; eps > 0. A value that is NaN goes to a bound or
     * to x. */
    void (*project)(const struct kern *kern, double eps, size_t d, const float *x, const float *lower,
                    const float *upper, float *adv);
    /* Move adv by the step of this length that raises a function of gradient g most (length < 0: that lowers it most).
     * g is overwritten; one that is all zero or not finite does not move adv. adv may leave ball and bounds: project
     * it. NULL: the norm has no steepest step. */
    void (*step)(const struct kern *kern, float length, size_t d, const float *lower, const float *upper, float *g,
                 float *adv);
    /* Move adv (which is x) to a point drawn uniformly from the ball of radius eps in the values that can move; project
     * it. direction: d floats of scratch. NULL only where step is. */
    void (*start)(const struct kern *kern, const struct rng_key *key, double eps, size_t d, const float *lower,
                  const float *upper, float *direction, float *adv);
};

#define NORM(name) extern const struct norm_kind norm_##name;
#include "attacks/norms.def"
#undef NORM
extern const struct norm_kind *const norm_kinds[]; /* [NORMS], by enum norm, then NULL */
extern const char *const norm_names[];             /* [NORMS], then NULL */

/* For the slot `offers` of the attacks that go by steps alone. */
int norm_has_step(const struct norm_kind *norm);
/* The norm's place in norms.def. */
size_t norm_place(const struct norm_kind *norm);
/* Bounds of one sample inside the box [low, high]: x itself where feature (may be NULL) is immutable, and for eps = 0.
 */
void norm_bounds(const struct norm_kind *norm, double eps, size_t d, const float *x, const float *low,
                 const float *high, const struct dataset_feature *feature, float *lower, float *upper);
/* norm->project, or for eps = 0 x bit for bit. */
void norm_project(const struct norm_kind *norm, const struct kern *kern, double eps, size_t d, const float *x,
                  const float *lower, const float *upper, float *adv);

/* What the files of the norms share: direction becomes 0 where lower = upper; returns how many values can move. */
size_t norm_mask_fixed(size_t d, const float *lower, const float *upper, float *direction);
/* Scale g by a power of two such that dividing by its L2 norm neither over- nor underflows; returns that norm, or 0
 * where g is all zero or not finite. */
double norm_l2_scaled(const struct kern *kern, size_t d, float *g);

#endif
