/* The groups of checks; shared by the files of engine/verify only. */
#ifndef ASSAY_VERIFY_VERIFY_PRIVATE_H
#define ASSAY_VERIFY_VERIFY_PRIVATE_H
#include "engine/verify/verify.h"

#define PLACE_MAX 512

/* Objects, links, storage (verify_file.c). *scan stays empty if the walk failed. */
int verify_container(struct h5 *f, const char *subject, struct arena *a, struct h5_scan *scan, struct findings *out,
                     struct err *e);

/* The message behind "data: " and "PATH: ", as readers put them in front. */
const char *verify_message(const char *text, const char *path);

/* Archives, and files that are neither HDF5 nor archives: pickles, and the config of an archive that the model's reader
 * refuses (verify_archive.c). Nonzero: it was one. */
int verify_archive(struct verify_model *m, const char *data, size_t n, struct findings *out);
/* A config that Keras 1 and 2 wrote may have the bytes of a Lambda's code as text with \u0000 in it, which no other
 * text has: parsed with VERIFY_NUL in its place. NULL: it is no JSON. */
#define VERIFY_NUL 0xE000
struct json *verify_parse_config(const char *text, size_t n);

/* The list of layers in a model's config, nested models included (verify_config.c). */
void verify_config(const struct json *config, const struct keras_dialect *dialect, struct findings *out);
/* The layers of a model or nested model: {"class_name", "config"}; NULL if it has none. */
const struct json *verify_layers(const struct json *model);
const char *verify_layer_name(const struct json *entry); /* NULL if it has none */

/* training_config, if f has one, and the optimizer's state (verify_training.c). */
int verify_training(struct verify_model *m, struct h5 *f, const struct h5_scan *scan, struct findings *out,
                    struct err *e);
/* Whether the name of a loss or metric is in the list, in whatever spelling; the list has it in lower case, no '_'. */
int verify_training_name(const char *name, const char *const *list);
/* Keep in mind which loss was saved, NULL: none (verify_purpose.c). */
void verify_note_loss(struct verify_model *m, const struct json *loss);
/* Whether the config has layers that make probabilities twice (verify_training.c). */
void verify_head(const struct verify_model *m, struct findings *out);

/* The inputs and outputs of a model that has several (verify_ports.c): m->ends, outputs, weighted and output are filled
 * in, *chosen is what the graph is to be read with. ERR_USAGE where an output has to be chosen first. */
int verify_ports(struct verify_model *m, const struct net_ports *ports, const struct shape *samples,
                 struct net_ports *chosen, struct findings *out, struct err *e);

/* Statistics of all stored weights, and whether layers use them (verify_weights.c). */
int verify_weights(const struct verify_model *m, const struct h5_scan *scan, struct findings *out, struct err *e);

/* Token ids of the data that the model's Embedding has no row for (verify_tokens.c). */
void verify_tokens(const struct verify_model *m, const struct verify_data *d, struct findings *out);

/* Inputs row by row (verify_rows.c): one hash a row, and what is seen on the way. */
struct verify_rows;
/* Findings about objects of a data set that have no meaning there. */
int verify_objects(struct h5 *h5, const char *subject, struct findings *out, struct err *e);
int verify_rows_read(struct verify_data *d, struct findings *out, struct err *e);
void verify_rows_free(struct verify_rows *rows);

#endif
