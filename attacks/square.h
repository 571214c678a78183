/* What a proposal of the square attack is made of: windows of an image, or sets of a table's features, and the values
 * that they get. */
#ifndef ASSAY_ATTACKS_SQUARE_H
#define ASSAY_ATTACKS_SQUARE_H
#include "attacks/search.h"

struct square_params {
    long steps;
    double p_init;
};

struct square {
    struct search s;
    const struct square_params *params;
    float *candidate;              /* (n, size) */
    double *best;                  /* [n] loss of the iterate */
    size_t height, width, channels;
    int is_table;                  /* one row of features in no order: windows are random sets of them */
    size_t *order;                 /* [size] features of a table, drawn */
    double *bump;                  /* [size] values of one window */
};

/* `count` values of each channel: height x width from (top, left), or order[first ...]. */
struct square_window {
    size_t count, top, left, height, width, first;
};
/* The place in a sample of value i of a channel. */
size_t square_place(const struct square *a, const struct square_window *w, size_t channel, size_t i);
/* A window of about this share of the values, anywhere: the last row and column can be reached. Uses the draws
 * [draw, draw + 2) of an image; of a table, which must have been shuffled, place number `part` of its features. */
struct square_window square_window_at(const struct square *a, const struct rng_key *key, uint64_t draw, double share,
                                      int odd, size_t part);
/* Draw the order of a table's features anew; nothing for images. Uses size draws. */
void square_shuffle(struct square *a, const struct rng_key *key, uint64_t draw);

/* Start and proposal in Linf (square.c), and in L2 and L1 (square_bump.c): the row's candidate from its iterate. */
typedef void square_start(struct square *a, size_t row, const struct rng_key *key);
typedef void square_propose(struct square *a, size_t row, const struct rng_key *key, double share);
square_start square_bump_start;
square_propose square_bump_propose;

#endif
