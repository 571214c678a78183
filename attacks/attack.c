#include "attacks/attack.h"
#include <stdio.h>
#include <string.h>

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

const char *attack_norms_text(const struct attack_kind *kind, char *text)
{
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < NORMS && at < ATTACK_NORMS_TEXT; i++)
        if (kind->offers(norm_kinds[i]))
            at += (size_t)snprintf(text + at, ATTACK_NORMS_TEXT - at, "%s%s", at > 0 ? ", " : "", norm_names[i]);
    return text;
}
