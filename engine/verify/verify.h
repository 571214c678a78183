/* Verification before load: everything that can be said about a model or a data set without running it.
 *
 * Files may be hostile; a fault found does not stop the search for others. What cannot be read at all is a finding too,
 * so the functions fail only for want of memory (and for an architecture where none belongs). Weights are read for
 * their statistics, and never reach a net. */
#ifndef ASSAY_VERIFY_VERIFY_H
#define ASSAY_VERIFY_VERIFY_H
#include <stddef.h>
#include "datasets/dataset.h"
#include "engine/base/sha256.h"
#include "engine/io/h5.h"
#include "engine/io/h5_scan.h"
#include "engine/io/json.h"
#include "engine/net/graph.h"
#include "engine/net/keras/file.h"
#include "engine/net/keras/ports.h"
#include "engine/net/net.h"
#include "engine/verify/finding.h"

/* What was understood of a model, for those who describe it. */
struct verify_model {
    char sha256[SHA256_HEX]; /* of the bytes that were read; "" if none were */
    struct keras_file file;  /* h5 NULL: could not be opened as a model */
    struct json *config;     /* of a file that could not be opened as a model, or NULL */
    struct graph graph;
    int understood;    /* the graph is complete, with shapes */
    size_t guessed;    /* else, if not 0: with this for each size that it leaves open */
    int probabilities; /* it ends in softmax or sigmoid, or a mixture of them */
    size_t classes;    /* 0: unknown, and so is `head` */
    enum net_head head;
    size_t logits;     /* the node that they come from */
    char loss[64];     /* that it was trained with; "": not known */
    struct keras_ends ends; /* its inputs and outputs; none of a Sequential model */
    size_t output;          /* of which the rest tells: the one chosen, else the first that is a classifier's */
    struct verify_output { /* [ends.outputs_n] where there are several */
        struct shape shape; /* rank 0: not known */
        size_t classes;     /* 0: no classifier's */
        enum net_head head;
    } *outputs;
    size_t weighted_n;          /* all layers with weights, whichever output they lead to */
    struct verify_weighted {
        const char *group, *path; /* as in graph_weights */
        const struct layer_kind *kind;
        size_t weights_n;
    } *weighted;
};

/* Add findings about the model at `path`. architecture: of weights alone, see keras_open, or NULL. ports: which inputs
 * and output are meant; NULL: nothing was asked, tell what can be told (else ERR_USAGE where they do not fit the
 * model). samples: their shape, or NULL. To be closed by verify_model_close whatever it returns. */
int verify_model(struct verify_model *m, const char *path, const char *architecture, const struct net_ports *ports,
                 const struct shape *samples, struct findings *out, struct err *e);
/* "softmax", "sigmoid", "logits", "mixture" */
extern const char *const verify_head_names[];
void verify_model_close(struct verify_model *m);

/* The same for a data set; subject "data" or "members". limit: the first rows only (0 = all). */
struct verify_rows;
struct verify_data {
    const char *path, *subject;
    struct dataset *data; /* NULL: could not be opened; may be taken over by the caller, who then sets it to NULL */
    struct verify_rows *rows;
};
int verify_data(struct verify_data *d, const char *path, const char *subject, size_t limit, struct findings *out,
                struct err *e);
void verify_data_close(struct verify_data *d); /* safe on a zeroed struct */

/* Whether the model, by all that tells of it, is a classifier; data NULL: none is known. */
void verify_purpose(const struct verify_model *m, const struct dataset *data, struct findings *out);
/* Model and data set together; nothing if either was not understood. */
void verify_pair(const struct verify_model *m, const struct verify_data *d, struct findings *out);
/* Rows of the test set among the members. */
void verify_overlap(const struct verify_data *test, const struct verify_data *members, struct findings *out);

/* The version of the HDF5 library in use; said once, whatever the number of files. */
void verify_library(const char *version, const char *subject, struct findings *out);

#endif
