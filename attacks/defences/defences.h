/* The table of defences (engine/net/defence.h), and what its kinds share. */
#ifndef ASSAY_ATTACKS_DEFENCES_DEFENCES_H
#define ASSAY_ATTACKS_DEFENCES_DEFENCES_H
#include "engine/net/defence.h"

extern const struct defence_kind *const defence_kinds[]; /* defences.def, NULL-terminated */
/* Name by number, NULL behind the last. */
const char *defence_name(size_t i);
/* By name; NULL if there is none. */
const struct defence_kind *defence_find(const char *name);

#define DEFENCE_ROWS_END {NULL, PARAM_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, 0}

/* The share of value j's box that v stands at, 0 where the box has no width; and back. */
double defence_share(const struct defence_call *c, size_t j, float v);
float defence_value(const struct defence_call *c, size_t j, double share);

#endif
