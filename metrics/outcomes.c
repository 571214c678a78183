#include "metrics/outcomes.h"
#include <string.h>

const struct outcome_column outcome_columns[] = {
#define OUTCOME(type, name, values, doc) {#name, doc, OUTCOME_##type, OUTCOME_##values, offsetof(struct outcome, name)},
#include "metrics/outcomes.def"
#undef OUTCOME
    {.name = NULL}};

const size_t outcome_type_bytes[] = {8, 4, 4, 4, 1};

double outcome_value(const struct outcome_column *column, const struct outcome *row)
{
    const void *at = (const char *)row + column->offset;
    switch (column->type) {
    case OUTCOME_U64: return (double)*(const uint64_t *)at;
    case OUTCOME_I32: return (double)*(const int32_t *)at;
    case OUTCOME_F32: return (double)*(const float *)at;
    case OUTCOME_U32: return (double)*(const uint32_t *)at;
    case OUTCOME_U8: return (double)*(const uint8_t *)at;
    }
    return 0;
}

const struct outcome_column *outcome_column_find(const char *name)
{
    for (const struct outcome_column *c = outcome_columns; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

float *outcome_norm(struct outcome *row, size_t norm)
{
    static const size_t offset[] = {
#define NORM(name) offsetof(struct outcome, name),
#include "attacks/norms.def"
#undef NORM
    };
    return (float *)(void *)((char *)row + offset[norm]);
}
