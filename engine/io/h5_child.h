/* The reader process seen from assay: started, asked, watched, ended. */
#ifndef ASSAY_IO_H5_CHILD_H
#define ASSAY_IO_H5_CHILD_H
#include "engine/io/h5_wire.h"

struct h5_child;

/* A file's bytes in memory. */
struct h5_image {
    void *data;
    size_t bytes;
    int mapped; /* pages of the file: can be dropped and come back */
};

/* Fork a reader of this image and wait until it has opened the file. The image may be freed afterwards. `path` is for
 * messages only. */
int h5_child_start(struct h5_child **out, const struct h5_image *image, const char *path, struct err *e);
/* NULL is allowed. */
void h5_child_stop(struct h5_child *c);

/* Ask, and receive the head of the reply; `bytes` is the payload expected, for the time allowed. A failure that the
 * reader reports is an ERR_INPUT with its message; its crash, silence or nonsense is one too, now and ever after. The
 * payload of a reply is to be received at once. */
int h5_child_ask(struct h5_child *c, const struct h5_request *q, size_t bytes, struct h5_reply *reply, struct err *e);
int h5_child_receive(struct h5_child *c, const struct h5_request *q, void *out, size_t bytes, struct err *e);
/* The reply was malformed: end the reader, and fail. */
int h5_child_distrust(struct h5_child *c, const struct h5_request *q, struct err *e);

#endif
