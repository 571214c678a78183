/* Verification as commands use it: of all files of a session or an inspection, refused or told. */
#ifndef ASSAY_RUN_VERIFICATION_H
#define ASSAY_RUN_VERIFICATION_H
#include "engine/verify/verify.h"

/* A net beside the model. */
struct verification_source {
    const char *subject, *path,
        *architecture_path; /* subject: of its findings, "source NAME"; borrowed, as the paths are */
    struct net_ports *ports; /* names in it are looked up in the data; NULL: nothing was asked */
    char sha256[SHA256_HEX], architecture_sha256[SHA256_HEX]; /* "": not read, or none of its own */
};

/* The files that belong together; paths are borrowed, NULL where there is none. */
struct verification {
    const char *model_path, *architecture_path, *data_path, *members_path;
    struct net_ports *ports; /* of the model, as of a source */
    size_t sources_n;
    struct verification_source *source; /* borrowed, too; the hashes are filled in */
    size_t limit; /* rows of data sets that are used; 0 = all */
    struct verify_model model;
    struct verify_data data, members;
    struct findings findings;
};

/* Verify all of them; the struct is zeroed but for its inputs. Fails for want of memory only; findings may be errors.
 * To be closed whatever it returns. */
int verification_run(struct verification *v, struct err *e);
/* Keep the findings only. */
void verification_forget(struct verification *v);
void verification_close(struct verification *v);
/* ERR_INPUT with the first finding that is an error, if there is one. */
int verification_refuse(const struct verification *v, struct err *e);
const char *verification_path(const struct verification *v, const char *subject);
const char *verification_sha256(const struct verification *v, const char *subject); /* NULL if unknown */

#endif
