/* The fit of a patch, and where it is put. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tests/attacks/toy.h"

#define N 300
#define H 6
#define W 5
#define D (H * W * 2)
#define CLASSES 4
#define SIDE 3
#define VALUES (SIDE * SIDE * 2)

static struct toy toy;
static struct trial trial;

static void start(void)
{
    toy_create(&toy, D, 24, CLASSES, 2);
    trial_create(&trial, attack_find("patch"), image_shape(H, W, 2), N, &toy, -0.25f, 1);
    trial.norm = &norm_l0;
    trial.eps = VALUES + 5; /* the next square is of 32 values */
    trial_set(&trial, "epochs", 3);
    trial_set(&trial, "batch", 200); /* 4 blocks, the last of 8 rows, then 2 */
}

static void finish(void)
{
    trial_free(&trial);
    toy_free(&toy);
}

static void make(float *patch)
{
    struct err e = {0};
    cr_assert_eq(trial_make(&trial, &toy, artefact_find("patch"), patch, &e), 0, "%s", e.text);
}

Test(patch, order_of_blocks_is_unobservable)
{
    float patch[VALUES], other[VALUES];
    start();
    make(patch);
    free(trial.state);
    trial.state = NULL;
    trial.backwards = 1;
    make(other);
    cr_assert(same(patch, other, VALUES));
    finish();
}

Test(patch, a_killed_fit_goes_on_to_the_same_bits)
{
    float patch[VALUES], other[VALUES];
    start();
    make(patch);
    for (size_t blocks = 1; blocks < 3 * 6 + 1; blocks++) {
        struct err e = {0};
        free(trial.state);
        trial.state = NULL;
        trial.blocks_left = blocks;
        cr_assert_eq(trial_make(&trial, &toy, artefact_find("patch"), other, &e), ERR_INTERRUPTED);
        cr_assert_eq(trial.state != NULL, blocks > 6, "a checkpoint an epoch");
        make(other);
        cr_assert(same(patch, other, VALUES), "killed at block %zu", blocks);
    }
    finish();
}

/* The square that covers all changed values of a row; its upper left corner. */
static void corner(size_t i, size_t *top, size_t *left)
{
    size_t bottom = 0, right = 0;
    *top = H;
    *left = W;
    for (size_t at = 0; at < D; at++)
        if (!same(trial.x + i * D + at, trial.adv + i * D + at, 1)) {
            size_t y = at / 2 / W, x = at / 2 % W;
            *top = y < *top ? y : *top;
            *left = x < *left ? x : *left;
            bottom = y > bottom ? y : bottom;
            right = x > right ? x : right;
        }
    cr_assert(bottom - *top == SIDE - 1 && right - *left == SIDE - 1, "row %zu", i);
}

/* One square on every row, cut to each value's box, at every place of the image. */
Test(patch, one_square_is_put_at_every_place)
{
    size_t at[H][W] = {{0}};
    float patch[VALUES];
    start();
    make(patch);
    free(trial.state);
    trial.state = NULL;
    trial_run(&trial, &toy);
    for (size_t i = 0; i < N; i++) {
        size_t top, left;
        corner(i, &top, &left);
        at[top][left]++;
        for (size_t j = 0; j < VALUES; j++) {
            size_t in_row = ((top + j / (SIDE * 2)) * W + left) * 2 + j % (SIDE * 2);
            float shown = fminf(fmaxf(patch[j], trial.low[in_row]), trial.high[in_row]);
            cr_assert(same(trial.adv + i * D + in_row, &shown, 1), "row %zu", i);
        }
    }
    for (size_t y = 0; y < H; y++)
        for (size_t x = 0; x < W; x++)
            cr_assert_eq(at[y][x] > 0, y <= H - SIDE && x <= W - SIDE, "%zu rows at %zu, %zu", at[y][x], y, x);
    finish();
}

static double mean_loss(const float *patch, const int32_t *goal)
{
    double sum = 0;
    for (size_t i = 0; i < N; i++) {
        float x[D];
        size_t top = i % (H - SIDE + 1), left = i / (H - SIDE + 1) % (W - SIDE + 1);
        memcpy(x, trial.x + i * D, sizeof x);
        for (size_t j = 0; j < VALUES; j++)
            x[((top + j / (SIDE * 2)) * W + left) * 2 + j % (SIDE * 2)] = patch[j];
        sum += (double)toy_loss(&toy, x, goal[i], LOSS_CROSS_ENTROPY) / N;
    }
    return sum;
}

/* No random patch raises the loss as much (targeted: lowers that of the class). */
static void fits(int32_t target)
{
    float patch[VALUES];
    start();
    trial_set(&trial, "epochs", 20);
    trial.target = target >= 0 ? calloc(N, sizeof *trial.target) : NULL;
    for (size_t i = 0; trial.target != NULL && i < N; i++)
        trial.target[i] = target;
    const int32_t *goal = trial.target != NULL ? trial.target : trial.label;
    double sign = trial.target != NULL ? -1 : 1;
    make(patch);
    double fitted = sign * mean_loss(patch, goal);
    for (uint64_t k = 0; k < 200; k++) {
        float other[VALUES];
        struct rng_key key = {9, k, 1, 0};
        rng_fill_uniform(&key, 0, VALUES, -0.25f, 1, other);
        cr_assert(sign * mean_loss(other, goal) < fitted, "%g by chance, %g fitted", sign * mean_loss(other, goal),
                  fitted);
    }
    finish();
}
Test(patch, no_random_patch_is_as_good) { fits(-1); }
Test(patch, no_random_patch_is_as_good_for_a_class) { fits(2); }

static void expect_refused(const char *name, double value, double eps, const char *text)
{
    struct err e = {0};
    start();
    trial_set(&trial, name, value);
    cr_assert_eq(trial.kind->finish(trial.params, trial.norm, eps, &trial.shape, &e), ERR_USAGE);
    cr_assert_not_null(strstr(e.text, text), "%s", e.text);
    finish();
}
Test(patch, eps_of_less_than_a_pixel_is_refused) { expect_refused("side", 0, 1, "less than one pixel"); }
Test(patch, a_side_beyond_eps_is_refused) { expect_refused("side", 4, 31, "3 at most"); }
Test(patch, a_side_beyond_the_image_is_refused) { expect_refused("side", 6, 1000, "5 at most"); }
