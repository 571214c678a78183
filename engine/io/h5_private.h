/* What stands behind struct h5: a process that reads, or a file being written here. */
#ifndef ASSAY_IO_H5_PRIVATE_H
#define ASSAY_IO_H5_PRIVATE_H
#include "engine/io/h5.h"

struct h5_local;
struct h5_child;
struct h5_told;

struct h5 {
    /* reading (h5_proxy.c) */
    struct h5_child *child; /* NULL while writing */
    struct h5_told *told;   /* every extent that callers were told: their buffers are of these sizes */
    size_t told_n;
    /* writing (h5.c, h5_write.c) */
    struct h5_local *local;
    char *path, *temporary; /* final and temporary name */
};

#endif
