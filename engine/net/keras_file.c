/* Opening a Keras HDF5 file: what it is, its version, its config. */
#include "engine/net/keras.h"
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES ((size_t)4 << 30)

/* "2.3.0-tf" -> 2. Keras 1 wrote no version. */
static int major_version(const char *version)
{
    long major = version ? strtol(version, NULL, 10) : 1;
    return major < 1 ? 1 : major > 3 ? 3 : (int)major;
}

static int read_version(struct keras_file *f, struct arena *a, struct err *e)
{
    const char *version;
    TRY(h5_attr_string(f->h5, f->weights, "keras_version", a, &version, e));
    if (!version)
        TRY(h5_attr_string(f->h5, "/", "keras_version", a, &version, e));
    f->context.keras_major = major_version(version);
    return 0;
}

static int refuse_without_config(struct keras_file *f, struct arena *a, struct err *e)
{
    const char *const *names;
    size_t n;
    enum h5_object layers;
    TRY(h5_attr_strings(f->h5, "/", "layer_names", a, &names, &n, e));
    TRY(h5_kind(f->h5, "layers", &layers, e));
    if (n > 0 || layers == H5_GROUP)
        return err_set(e, ERR_INPUT,
                       "holds weights but no architecture (no model_config); save the whole model with model.save");
    return err_set(e, ERR_INPUT, "is not a Keras model: it has no attribute model_config");
}

static int read_config(struct keras_file *f, struct arena *a, struct err *e)
{
    const char *text;
    enum h5_object weights;
    TRY(h5_attr_string(f->h5, "/", "model_config", a, &text, e));
    if (!text)
        return refuse_without_config(f, a, e);
    f->weights = "model_weights";
    TRY(h5_kind(f->h5, f->weights, &weights, e));
    if (weights != H5_GROUP)
        return err_set(e, ERR_INPUT, "has an architecture but no group model_weights");
    TRY(read_version(f, a, e));
    return json_parse(text, strlen(text), ERR_INPUT, &f->config, e) == 0 ? 0 : err_prepend(e, "model_config");
}

int keras_open(struct keras_file *f, const char *path, struct err *e)
{
    struct arena a;
    memset(f, 0, sizeof *f);
    TRY(h5_open_hashed(path, FILE_MAX_BYTES, &f->h5, f->sha256, e));
    if (arena_init(&a, 0) != 0) {
        keras_close(f);
        return err_set(e, ERR_RUN, "out of memory");
    }
    int status = read_config(f, &a, e);
    arena_free(&a);
    if (status != 0)
        keras_close(f);
    return status;
}

void keras_close(struct keras_file *f)
{
    if (f->h5)
        h5_close(f->h5);
    json_free(f->config);
    memset(f, 0, sizeof *f);
}
