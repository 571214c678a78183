/* What a model or a data set is: the first part of what `assay inspect` says. */
#ifndef ASSAY_CLI_DESCRIBE_H
#define ASSAY_CLI_DESCRIBE_H
#include "datasets/dataset.h"
#include "engine/io/json.h"
#include "engine/verify/verify.h"

/* Members of the object that is open. What is not known of a model is null. */
void describe_model_json(struct json_writer *w, const char *path, const struct verify_model *m);
void describe_data_json(struct json_writer *w, const struct dataset *d);
void describe_model_text(const char *path, const struct verify_model *m);
void describe_data_text(const struct dataset *d);

#endif
