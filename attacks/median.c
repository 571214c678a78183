/* The median of each input value over the data set. */
#include "attacks/artefact.h"
#include "datasets/dataset.h"

static size_t size(const struct artefact_call *c)
{
    return c->size;
}

static int make(const struct artefact_call *c, float *out, struct err *e)
{
    return dataset_medians(c->data, out, e);
}

const struct artefact_kind artefact_median = {
    .name = "median",
    .source = "exact selection on at most 65,536 evenly spaced rows",
    .doc = "the median of each input value over the data set",
    .scope = ARTEFACT_OF_DATA,
    .knowledge = KNOW_NONE,
    .size = size,
    .make = make};
