/* How many kinds each table holds. */
#include <stdio.h>
#include "attacks/attack.h"
#include "attacks/probes/probe.h"
#include "engine/cli/args.h"
#include "engine/layer/layer.h"
#include "metrics/family.h"

static size_t length(const void *const *table)
{
    size_t n = 0;
    while (table[n] != NULL)
        n++;
    return n;
}

static int run(const void *options, const struct args *args, struct err *e)
{
    const struct { const char *name; const void *const *table; } tables[] = {
        {"attacks", (const void *const *)attack_kinds},
        {"transformations", (const void *const *)transformation_kinds},
        {"metrics", (const void *const *)metric_kinds()},
        {"families", (const void *const *)family_kinds},
        {"layers", (const void *const *)layer_kinds},
        {"probes", (const void *const *)probe_kinds}};
    (void)options;
    TRY(args_expect(&command_kinds, args, 0, 0, e));
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        printf("%s %zu\n", tables[i].name, length(tables[i].table));
    return 0;
}

const struct command command_kinds = {
    .name = "kinds", .usage = "kinds", .doc = "Print how many kinds each table holds.", .run = run};
