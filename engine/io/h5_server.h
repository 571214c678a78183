/* The reader process' loop. */
#ifndef ASSAY_IO_H5_SERVER_H
#define ASSAY_IO_H5_SERVER_H
#include <stddef.h>

/* Open the image, say whether it is a good one, and answer requests until the other end of the socket closes. */
_Noreturn void h5_serve(int socket, void *image, size_t bytes, int mapped);

#endif
