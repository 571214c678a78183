#include "attacks/attack.h"
#include <stdio.h>
#include "engine/base/names.h"

const char *const attack_problem_names[] = {"budget", "minimal", "fitted", NULL};

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

const char *attack_name(size_t i)
{
    return attack_kinds[i] != NULL ? attack_kinds[i]->name : NULL;
}

const char *transformation_name(size_t i)
{
    return transformation_kinds[i] != NULL ? transformation_kinds[i]->name : NULL;
}

const struct attack_kind *attack_find(const char *name)
{
    return attack_kinds[names_find(attack_name, name)];
}

const struct attack_kind *transformation_find(const char *name)
{
    return transformation_kinds[names_find(transformation_name, name)];
}

const char *attack_norms_text(const struct attack_kind *kind, char *text)
{
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < NORMS && at < ATTACK_NORMS_TEXT; i++)
        if (kind->offers(norm_kinds[i]))
            at += (size_t)snprintf(text + at, ATTACK_NORMS_TEXT - at, "%s%s", at > 0 ? ", " : "", norm_names[i]);
    return text;
}
