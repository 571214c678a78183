#include "metrics/outcomes.h"

const struct outcome_column outcome_columns[] = {
#define OUTCOME(type, name, values, doc) {#name, doc, OUTCOME_##type, OUTCOME_##values, offsetof(struct outcome, name)},
#include "metrics/outcomes.def"
#undef OUTCOME
    {.name = NULL}};

const size_t outcome_type_bytes[] = {8, 4, 4, 4, 1};

float *outcome_norm(struct outcome *row, size_t norm, int range)
{
    static const size_t offset[][2] = {
#define NORM(name) {offsetof(struct outcome, name), offsetof(struct outcome, name##_range)},
#include "attacks/norms.def"
#undef NORM
    };
    return (float *)(void *)((char *)row + offset[norm][range != 0]);
}
