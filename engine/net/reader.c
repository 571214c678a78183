/* The table of readers, and which of them reads a file. */
#include "engine/net/reader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/base/file.h"

#define READER(name) extern const struct reader_kind reader_kind_##name;
#include "engine/net/readers.def"
#undef READER

#define READER(name) &reader_kind_##name,
const struct reader_kind *const reader_kinds[] = {
#include "engine/net/readers.def"
    NULL};
#undef READER

static const struct reader_kind *find_reader(const void *data, size_t n)
{
    for (const struct reader_kind *const *k = reader_kinds; *k; k++)
        if ((*k)->detect(data, n))
            return *k;
    return NULL;
}

static int refuse(struct err *e)
{
    char known[256] = "";
    for (const struct reader_kind *const *k = reader_kinds; *k; k++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", n > 0 ? ", " : "", (*k)->doc);
    }
    return err_set(e, ERR_INPUT, "is no model that can be read: %s", known);
}

int reader_open(struct model_reader *r, const char *path, const char *architecture, struct err *e)
{
    char *data;
    size_t n;
    memset(r, 0, sizeof *r);
    TRY(file_read(path, READER_MAX_BYTES, ERR_INPUT, &data, &n, e));
    const struct reader_kind *kind = find_reader(data, n);
    int status = kind ? kind->open(r, path, architecture, data, n, e) : refuse(e);
    free(data);
    r->kind = status == 0 ? kind : NULL;
    return status;
}

void reader_close(struct model_reader *r)
{
    if (r->kind)
        r->kind->close(r);
    memset(r, 0, sizeof *r);
}
