#include "attacks/weighing.h"
#include <math.h>
#include <string.h>

#define CHECKS 10 /* of the objective in a round */

void weighing_layout(struct weighing *w, struct scratch *memory, size_t n)
{
    w->c = scratch_take(memory, n, sizeof *w->c);
    w->low = scratch_take(memory, n, sizeof *w->low);
    w->high = scratch_take(memory, n, sizeof *w->high);
    w->before = scratch_take(memory, n, sizeof *w->before);
    w->succeeded = scratch_take(memory, n, sizeof *w->succeeded);
}

void weighing_open(struct weighing *w, struct search *s, double first)
{
    search_leave_broken(s);
    memset(w->succeeded, 0, s->call->n);
    for (size_t i = 0; i < s->call->n; i++) {
        w->c[i] = first;
        w->low[i] = 0;
        w->high[i] = INFINITY;
    }
    w->round = 0;
}

static void weigh_again(struct weighing *w, size_t row)
{
    *(w->succeeded[row] ? &w->high[row] : &w->low[row]) = w->c[row];
    w->c[row] = isfinite(w->high[row]) ? (w->low[row] + w->high[row]) / 2 : 10 * w->c[row];
    w->succeeded[row] = 0;
}

int weighing_next(struct weighing *w, struct search *s, long rounds)
{
    for (size_t i = 0; w->round > 0 && i < s->call->n; i++)
        weigh_again(w, i);
    if (w->round == (uint32_t)rounds || oracle_stopped(s->call->oracle))
        return 0;
    w->round++;
    search_take_all(s);
    for (size_t i = 0; i < s->call->n; i++) {
        w->before[i] = INFINITY;
        s->done[i] = (uint8_t)(s->best[i] <= s->call->enough); /* an enough of 0: adversarial as it is */
    }
    search_drop_done(s);
    return 1;
}

void weighing_look(struct weighing *w, struct search *s, size_t row, const float *point, uint32_t step)
{
    if (!search_is_adversarial(s, row))
        return;
    w->succeeded[row] = 1;
    search_keep_nearest(s, row, point, step);
}

int weighing_is_stuck(struct weighing *w, size_t row, double objective, long k, long steps)
{
    const long tenth = steps / CHECKS > 0 ? steps / CHECKS : 1;
    const int checked = k % tenth == 0, stuck = checked && objective > w->before[row] * 0.9999;
    if (checked)
        w->before[row] = objective;
    return stuck || !isfinite(objective);
}
