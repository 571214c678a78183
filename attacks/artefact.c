#include "attacks/artefact.h"
#include <string.h>

#define ARTEFACT(name) extern const struct artefact_kind artefact_##name;
#include "attacks/artefacts.def"
#undef ARTEFACT

const struct artefact_kind *const artefact_kinds[] = {
#define ARTEFACT(name) &artefact_##name,
#include "attacks/artefacts.def"
#undef ARTEFACT
    NULL};

const struct artefact_kind *artefact_find(const char *name)
{
    for (const struct artefact_kind *const *kind = artefact_kinds; *kind != NULL; kind++)
        if (strcmp((*kind)->name, name) == 0)
            return *kind;
    return NULL;
}
