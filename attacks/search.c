#include "attacks/search.h"
#include <math.h>
#include <string.h>
#include "engine/base/det64.h"

void search_layout(struct search *s, struct scratch *memory, size_t n, size_t size, size_t classes, int gradients)
{
    s->size = size;
    s->classes = classes;
    s->row = scratch_take(memory, n, sizeof *s->row);
    s->goal = scratch_take(memory, n, sizeof *s->goal);
    s->best = scratch_take(memory, n, sizeof *s->best);
    s->done = scratch_take(memory, n, sizeof *s->done);
    s->lower = scratch_take(memory, n * size, sizeof(float));
    s->upper = scratch_take(memory, n * size, sizeof(float));
    s->iterate = scratch_take(memory, n * size, sizeof(float));
    s->gradient = gradients ? scratch_take(memory, n * size, sizeof(float)) : NULL;
    s->logits = scratch_take(memory, n * classes, sizeof(float));
    s->loss = scratch_take(memory, n, sizeof(float));
    s->packed = scratch_take(memory, n * size, sizeof(float));
    s->packed_y = scratch_take(memory, n, sizeof(int32_t));
    s->packed_other = scratch_take(memory, n, sizeof(int32_t));
}

void search_open(struct search *s, const struct attack_call *c)
{
    s->call = c;
    memcpy(s->iterate, c->x, c->n * c->size * sizeof(float));
    memset(c->steps, 0, c->n * sizeof *c->steps);
    for (size_t i = 0; i < c->n; i++) {
        s->goal[i] = c->target != NULL ? c->target[i] : c->label[i];
        s->best[i] = INFINITY;
        norm_bounds(c->norm, c->eps, c->size, c->x + i * c->size, c->low, c->high, c->feature,
                    search_at(s, s->lower, i), search_at(s, s->upper, i));
        if (c->threat != NULL)
            threat_narrow(c->threat->threat, c->norm, c->eps, c->x + i * c->size, search_at(s, s->lower, i),
                          search_at(s, s->upper, i));
    }
    search_take_all(s);
}

void search_take_all(struct search *s)
{
    s->active = oracle_stopped(s->call->oracle) ? 0 : s->call->n;
    memset(s->done, 0, s->call->n);
    for (size_t i = 0; i < s->active; i++)
        s->row[i] = i;
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

/* Of a run that is to stop no row wants another step. */
static void heed_stop(struct search *s)
{
    if (oracle_stopped(s->call->oracle))
        s->active = 0;
}

/* The listed rows of an array, next to each other; the array itself where all are listed. */
static const float *pack(struct search *s, const float *points)
{
    if (s->active == s->call->n)
        return points;
    for (size_t i = 0; i < s->active; i++)
        memcpy(search_at(s, s->packed, i), points + s->row[i] * s->size, s->size * sizeof(float));
    return s->packed;
}

/* Answers of the listed rows go from the front of their array to their places: backwards, for no row stands before its
 * number in the list. */
static void spread(const struct search *s, float *array, size_t width)
{
    for (size_t i = s->active; i-- > 0 && s->row[i] > i;)
        memmove(array + s->row[i] * width, array + i * width, width * sizeof(float));
}

void search_gradient_of(struct search *s, enum loss_kind kind, const int32_t *y, const int32_t *other)
{
    const struct oracle *o = s->call->oracle;
    for (size_t i = 0; i < s->active; i++) {
        s->packed_y[i] = y[s->row[i]];
        s->packed_other[i] = other != NULL ? other[s->row[i]] : 0;
    }
    const struct loss loss = {kind, s->packed_y, other != NULL ? s->packed_other : NULL};
    o->gradient(o, s->active, pack(s, s->iterate), s->row, &loss, s->logits, s->loss, s->gradient);
    spread(s, s->logits, s->classes);
    spread(s, s->loss, 1);
    spread(s, s->gradient, s->size);
    heed_stop(s);
}

static enum loss_kind followed(const struct search *s, enum loss_kind kind)
{
    if (kind != LOSS_CROSS_ENTROPY)
        return kind;
    return s->call->oracle->mixture ? LOSS_MARGIN : LOSS_ASCENT;
}

void search_gradient(struct search *s, enum loss_kind kind)
{
    search_gradient_of(s, followed(s, kind), s->goal, NULL);
    for (size_t i = 0; s->call->target != NULL && i < s->active; i++) {
        float *g = search_at(s, s->gradient, s->row[i]);
        s->call->kern->scale(s->size, -1, g, g);
        s->loss[s->row[i]] *= -1;
    }
}

void search_score(struct search *s, const float *points)
{
    const struct oracle *o = s->call->oracle;
    o->score(o, s->active, pack(s, points), s->row, s->logits);
    spread(s, s->logits, s->classes);
    heed_stop(s);
}

void search_ask(struct search *s, const float *points, uint8_t *adversarial)
{
    const struct oracle *o = s->call->oracle;
    o->label(o, s->active, pack(s, points), s->row, s->packed_y);
    heed_stop(s);
    for (size_t i = 0; i < s->active; i++) {
        int at_goal = s->packed_y[i] == s->goal[s->row[i]];
        adversarial[s->row[i]] = s->packed_y[i] >= 0 && at_goal == (s->call->target != NULL);
    }
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

int search_reaches_goal(const struct attack_call *c, size_t row, const float *z)
{
    const size_t classes = c->oracle->classes;
    for (size_t j = 0; j < classes; j++)
        if (!isfinite(z[j]))
            return 0;
    int32_t predicted = loss_argmax(classes, z);
    return c->target != NULL ? predicted == c->target[row] : predicted != c->label[row];
}

int search_is_adversarial(const struct search *s, size_t row)
{
    return search_reaches_goal(s->call, row, s->logits + row * s->classes);
}

float search_loss_of(const struct search *s, enum loss_kind kind, size_t row, const float *logits)
{
    const struct loss loss = {followed(s, kind), s->goal, NULL};
    float value;
    loss_row(&loss, row, s->classes, logits, &value, NULL);
    return s->call->target != NULL ? -value : value;
}

float search_loss(const struct search *s, enum loss_kind kind, size_t row)
{
    return search_loss_of(s, kind, row, s->logits + row * s->classes);
}

/* Rows that look adversarial and follow each other in the block are asked together. */
void search_confirm(struct search *s)
{
    const struct oracle *o = s->call->oracle;
    for (size_t i = 0, n; (o->approximate || o->random) && i < s->active; i += n > 0 ? n : 1) {
        size_t first = s->row[i];
        for (n = 0; i + n < s->active && s->row[i + n] == first + n && search_is_adversarial(s, first + n);)
            n++;
        if (n > 0)
            o->score(o, n, search_at(s, s->iterate, first), s->row + i, s->logits + first * s->classes);
    }
}

void search_keep(struct search *s, size_t row, const float *point, double best, uint32_t step)
{
    memcpy(search_at(s, s->call->adv, row), point, s->size * sizeof(float));
    s->best[row] = best;
    s->call->steps[row] = step;
}

/* What is presented of a point is what counts. The packed array is free here: it only lives within a question. */

double search_length(const struct search *s, size_t row, const float *point)
{
    const struct attack_call *c = s->call;
    if (c->threat == NULL)
        return c->norm->distance(c->kern, s->size, point, c->x + row * s->size);
    float *presented = search_at(s, s->packed, row);
    threat_present(c->threat, row, point, presented);
    return threat_length(c->threat->threat, c->kern, c->norm, c->threat->x + row * s->size, presented,
                         c->threat->work);
}

int search_keep_nearest(struct search *s, size_t row, const float *point, uint32_t step)
{
    double distance = search_length(s, row, point);
    if (!(distance < s->best[row]))
        return 0;
    search_keep(s, row, point, distance, step);
    s->done[row] = (uint8_t)(distance <= s->call->enough);
    return 1;
}

void search_leave_broken(struct search *s)
{
    search_score(s, s->call->x);
    for (size_t i = 0; i < s->active; i++) {
        size_t row = s->row[i];
        s->done[row] = (uint8_t)search_is_adversarial(s, row);
        if (s->done[row])
            search_keep_nearest(s, row, s->call->x + row * s->size, 0);
    }
    search_drop_done(s);
}

void search_close(const struct search *s, uint32_t steps)
{
    for (size_t i = 0; i < s->call->n; i++)
        if (!isfinite(s->best[i]))
            s->call->steps[i] = steps;
}

void search_drop_done(struct search *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->active; i++)
        if (!s->done[s->row[i]])
            s->row[kept++] = s->row[i];
    s->active = kept;
}

/* ---- points ------------------------------------------------------------------------------------------------------ */

void search_project(const struct search *s, size_t row, float *point)
{
    const struct attack_call *c = s->call;
    norm_project(c->norm, c->kern, c->eps, s->size, c->x + row * s->size, search_at(s, s->lower, row),
                 search_at(s, s->upper, row), point);
}

void search_project_within(const struct search *s, size_t row, double eps, float *bounds, float *point)
{
    const struct attack_call *c = s->call;
    const float *x = c->x + row * s->size;
    float *lower = bounds, *upper = bounds + s->size;
    memcpy(lower, search_at(s, s->lower, row), s->size * sizeof *lower);
    memcpy(upper, search_at(s, s->upper, row), s->size * sizeof *upper);
    if (c->norm->bounds != NULL)
        c->norm->bounds(eps, s->size, x, lower, upper);
    norm_project(c->norm, c->kern, eps, s->size, x, lower, upper, point);
}

struct rng_key search_key(const struct search *s, size_t row, uint32_t number)
{
    return (struct rng_key){s->call->seed, s->call->sample[row], rng_stream(s->call->scenario), number};
}

void search_start_at_random(struct search *s, size_t row, uint32_t number)
{
    const struct attack_call *c = s->call;
    struct rng_key key = search_key(s, row, number);
    c->norm->start(c->kern, &key, c->eps, s->size, search_at(s, s->lower, row), search_at(s, s->upper, row),
                   search_at(s, s->packed, row), search_at(s, s->iterate, row));
    search_project(s, row, search_at(s, s->iterate, row));
}

/* Where the midpoint is adversarial it is the new answer; else what lies below it stays out: the iterate holds the
 * lower end. */
void search_bisect(struct search *s, float *points, int times, uint32_t step)
{
    search_take_all(s);
    for (size_t row = 0; row < s->call->n; row++) {
        s->done[row] = (uint8_t)!(isfinite(s->best[row]) && s->best[row] > 0);
        memcpy(search_at(s, s->iterate, row), s->call->x + row * s->size, s->size * sizeof(float));
    }
    search_drop_done(s);
    for (int time = 0; time < times && s->active > 0; time++) {
        for (size_t i = 0; i < s->active * s->size; i++) {
            size_t at = s->row[i / s->size] * s->size + i % s->size;
            points[at] = (float)(((double)s->iterate[at] + (double)s->call->adv[at]) / 2);
        }
        search_score(s, points);
        for (size_t i = 0; i < s->active; i++) {
            size_t row = s->row[i];
            if (search_is_adversarial(s, row))
                search_keep_nearest(s, row, search_at(s, points, row), step);
            else
                memcpy(search_at(s, s->iterate, row), search_at(s, points, row), s->size * sizeof(float));
        }
    }
    search_take_all(s);
}

void search_order_classes(size_t classes, const float *logits, int32_t label, int32_t *order)
{
    size_t n = 0;
    for (size_t j = 0; j < classes; j++) {
        size_t at = n;
        if ((int32_t)j == label)
            continue;
        for (; at > 0 && logits[j] > logits[order[at - 1]]; at--)
            order[at] = order[at - 1];
        order[at] = (int32_t)j;
        n++;
    }
}

static uint32_t magnitude_bits(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits & 0x7fffffffU;
}

/* Bit by bit from above: bits of magnitudes have the magnitudes' order. */
float search_kth_magnitude(size_t d, const float *v, size_t k)
{
    uint32_t least = 0;
    for (int bit = 30; bit >= 0; bit--) {
        uint32_t trial = least | (uint32_t)1 << bit;
        size_t count = 0;
        for (size_t i = 0; i < d; i++)
            count += magnitude_bits(v[i]) >= trial;
        if (count >= k)
            least = trial;
    }
    float value;
    memcpy(&value, &least, sizeof value);
    return value;
}

double search_unit(const struct attack_call *c)
{
    return sqrt(c->kern->distance2(c->size, c->high, c->low)) / sqrt((double)c->size);
}

double search_direction(const struct search *s, size_t row, uint32_t number, float *gradient)
{
    const struct kern *kern = s->call->kern;
    const float *lower = search_at(s, s->lower, row), *upper = search_at(s, s->upper, row);
    double length = 0, drawn;
    norm_mask_fixed(s->size, lower, upper, gradient);
    for (size_t j = 0; j < s->size; j++)
        length += (double)gradient[j] * (double)gradient[j];
    if (norm_l2_scaled(kern, s->size, gradient) <= 0) {
        const struct rng_key key = search_key(s, row, number);
        rng_fill_normal(&key, 0, s->size, gradient);
        norm_mask_fixed(s->size, lower, upper, gradient);
        length = 0;
    }
    drawn = norm_l2_scaled(kern, s->size, gradient);
    kern->scale(s->size, drawn > 0 ? (float)(1 / drawn) : 0, gradient, gradient);
    return sqrt(length);
}

double search_cosine(double first, double last, double t)
{
    return last + (first - last) * (1 + det_cos(3.141592653589793 * t)) / 2;
}
