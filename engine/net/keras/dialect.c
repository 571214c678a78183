#include "engine/net/keras/dialect.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define KERAS_END LONG_MAX

static const struct version_row {
    const char *kind, *name;
    long from, below;
    enum keras_backend backend;
    const char *written, *means;
} versions[] = {
#define VERSION(kind, name, from, below, backend, written, means) {kind, name, from, below, backend, written, means},
#include "engine/net/keras/versions.def"
#undef VERSION
};
#define VERSIONS (sizeof versions / sizeof *versions)

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

static enum keras_backend backend_of(const char *name)
{
    static const char *const names[] = {[KERAS_TENSORFLOW] = "tensorflow", [KERAS_THEANO] = "theano",
                                        [KERAS_CNTK] = "cntk"};
    for (size_t i = KERAS_TENSORFLOW; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum keras_backend)i;
    return KERAS_TENSORFLOW;
}

struct keras_dialect keras_dialect(const char *version, const char *backend, int otherwise)
{
    struct keras_dialect d = {.version = number_of(version, otherwise), .backend = backend_of(backend)};
    d.apart = d.version < KERAS_VERSION(2, 4, 0) && !(version && strstr(version, "-tf"));
    return d;
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
    return of_kind && d->version >= row->from && d->version < row->below &&
           (row->backend == KERAS_ANY_BACKEND || row->backend == d->backend);
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
