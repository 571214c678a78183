/* Keras as a row of readers.def. */
#include "engine/net/reader.h"
#include <stdlib.h>
#include <string.h>
#include "engine/net/keras/file.h"
#include "engine/net/keras/model.h"
#include "engine/net/keras/weights.h"

static int open_file(struct model_reader *r, const char *path, const char *architecture, char *data, size_t n,
                     struct err *e)
{
    struct keras_file *f = malloc(sizeof *f);
    if (!f)
        return err_set(e, ERR_RUN, "out of memory");
    if (keras_open_bytes(f, path, architecture, data, n, e) != 0) {
        free(f);
        return e->code;
    }
    r->file = f;
    memcpy(r->sha256, f->sha256, sizeof r->sha256);
    memcpy(r->architecture_sha256, f->architecture_sha256, sizeof r->architecture_sha256);
    return 0;
}

static int graph(const struct model_reader *r, const struct net_ports *ports, const struct shape *samples,
                 struct graph *g, struct err *e)
{
    const struct keras_file *f = r->file;
    TRY(keras_note_loss(f, ports ? ports->output : NULL, g, e));
    return keras_read_graph(f->config, &f->dialect, ports, samples, g, e);
}

static int weights(const struct model_reader *r, const struct graph *g, size_t i, float *place,
                   const float *at[LAYER_MAX_WEIGHTS], struct err *e)
{
    return keras_read_weights(r->file, g, i, place, at, e);
}

static void close_file(struct model_reader *r)
{
    keras_close(r->file);
    free(r->file);
}

const struct reader_kind reader_kind_keras = {
    .name = "keras",
    .doc = "HDF5 files and .keras archives of Keras 1.2 to 3",
    .detect = keras_is_file,
    .open = open_file,
    .graph = graph,
    .weights = weights,
    .close = close_file,
};
