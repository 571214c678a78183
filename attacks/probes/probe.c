#include "attacks/probes/probe.h"
#include "engine/base/names.h"

#define PROBE(name) extern const struct probe_kind probe_##name;
#include "attacks/probes/probes.def"
#undef PROBE

const struct probe_kind *const probe_kinds[] = {
#define PROBE(name) &probe_##name,
#include "attacks/probes/probes.def"
#undef PROBE
    NULL};

const char *probe_name(size_t i)
{
    return probe_kinds[i] != NULL ? probe_kinds[i]->work.name : NULL;
}

const struct probe_kind *probe_find(const char *name)
{
    return probe_kinds[names_find(probe_name, name)];
}
