#include "attacks/attack.h"
#include <string.h>

const char *const norm_names[] = {"linf", "l2", NULL};

#define ATTACK(name) extern const struct attack_kind attack_##name;
#include "attacks/attacks.def"
#undef ATTACK
#define TRANSFORMATION(name) extern const struct attack_kind transformation_##name;
#include "attacks/natural/natural.def"
#undef TRANSFORMATION

const struct attack_kind *const attack_kinds[] = {
#define ATTACK(name) &attack_##name,
#include "attacks/attacks.def"
#undef ATTACK
    NULL};

const struct attack_kind *const transformation_kinds[] = {
#define TRANSFORMATION(name) &transformation_##name,
#include "attacks/natural/natural.def"
#undef TRANSFORMATION
    NULL};

static const struct attack_kind *find(const struct attack_kind *const *kinds, const char *name)
{
    for (; *kinds != NULL; kinds++)
        if (strcmp((*kinds)->name, name) == 0)
            return *kinds;
    return NULL;
}

const struct attack_kind *attack_find(const char *name)
{
    return find(attack_kinds, name);
}

const struct attack_kind *transformation_find(const char *name)
{
    return find(transformation_kinds, name);
}
