/* The ids of a table's rows: whole numbers where all of them are, as written ("17", not "017" or "17.0", which are
 * other texts), else texts. */
#define _GNU_SOURCE /* qsort_r */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/dataset_private.h"
#include "datasets/import_csv_private.h"

static int is_printed_number(const char *text, int64_t *out)
{
    char again[24], *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || value == INT64_MAX)
        return 0;
    *out = value;
    snprintf(again, sizeof again, "%lld", value);
    return strcmp(again, text) == 0;
}

static int keep_text(struct csv_rows *r, const char *text, struct err *e)
{
    const size_t n = strlen(text) + 1;
    if (r->id_bytes + n > r->id_room) {
        const size_t room = 2 * r->id_room + 65536;
        char *bigger = realloc(r->id_text, room);
        if (!bigger)
            return err_set(e, ERR_RUN, "out of memory for %zu ids", r->n);
        r->id_text = bigger;
        r->id_room = room;
    }
    memcpy(r->id_text + r->id_bytes, text, n);
    r->id_at[r->n] = r->id_bytes;
    r->id_bytes += n;
    return 0;
}

int csv_rows_take_id(struct csv_rows *r, const struct csv *c, size_t column, struct err *e)
{
    const char *text = c->cell[column];
    const char *fault = *text == '\0' ? "has no id (every row needs one)"
                      : dataset_has_controls(text) ? "has an id with control characters"
                      : strlen(text) > DATASET_ID_BYTES ? "has an id of more than 255 bytes" : NULL;
    if (fault)
        return err_set(e, ERR_INPUT, "%s: line %zu, column '%s': the row %s", c->path, c->line, c->name[column], fault);
    r->id_is_text |= !is_printed_number(text, &r->id[r->n]);
    return keep_text(r, text, e);
}

struct dataset_ids csv_rows_ids(const struct csv_rows *r)
{
    if (r->id_is_text)
        return (struct dataset_ids){.text = r->id_text, .at = r->id_at};
    return (struct dataset_ids){.number = r->id};
}

int csv_rows_check_ids(struct csv_rows *r, const struct csv *c, size_t column, struct err *e)
{
    char number[24];
    size_t repeated, pair[2];
    const struct dataset_ids ids = csv_rows_ids(r);
    TRY(dataset_repeated_ids(&ids, r->n, &repeated, pair, e));
    if (repeated > 0)
        return err_set(e, ERR_INPUT, "%s: column '%s': the id %s stands twice%s", c->path, c->name[column],
                       dataset_id(&ids, pair[1], number), repeated > 1 ? ", and others do, too" : "");
    return 0;
}
