#include "attacks/probes/probe.h"
#include <string.h>

#define PROBE(name) extern const struct probe_kind probe_##name;
#include "attacks/probes/probes.def"
#undef PROBE

const struct probe_kind *const probe_kinds[] = {
#define PROBE(name) &probe_##name,
#include "attacks/probes/probes.def"
#undef PROBE
    NULL};

const struct probe_kind *probe_find(const char *name)
{
    for (const struct probe_kind *const *kind = probe_kinds; *kind != NULL; kind++)
        if (strcmp((*kind)->work.name, name) == 0)
            return *kind;
    return NULL;
}
