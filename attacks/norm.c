#include "attacks/norm.h"
#include <string.h>
#include "datasets/dataset.h"

const struct norm_kind *const norm_kinds[] = {
#define NORM(name) &norm_##name,
#include "attacks/norms.def"
#undef NORM
    NULL};

const char *const norm_names[] = {
#define NORM(name) #name,
#include "attacks/norms.def"
#undef NORM
    NULL};

size_t norm_place(const struct norm_kind *norm)
{
    size_t i = 0;
    while (norm_kinds[i] != norm)
        i++;
    return i;
}

int norm_has_step(const struct norm_kind *norm)
{
    return norm->step != NULL;
}

void norm_bounds(const struct norm_kind *norm, double eps, size_t d, const float *x, const float *low,
                 const float *high, const struct dataset_feature *feature, float *lower, float *upper)
{
    if (eps == 0) {
        memcpy(lower, x, d * sizeof *lower);
        memcpy(upper, x, d * sizeof *upper);
        return;
    }
    memcpy(lower, low, d * sizeof *lower);
    memcpy(upper, high, d * sizeof *upper);
    if (norm->bounds != NULL)
        norm->bounds(eps, d, x, lower, upper);
    for (size_t i = 0; feature != NULL && i < d; i++)
        if (!feature[i].mutable_feature)
            lower[i] = upper[i] = x[i];
}

void norm_project(const struct norm_kind *norm, const struct kern *kern, double eps, size_t d, const float *x,
                  const float *lower, const float *upper, float *adv)
{
    if (eps == 0)
        memcpy(adv, x, d * sizeof *adv);
    else
        norm->project(kern, eps, d, x, lower, upper, adv);
}

size_t norm_mask_fixed(size_t d, const float *lower, const float *upper, float *direction)
{
    size_t moving = 0;
    for (size_t i = 0; i < d; i++) {
        int moves = lower[i] < upper[i];
        moving += (size_t)moves;
        direction[i] = moves ? direction[i] : 0;
    }
    return moving;
}
