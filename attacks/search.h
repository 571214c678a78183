/* What iterative attacks share: samples that are still under attack, where each stands, and the best point of each.
 *
 * All arrays stand by block row and stay there. Rows that are done leave the list `row` alone; the oracle is asked for
 * the listed ones, packed. Directions point to the goal: away from the label, or towards the target class where the
 * attack is targeted, so that an attack climbs always. What the best point is, the attack says: by distance
 * (search_keep_nearest) or by whatever it compares (search_keep). It lies in call->adv.
 *
 * Once the run is to stop, the list is empty after the next question and stays so: loops over steps end where it is. */
#ifndef ASSAY_ATTACKS_SEARCH_H
#define ASSAY_ATTACKS_SEARCH_H
#include "attacks/attack.h"
#include "attacks/scratch.h"

struct search {
    const struct attack_call *call;
    size_t size, classes;
    size_t active;
    size_t *row;                   /* [active] block rows under attack, ascending */
    int32_t *goal;                 /* [n] true label, or target */
    double *best;                  /* [n] of the point in call->adv; INFINITY at first */
    uint8_t *done;                 /* [n] set by the attack: leaves with the next search_drop_done */
    float *lower, *upper;          /* (n, size) bounds, see norm.h */
    float *iterate;                /* (n, size) x at first */
    float *gradient;               /* (n, size) of the last search_gradient */
    float *logits, *loss;          /* (n, classes), (n) of the last question */
    float *packed;                 /* (n, size) what the oracle is asked */
    int32_t *packed_y, *packed_other;
};

/* Lay it out for n samples; with `gradients` 0 there is no gradient (and search_gradient may not be called). */
void search_layout(struct search *s, struct scratch *memory, size_t n, size_t size, size_t classes, int gradients);
/* All rows active at x, with the call's bounds; call->steps all 0. Call after the layout over call->scratch. */
void search_open(struct search *s, const struct attack_call *c);

/* Logits, loss and gradient of the active rows' iterates against their goals. Cross-entropy is followed as
 * LOSS_ASCENT, of mixtures of probabilities as LOSS_MARGIN: confident parts stretch the logarithms of their mean so far
 * that one range for all evens the nearest classes out (of three softmax outputs over 10 classes, logits of scale 10,
 * Linf PGD left 0.41 standing along LOSS_ASCENT, 0.13 along cross-entropy itself, 0.07 along the margin). Of a targeted
 * attack loss and gradient are negated. */
void search_gradient(struct search *s, enum loss_kind kind);
/* The same of a loss of y and other (by block row; other may be NULL), not negated. */
void search_gradient_of(struct search *s, enum loss_kind kind, const int32_t *y, const int32_t *other);
/* Logits of the active rows' points (n, size; by block row): float32, never approximate. */
void search_score(struct search *s, const float *points);
/* Whether the active rows' points are adversarial, by labels alone; adversarial [n] by block row. */
void search_ask(struct search *s, const float *points, uint8_t *adversarial);

/* Whether logits z of a point of the row are what its attack wants. Never where one is not finite. */
int search_reaches_goal(const struct attack_call *c, size_t row, const float *z);
/* By the row's last logits. Never where one of them is not finite: the question was beyond the sample's budget, or the
 * net has no answer. */
int search_is_adversarial(const struct search *s, size_t row);
/* The loss of the row's last logits, against its goal and so that more is nearer to it. */
float search_loss(const struct search *s, enum loss_kind kind, size_t row);
/* The same of other logits of it. */
float search_loss_of(const struct search *s, enum loss_kind kind, size_t row, const float *logits);
/* Approximate or random logits of a gradient call only propose: those of iterates that look adversarial are taken
 * again. */
void search_confirm(struct search *s);

/* The point becomes the row's answer, found after so many steps. */
void search_keep(struct search *s, size_t row, const float *point, double best, uint32_t step);
/* The length of the point's change of x, as the driver measures it: of a table's threat model, that of what is
 * presented. */
double search_length(const struct search *s, size_t row, const float *point);
/* The same if it is nearer to x than the best so far; returns whether. Once it is near enough the row is done. */
int search_keep_nearest(struct search *s, size_t row, const float *point, uint32_t step);
/* Rows that are adversarial as they are leave with x: one score of all rows. */
void search_leave_broken(struct search *s);
/* At the end of a search for the nearest point: rows without one spent all of `steps`. */
void search_close(const struct search *s, uint32_t steps);
/* Rows marked in `done` leave the list. */
void search_drop_done(struct search *s);
/* All rows are listed again, none is done; but none is listed once the run is to stop. */
void search_take_all(struct search *s);

/* The row's own values in an (n, size) array. */
static inline float *search_at(const struct search *s, float *array, size_t row)
{
    return array + row * s->size;
}
/* Into ball and bounds of the row. */
void search_project(const struct search *s, size_t row, float *point);
/* The same for a ball of another radius; bounds: 2 * size floats of scratch. */
void search_project_within(const struct search *s, size_t row, double eps, float *bounds, float *point);
/* Move the row's iterate to a point of the ball drawn for this number (of a restart), by the norm's rule. */
void search_start_at_random(struct search *s, size_t row, uint32_t number);
/* Key of draws for a row; number: of the step or restart. */
struct rng_key search_key(const struct search *s, size_t row, uint32_t number);
/* Draw the answers of all rows that have one towards x: `times` questions a row halve what lies between the answer,
 * which stays adversarial, and x or the nearest point found not to be. The points asked lie in points (n, size). All
 * rows are listed afterwards. */
void search_bisect(struct search *s, float *points, int times, uint32_t step);
/* order [classes - 1]: the classes but the label by falling logit, the first of equals first. */
void search_order_classes(size_t classes, const float *logits, int32_t label, int32_t *order);
/* The k-th largest magnitude of d values, k in [1, d]; NaN counts as the largest. */
float search_kth_magnitude(size_t d, const float *v, size_t k);
/* Root mean square of the box's widths: what lengths of papers whose box is [0, 1] are counted in. */
double search_unit(const struct attack_call *c);
/* Put a gradient, in place, over its L2 norm in the values that can move; where there is none (zero, not finite) a
 * normal draw of this number is put there. Returns the norm that the gradient had; 0 where it was drawn. */
double search_direction(const struct search *s, size_t row, uint32_t number, float *gradient);
/* From `first` to `last` along half a cosine, at t of 0 .. 1. */
double search_cosine(double first, double last, double t);

#endif
