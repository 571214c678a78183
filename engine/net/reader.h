/* Readers of model files: one row of readers.def each. net_load takes the first whose `detect` knows the content, so a
 * new format is one file (or folder) and one row; it maps what the file says to layer kinds, their parameters and
 * weights, and nothing behind it knows where a net came from. */
#ifndef ASSAY_NET_READER_H
#define ASSAY_NET_READER_H
#include "engine/base/sha256.h"
#include "engine/net/graph.h"
#include "engine/net/ports.h"

#define READER_MAX_BYTES ((size_t)4 << 30) /* of a file */

struct model_reader;

struct reader_kind {
    const char *name; /* "keras" */
    const char *doc;  /* one line: which files */
    /* Whether a file of these bytes is for this reader. */
    int (*detect)(const void *data, size_t n);
    /* Check the file and keep of it what the other slots need: fills r->file and the hashes. `data` is freed afterwards
     * and may be written to; `path` is for messages. architecture: a file that the net's shape stands in, for files of
     * weights alone, or NULL. ERR_INPUT; ERR_USAGE for an architecture where none belongs; ERR_RUN. */
    int (*open)(struct model_reader *r, const char *path, const char *architecture, char *data, size_t n,
                struct err *e);
    /* Fill an initialised graph, linked (graph_link) and with channels last; shapes are not inferred yet. ports: which
     * inputs and output are meant, or NULL; samples: shape of the data set's, or NULL. ERR_INPUT; ERR_USAGE for ports
     * that the model does not have, or that it needs. */
    int (*graph)(const struct model_reader *r, const struct net_ports *ports, const struct shape *samples,
                 struct graph *g, struct err *e);
    /* The weights that node i of the inferred graph wants, one after another, row-major in the shapes of its needs, to
     * `place` (graph_node_parameters floats); at[k] points to weight k, NULL for an optional one that is absent. */
    int (*weights)(const struct model_reader *r, const struct graph *g, size_t i, float *place,
                   const float *at[LAYER_MAX_WEIGHTS], struct err *e);
    void (*close)(struct model_reader *r);
};

struct model_reader {
    const struct reader_kind *kind; /* NULL: not open */
    void *file;                     /* the kind's own */
    char sha256[SHA256_HEX];        /* of the bytes that were read */
    char architecture_sha256[SHA256_HEX]; /* of the architecture's file; "": none */
};

/* The table, in the order of readers.def, ending in NULL. */
extern const struct reader_kind *const reader_kinds[];

/* Open a model with the reader that its content asks for. ERR_INPUT if there is none. */
int reader_open(struct model_reader *r, const char *path, const char *architecture, struct err *e);
void reader_close(struct model_reader *r); /* safe on a zeroed struct */

#endif
