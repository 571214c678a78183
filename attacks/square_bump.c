/* Proposals of the square attack in L2 and L1 (Andriushchenko et al. 2020, alg. 3): the change of one window is given
 * up, and its length and whatever of the budget is left go into a bump in another one. */
#include <math.h>
#include <string.h>
#include "attacks/square.h"

static double change(const struct square *a, size_t row, const float *point, size_t place)
{
    return (double)point[place] - (double)(a->s.call->x + row * a->s.size)[place];
}

/* |v| of L1, v^2 of L2; and back from a sum of them to a length. */
static double part_of(const struct square *a, double v)
{
    return a->s.call->norm == &norm_l1 ? fabs(v) : v * v;
}

static double length_of(const struct square *a, double sum)
{
    return a->s.call->norm == &norm_l1 ? sum : sqrt(sum);
}

/* Rings around the middle of a rectangle: the value of a place is the sum of 1 / (i + 1)^2 over the rings i that hold
 * it, which grow by one to each side. */
static double rings(size_t height, size_t width, size_t row, size_t column)
{
    const double middle = (double)(height / 2), centre = (double)(width / 2);
    const double away = fmax(fabs((double)row - middle), fabs((double)column - centre));
    const size_t most = (height / 2 > width / 2 ? height / 2 : width / 2) + 1;
    double sum = 0;
    for (size_t i = (size_t)away; i < most; i++)
        sum += 1 / ((double)(i + 1) * (double)(i + 1));
    return sum;
}

/* Two halves of opposite signs, one above the other or, turned, beside each other; of a table a sign for each value. */
static void make_bump(struct square *a, const struct square_window *w, const struct rng_key *key, uint64_t draw)
{
    const int turned = rng_word(key, draw) & 1;
    for (size_t i = 0; i < w->count; i++) {
        if (a->is_table) {
            a->bump[i] = rng_word(key, draw + 1 + i) & 1 ? 1 : -1;
            continue;
        }
        const size_t row = i / w->width, column = i % w->width;
        const size_t along = turned ? column : row, across = turned ? row : column;
        const size_t length = turned ? w->width : w->height, breadth = turned ? w->height : w->width, half = length / 2;
        a->bump[i] = along < half ? rings(half, breadth, along, across)
                                  : -rings(length - half, breadth, along - half, across);
    }
}

static void normalize_bump(struct square *a, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += part_of(a, a->bump[i]);
    sum = length_of(a, sum);
    for (size_t i = 0; i < count && sum > 0; i++)
        a->bump[i] /= sum;
}

/* The whole budget, in the direction of the candidate. */
static void stretch(struct square *a, size_t row)
{
    const float *x = a->s.call->x + row * a->s.size;
    float *to = search_at(&a->s, a->candidate, row);
    double sum = 0;
    for (size_t j = 0; j < a->s.size; j++)
        sum += part_of(a, change(a, row, to, j));
    const double factor = sum > 0 ? a->s.call->eps / length_of(a, sum) : 0;
    for (size_t j = 0; j < a->s.size; j++)
        to[j] = (float)((double)x[j] + factor * change(a, row, to, j));
}

/* Five by five tiles of bumps, each channel with its sign. */
void square_bump_start(struct square *a, size_t row, const struct rng_key *key)
{
    float *to = search_at(&a->s, a->candidate, row);
    const float *x = a->s.call->x + row * a->s.size;
    const size_t high = a->height / 5 > 0 ? a->height / 5 : 1, wide = a->width / 5 > 0 ? a->width / 5 : 1;
    const double unit = a->s.call->eps / (double)a->s.size;
    uint64_t draw = 0;
    memcpy(to, x, a->s.size * sizeof *to);
    square_shuffle(a, key, draw);
    draw += a->is_table ? a->width : 0;
    for (size_t top = 0; top + high <= a->height; top += high)
        for (size_t left = 0; left + wide <= a->width; left += wide) {
            const struct square_window w = {.count = high * wide, .top = top, .left = left, .height = high,
                                            .width = wide, .first = left};
            make_bump(a, &w, key, draw);
            draw += 1 + (a->is_table ? w.count : 0);
            for (size_t c = 0; c < a->channels; c++, draw++)
                for (size_t i = 0; i < w.count; i++)
                    to[square_place(a, &w, c, i)] +=
                        (float)(unit * a->bump[i] * (rng_word(key, draw) & 1 ? 1 : -1));
        }
    stretch(a, row);
}

/* Whether value i of `other` stands in w, too. */
static int stands_in(const struct square *a, const struct square_window *w, const struct square_window *other, size_t i)
{
    if (a->is_table)
        return other->first == w->first;
    const size_t y = other->top + i / other->width, x = other->left + i % other->width;
    return y >= w->top && y < w->top + w->height && x >= w->left && x < w->left + w->width;
}

/* The sum over both windows, a value that stands in both once. */
static double sum_of_windows(const struct square *a, size_t row, const float *from, size_t c,
                             const struct square_window *w, const struct square_window *other)
{
    double sum = 0;
    for (size_t i = 0; i < w->count; i++)
        sum += part_of(a, change(a, row, from, square_place(a, w, c, i)));
    for (size_t i = 0; i < other->count; i++)
        if (!stands_in(a, w, other, i))
            sum += part_of(a, change(a, row, from, square_place(a, other, c, i)));
    return sum;
}

static void propose_channel(struct square *a, size_t row, size_t c, double sign, double spare,
                            const struct square_window *w, const struct square_window *other)
{
    float *to = search_at(&a->s, a->candidate, row);
    const float *from = search_at(&a->s, a->s.iterate, row), *x = a->s.call->x + row * a->s.size;
    const double both = sum_of_windows(a, row, from, c, w, other);
    double old = 0, sum = 0;
    for (size_t i = 0; i < w->count; i++)
        old += part_of(a, change(a, row, from, square_place(a, w, c, i)));
    old = length_of(a, old);
    for (size_t i = 0; i < w->count; i++)
        sum += part_of(a, sign * a->bump[i] + (old > 0 ? change(a, row, from, square_place(a, w, c, i)) / old : 0));
    const double wanted = length_of(a, both + spare), length = length_of(a, sum);
    for (size_t i = 0; i < other->count; i++)
        to[square_place(a, other, c, i)] = x[square_place(a, other, c, i)];
    for (size_t i = 0; i < w->count; i++) {
        const size_t at = square_place(a, w, c, i);
        const double v = sign * a->bump[i] + (old > 0 ? change(a, row, from, at) / old : 0);
        to[at] = (float)((double)x[at] + (length > 0 ? v / length * wanted : 0));
    }
}

void square_bump_propose(struct square *a, size_t row, const struct rng_key *key, double share)
{
    const float *from = search_at(&a->s, a->s.iterate, row);
    const uint64_t first = a->is_table ? a->width : 0;
    double sum = 0;
    memcpy(search_at(&a->s, a->candidate, row), from, a->s.size * sizeof *from);
    square_shuffle(a, key, 0);
    const struct square_window w = square_window_at(a, key, first, share, 1, 0);
    const struct square_window other = square_window_at(a, key, first + 2, share, 1, 1);
    make_bump(a, &w, key, first + 4);
    normalize_bump(a, w.count);
    for (size_t j = 0; j < a->s.size; j++)
        sum += part_of(a, change(a, row, from, j));
    const double left = fmax(part_of(a, a->s.call->eps) - sum, 0) / (double)a->channels;
    for (size_t c = 0; c < a->channels; c++) {
        const uint64_t draw = first + 5 + (a->is_table ? w.count : 0) + c;
        propose_channel(a, row, c, rng_word(key, draw) & 1 ? 1 : -1, left, &w, &other);
    }
    stretch(a, row);
}
