#define _POSIX_C_SOURCE 200809L
#include "engine/batch/artefact_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/bytes.h"
#include "engine/io/h5.h"

enum { PATH = 128 };

int artefact_hash(struct artefact *item, struct err *e)
{
    struct sha256 *s = sha256_begin();
    if (!s)
        return err_set(e, ERR_RUN, "out of memory for a hash");
    for (size_t i = 0; i < item->floats; i++) {
        uint32_t bits;
        memcpy(&bits, &item->value[i], sizeof bits);
        unsigned char bytes[sizeof bits];
        bytes_put(bytes, bits, sizeof bytes);
        sha256_add(s, bytes, sizeof bytes);
    }
    sha256_end(s, item->sha256);
    return 0;
}

static int all_finite(const struct artefact *item)
{
    for (size_t i = 0; i < item->floats; i++)
        if (!isfinite(item->value[i]))
            return 0;
    return 1;
}

/* The values must be those that were hashed when they were written. */
static int check_values(struct artefact *item, const char *stated, struct err *e)
{
    TRY(artefact_hash(item, e));
    if (stated && !strcmp(stated, item->sha256) && all_finite(item))
        return 0;
    return err_set(e, ERR_INPUT,
                   "the values of '%s' (%.16s...) do not give their own hash: the file was changed; remove it to make "
                   "them anew",
                   item->kind->name, item->key);
}

static int read_item(struct h5 *f, struct artefact *item, unsigned char *have, struct arena *arena, struct err *e)
{
    char group[PATH], value[PATH + 8];
    enum h5_object kind;
    struct h5_info info;
    const char *stated;
    snprintf(group, sizeof group, "/artefacts/%s", item->key);
    snprintf(value, sizeof value, "%s/value", group);
    TRY(h5_kind(f, group, &kind, e));
    if (kind == H5_ABSENT)
        return 0;
    TRY(h5_info(f, value, &info, e));
    if (info.size != item->floats)
        return err_set(e, ERR_INPUT, "%s: has %zu values, wants %zu", value, info.size, item->floats);
    TRY(h5_read_f32(f, value, item->floats, item->value, e));
    TRY(h5_attr_string(f, group, "sha256", arena, &stated, e));
    TRY(check_values(item, stated, e));
    *have = 1;
    return 0;
}

static int read_items(struct h5 *f, size_t n, struct artefact *item, unsigned char *have, struct err *e)
{
    struct arena arena;
    int code = 0;
    if (arena_init(&arena, 0))
        return err_set(e, ERR_RUN, "out of memory");
    for (size_t i = 0; i < n && !code; i++)
        if (!have[i])
            code = read_item(f, &item[i], &have[i], &arena, e);
    arena_free(&arena);
    return code;
}

int artefact_file_read(const char *path, size_t n, struct artefact *item, unsigned char *have, struct err *e)
{
    struct h5 *f;
    if (access(path, F_OK))
        return 0;
    if (h5_open(path, &f, e))
        return err_prepend(e, "artefacts");
    int code = read_items(f, n, item, have, e);
    h5_close(f);
    return code ? err_prepend(e, "artefacts %s", path) : 0;
}

static int write_item(struct h5 *f, struct artefact *item, struct err *e)
{
    char group[PATH], value[PATH + 8];
    snprintf(group, sizeof group, "/artefacts/%s", item->key);
    snprintf(value, sizeof value, "%s/value", group);
    TRY(artefact_hash(item, e));
    TRY(h5_write(f, value, H5_FLOAT32, 1, &item->floats, item->value, e));
    TRY(h5_put_attr_string(f, group, "name", item->kind->name, e));
    TRY(h5_put_attr_string(f, group, "sha256", item->sha256, e));
    return h5_put_attr_strings(f, group, "made_for", item->made_for, item->made_for_n, e);
}

int artefact_file_write(const char *path, size_t n, struct artefact *item, const unsigned char *have, struct err *e)
{
    const double version = 1;
    struct h5 *f;
    TRY(h5_create(path, &f, e));
    int code = h5_put_attr_reals(f, "/", "assay_artefacts", &version, 1, e);
    for (size_t i = 0; i < n && !code; i++)
        if (have[i])
            code = write_item(f, &item[i], e);
    if (!code)
        return h5_commit(f, e);
    h5_discard(f);
    return code;
}
