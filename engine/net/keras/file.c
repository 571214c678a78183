#include "engine/net/keras/file.h"
#include <stdlib.h>
#include <string.h>
#include "engine/base/file.h"
#include "engine/io/zip.h"
#include "engine/net/keras/text.h"

#define CONFIG_MAX_BYTES ((size_t)64 << 20)
#define METADATA_MAX_BYTES ((size_t)1 << 16)

static int is_group(const struct keras_file *f, const char *path, int *out, struct err *e)
{
    enum h5_object kind;
    TRY(h5_kind(f->h5, path, &kind, e));
    *out = kind == H5_GROUP;
    return 0;
}

/* ---- weights alone ---- */

/* Whether the member of the root is the folder of layers; or one of the members with whole paths for names,
 * "layers\dense", that Keras 2.12 to 2.15 made on Windows. */
static void find_folder(struct keras_file *f, const char *member)
{
    static const char *const folders[] = {"layers", "_layer_checkpoint_dependencies"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t n = strlen(folders[i]);
        if (strncmp(member, folders[i], n) != 0 || (member[n] != '\0' && member[n] != '\\'))
            continue;
        f->weights = folders[i];
        f->between = member[n] ? "\\" : "/";
    }
}

/* Where the weights are, if it is a file of weights; else NULL. */
static int find_weights(struct keras_file *f, struct arena *a, struct err *e)
{
    const char *const *names;
    size_t n;
    f->weights = NULL;
    f->between = "/";
    TRY(keras_names(f->h5, "/", "layer_names", a, &names, &n, e));
    if (n > 0) {
        f->layout = KERAS_BY_NAME;
        f->weights = ""; /* the root */
        return 0;
    }
    TRY(h5_list(f->h5, "/", a, &names, &n, e));
    for (size_t i = 0; i < n && !f->weights; i++)
        find_folder(f, names[i]);
    f->layout = KERAS_BY_CLASS;
    return 0;
}

static int read_architecture(struct keras_file *f, const char *path, struct err *e)
{
    char *text;
    size_t n;
    TRY(file_read(path, CONFIG_MAX_BYTES, ERR_INPUT, &text, &n, e));
    sha256_hex(text, n, f->architecture_sha256);
    int status = json_parse(text, n, ERR_INPUT, &f->config, e);
    free(text);
    return status;
}

/* The weights' file knows best which Keras wrote it; to_json of Keras 3 writes no version. */
static int weights_version(struct keras_file *f, struct arena *a, struct err *e)
{
    const char *version, *backend;
    TRY(h5_attr_string(f->h5, "/", "keras_version", a, &version, e));
    TRY(h5_attr_string(f->h5, "/", "backend", a, &backend, e));
    if (!version)
        version = json_string(json_get(f->config, "keras_version"));
    if (!backend)
        backend = json_string(json_get(f->config, "backend"));
    f->dialect = keras_dialect(version, backend, f->layout == KERAS_BY_CLASS ? 3 : 1);
    return 0;
}

static int read_weights_alone(struct keras_file *f, const char *architecture, struct arena *a, struct err *e)
{
    f->format = "keras_hdf5_weights";
    TRY(find_weights(f, a, e));
    if (!f->weights)
        return err_set(e, ERR_INPUT, "is not a Keras model: it has no attribute model_config");
    if (!architecture)
        return err_set(e, ERR_INPUT,
                       "holds weights but no architecture (no model_config); give what model.to_json() returns as "
                       "'architecture' (--architecture F), or save the whole model with model.save");
    if (read_architecture(f, architecture, e) != 0)
        return err_prepend(e, "architecture %s", architecture);
    return weights_version(f, a, e);
}

/* ---- whole models ---- */

static int refuse_architecture(const char *architecture, struct err *e)
{
    if (!architecture)
        return 0;
    return err_set(e, ERR_USAGE, "has an architecture of its own; leave the architecture %s out", architecture);
}

int keras_takes_one_logit(const struct json *loss)
{
    static const char *const losses[] = {"BinaryCrossentropy", "BinaryFocalCrossentropy", NULL};
    const char *class_name = json_string(json_get(loss, "class_name"));
    int yes = 0;
    return class_name && keras_listed(losses, class_name, strlen(class_name)) &&
           json_bool(json_get(json_get(loss, "config"), "from_logits"), &yes) == 0 && yes;
}

/* What cannot be read of it is told by `inspect`, and has no part in the net. */
static int read_training(struct keras_file *f, struct arena *a, struct err *e)
{
    const char *text;
    struct err fault = {0};
    TRY(h5_attr_string(f->h5, "/", "training_config", a, &text, e));
    if (!text || json_parse(text, strlen(text), ERR_INPUT, &f->training, &fault) != 0)
        f->training = NULL;
    return 0;
}

const struct json *keras_loss(const struct keras_file *f)
{
    return json_get(f->training ? f->training : json_get(f->config, "compile_config"), "loss");
}

/* An attribute of the group of weights, else of the file; NULL if neither has it. */
static int weights_attribute(const struct keras_file *f, const char *name, struct arena *a, const char **out,
                             struct err *e)
{
    TRY(h5_attr_string(f->h5, f->weights, name, a, out, e));
    return *out ? 0 : h5_attr_string(f->h5, "/", name, a, out, e);
}

static int read_hdf5(struct keras_file *f, const char *architecture, struct arena *a, struct err *e)
{
    const char *text, *version, *backend;
    int found;
    TRY(h5_attr_string(f->h5, "/", "model_config", a, &text, e));
    if (!text)
        return read_weights_alone(f, architecture, a, e);
    TRY(refuse_architecture(architecture, e));
    f->format = "keras_hdf5";
    f->weights = "model_weights";
    TRY(is_group(f, f->weights, &found, e));
    if (!found)
        return err_set(e, ERR_INPUT, "has an architecture but no group model_weights");
    TRY(weights_attribute(f, "keras_version", a, &version, e));
    TRY(weights_attribute(f, "backend", a, &backend, e));
    f->dialect = keras_dialect(version, backend, 1);
    TRY(read_training(f, a, e));
    return json_parse(text, strlen(text), ERR_INPUT, &f->config, e) == 0 ? 0 : err_prepend(e, "model_config");
}

enum { CONFIG, METADATA, WEIGHTS, MEMBERS };

static int read_metadata(struct keras_file *f, const struct zip_member *m, struct err *e)
{
    struct json *metadata = NULL;
    f->dialect = keras_dialect(NULL, NULL, 3);
    if (!m->data)
        return 0;
    if (json_parse(m->data, m->n, ERR_INPUT, &metadata, e) != 0)
        return err_prepend(e, "metadata.json");
    f->dialect = keras_dialect(json_string(json_get(metadata, "keras_version")), NULL, 3);
    json_free(metadata);
    return 0;
}

static int read_members(struct keras_file *f, struct zip_member *member, struct arena *a, struct err *e)
{
    if (!member[CONFIG].data || !member[WEIGHTS].data)
        return err_set(e, ERR_INPUT, "is a zip archive, but no Keras model: it has no member %s",
                       member[member[CONFIG].data ? WEIGHTS : CONFIG].name);
    TRY(read_metadata(f, &member[METADATA], e));
    if (json_parse(member[CONFIG].data, member[CONFIG].n, ERR_INPUT, &f->config, e) != 0)
        return err_prepend(e, "config.json");
    TRY(h5_open_bytes(member[WEIGHTS].name, member[WEIGHTS].data, member[WEIGHTS].n, &f->h5, e));
    TRY(find_weights(f, a, e));
    return f->weights ? 0 : err_set(e, ERR_INPUT, "%s holds no weights of layers", member[WEIGHTS].name);
}

static int read_archive(struct keras_file *f, const char *data, size_t n, const char *architecture, struct arena *a,
                        struct err *e)
{
    struct zip_member member[MEMBERS] = {[CONFIG] = {.name = "config.json", .cap = CONFIG_MAX_BYTES},
                                         [METADATA] = {.name = "metadata.json", .cap = METADATA_MAX_BYTES},
                                         [WEIGHTS] = {.name = "model.weights.h5", .cap = KERAS_FILE_MAX}};
    f->format = "keras_zip";
    TRY(refuse_architecture(architecture, e));
    TRY(zip_read_members(data, n, member, MEMBERS, e));
    int status = read_members(f, member, a, e);
    zip_free_members(member, MEMBERS);
    return status;
}

/* ---- any ---- */

int keras_is_file(const void *data, size_t n)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    if (zip_is_archive(data, n))
        return 1;
    for (size_t at = 0; at + sizeof signature - 1 <= n; at = at ? 2 * at : 512)
        if (memcmp((const char *)data + at, signature, sizeof signature - 1) == 0)
            return 1;
    return 0;
}

static int read_bytes(struct keras_file *f, const char *path, const char *architecture, char *data, size_t n,
                      struct arena *a, struct err *e)
{
    sha256_hex(data, n, f->sha256);
    if (zip_is_archive(data, n))
        return read_archive(f, data, n, architecture, a, e);
    TRY(h5_open_bytes(path, data, n, &f->h5, e));
    return read_hdf5(f, architecture, a, e);
}

int keras_open_bytes(struct keras_file *f, const char *path, const char *architecture, char *data, size_t n,
                     struct err *e)
{
    struct arena a;
    memset(f, 0, sizeof *f);
    if (arena_init(&a, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    int status = read_bytes(f, path, architecture, data, n, &a, e);
    arena_free(&a);
    if (status != 0)
        keras_close(f);
    return status;
}

int keras_open(struct keras_file *f, const char *path, const char *architecture, struct err *e)
{
    char *data;
    size_t n;
    memset(f, 0, sizeof *f);
    TRY(file_read(path, KERAS_FILE_MAX, ERR_INPUT, &data, &n, e));
    int status = keras_open_bytes(f, path, architecture, data, n, e);
    free(data);
    return status;
}

void keras_close(struct keras_file *f)
{
    if (f->h5)
        h5_close(f->h5);
    json_free(f->config);
    json_free(f->training);
    memset(f, 0, sizeof *f);
}
