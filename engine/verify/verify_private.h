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

/* The list of layers in a model's config, nested models included (verify_config.c). */
void verify_config(const struct json *config, const struct keras_dialect *dialect, struct findings *out);
/* The layers of a model or nested model: {"class_name", "config"}; NULL if it has none. */
const struct json *verify_layers(const struct json *model);
const char *verify_layer_name(const struct json *entry); /* NULL if it has none */

/* training_config and the optimizer's state (verify_training.c). `head`: the model ends in softmax or sigmoid. */
int verify_training(struct h5 *f, const struct h5_scan *scan, int head, struct findings *out, struct err *e);
/* Whether the config has layers that make probabilities twice (verify_training.c). */
void verify_head(const struct verify_model *m, struct findings *out);

/* Statistics of all stored weights, and whether layers use them (verify_weights.c). */
int verify_weights(const struct verify_model *m, const struct h5_scan *scan, struct findings *out, struct err *e);

/* Inputs row by row (verify_rows.c): one hash a row, and what is seen on the way. */
struct verify_rows;
int verify_rows_read(struct verify_data *d, struct findings *out, struct err *e);
void verify_rows_free(struct verify_rows *rows);

#endif
