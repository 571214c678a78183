#include "engine/net/keras/dialect.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define KERAS_END LONG_MAX

static const struct version_row {
    const char *kind, *name;
    long from, below;
    unsigned makers;
    const char *written, *means;
} versions[] = {
#define VERSION(kind, name, from, below, makers, written, means) {kind, name, from, below, makers, written, means},
#define FLIPPED(kind, role, makers)
#include "engine/net/keras/versions.def"
#undef VERSION
#undef FLIPPED
};
#define VERSIONS (sizeof versions / sizeof *versions)

static const struct flip_row {
    const char *kind, *role;
    unsigned makers;
} flips[] = {
#define VERSION(kind, name, from, below, makers, written, means)
#define FLIPPED(kind, role, makers) {kind, role, makers},
#include "engine/net/keras/versions.def"
};
#define FLIPS (sizeof flips / sizeof *flips)

/* "2.3.0-tf" -> 20300. */
static long number_of(const char *version, int otherwise)
{
    char *at;
    long part[3] = {0};
    if (!version)
        return KERAS_VERSION(otherwise, 0, 0);
    for (size_t i = 0; i < 3; i++) {
        part[i] = strtol(version, &at, 10);
        part[i] = part[i] < 0 ? 0 : part[i] > 99 ? 99 : part[i];
        version = *at == '.' ? at + 1 : "";
    }
    part[0] = part[0] < 1 ? 1 : part[0];
    return KERAS_VERSION(part[0], part[1], part[2]);
}

/* The version with "-tf" behind it, and every one from 2.4 on, is of the Keras that is part of TensorFlow. */
static enum keras_maker maker_of(const char *version, const char *backend, long number)
{
    if (number >= KERAS_VERSION(2, 4, 0) || (version && strstr(version, "-tf")))
        return KERAS_IN_TENSORFLOW;
    if (backend && strcmp(backend, "theano") == 0)
        return KERAS_ON_THEANO;
    return backend && strcmp(backend, "cntk") == 0 ? KERAS_ON_CNTK : KERAS_ON_TENSORFLOW;
}

struct keras_dialect keras_dialect(const char *version, const char *backend, int otherwise)
{
    long number = number_of(version, otherwise);
    return (struct keras_dialect){number, maker_of(version, backend, number)};
}

int keras_major(const struct keras_dialect *d)
{
    long major = d->version / KERAS_VERSION(1, 0, 0);
    return major < 1 ? 1 : major > 3 ? 3 : (int)major;
}

int keras_is_1(const struct keras_dialect *d)
{
    return keras_major(d) == 1;
}

static int applies(const struct version_row *row, const struct keras_dialect *d, const struct layer_kind *kind)
{
    int of_kind = !row->kind || (kind && strcmp(row->kind, kind->name) == 0);
    return of_kind && d->version >= row->from && d->version < row->below && (row->makers & d->maker) != 0;
}

const char *keras_meant(const struct keras_dialect *d, const struct layer_kind *kind, const char *name,
                        const char *text)
{
    for (size_t i = 0; i < VERSIONS; i++)
        if (versions[i].written && strcmp(versions[i].written, text) == 0 && strcmp(versions[i].name, name) == 0 &&
            applies(&versions[i], d, kind))
            return versions[i].means;
    return text;
}

int keras_is_flipped(const struct keras_dialect *d, const struct layer_kind *kind, const char *role)
{
    for (size_t i = 0; i < FLIPS; i++)
        if (strcmp(flips[i].kind, kind->name) == 0 && strcmp(flips[i].role, role) == 0 && (flips[i].makers & d->maker))
            return 1;
    return 0;
}

static void set(const struct param *row, const char *text, void *target)
{
    switch (row->type) {
    case PARAM_REAL:
        *(double *)target = strtod(text, NULL);
        break;
    case PARAM_INT:
        *(long *)target = strtol(text, NULL, 10);
        break;
    case PARAM_BOOL:
        *(int *)target = strcmp(text, "1") == 0;
        break;
    case PARAM_CHOICE:
        for (int i = 0; row->choices[i]; i++)
            if (strcmp(row->choices[i], text) == 0)
                *(int *)target = i;
        break;
    default: /* lists and texts have no such rows */
        break;
    }
}

void keras_defaults(const struct keras_dialect *d, const struct layer_kind *kind, void *params)
{
    for (size_t i = 0; i < VERSIONS; i++) {
        const struct param *row = layer_row(kind, versions[i].name);
        if (!versions[i].written && row && applies(&versions[i], d, kind))
            set(row, versions[i].means, (char *)params + row->offset);
    }
}
