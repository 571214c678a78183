#include "metrics/side_table.h"
#include <stdlib.h>

#define SIDE_TABLE(name) extern const struct side_table side_table_##name;
#include "metrics/side_tables.def"
#undef SIDE_TABLE

const struct side_table *const side_tables[] = {
#define SIDE_TABLE(name) &side_table_##name,
#include "metrics/side_tables.def"
#undef SIDE_TABLE
    NULL};

void side_table_free(struct side_rows *rows)
{
    for (size_t i = 0; i < SIDE_COLUMNS_MOST; i++)
        free(rows->value[i]);
    *rows = (struct side_rows){0};
}
