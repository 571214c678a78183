/* Small Keras files made on the spot, whole or broken in one place. */
#ifndef ASSAY_TESTS_NET_FIXTURE_H
#define ASSAY_TESTS_NET_FIXTURE_H
#include <stddef.h>
#include "engine/io/h5.h"

struct fixture_weight {
    const char *layer, *name;
    size_t rank, dim[4];
    float value; /* of all its elements */
};

/* Write a file in a temporary folder; its path is put into `path`. version NULL: none written. weights end in layer
 * NULL; each becomes /model_weights/LAYER/NAME, and is listed in weight_names. */
void fixture_write(char *path, size_t size, const char *model_config, const char *version,
                   const struct fixture_weight *weights);
/* JSON written with ' for ", by malloc. */
char *fixture_json(const char *text);
/* The model with this config (as for fixture_json) and these weights must be refused with a message that holds
 * `message`. */
void fixture_refused(const char *config, const char *version, const struct fixture_weight *weights,
                     const char *message);
/* Load it, which must fail with ERR_INPUT; the message. The file is removed. */
const char *fixture_refusal(const char *path);

#endif
