#include "attacks/defences/defences.h"
#include "engine/base/names.h"

#define DEFENCE(name) extern const struct defence_kind defence_##name;
#include "attacks/defences/defences.def"
#undef DEFENCE

const struct defence_kind *const defence_kinds[] = {
#define DEFENCE(name) &defence_##name,
#include "attacks/defences/defences.def"
#undef DEFENCE
    NULL};

const char *defence_name(size_t i)
{
    return defence_kinds[i] ? defence_kinds[i]->name : NULL;
}

const struct defence_kind *defence_find(const char *name)
{
    return defence_kinds[names_find(defence_name, name)];
}

double defence_share(const struct defence_call *c, size_t j, float v)
{
    const double low = c->low[j], width = (double)c->high[j] - low;
    return width > 0 ? ((double)v - low) / width : 0;
}

float defence_value(const struct defence_call *c, size_t j, double share)
{
    const double low = c->low[j];
    return (float)(low + ((double)c->high[j] - low) * share);
}
