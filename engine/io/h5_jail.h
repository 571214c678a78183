/* What a process that parses hostile bytes can still do: compute, use a bounded amount of memory, and talk over one
 * socket. This is the only user of libseccomp. */
#ifndef ASSAY_IO_H5_JAIL_H
#define ASSAY_IO_H5_JAIL_H
#include <stddef.h>
#include <sys/types.h>

/* To be called by the child of a fork, its signals blocked. It makes `socket` descriptor 0 and closes all others; ends
 * with the parent; ignores the terminal's signals; limits memory to what is mapped now and `memory` bytes more (not
 * under AddressSanitizer); forbids new descriptors, writing to files, core dumps and new privileges; and lets only the
 * system calls through that reading an image needs, where the kernel has such filters (else the limits stand alone).
 * Nonzero if the parent is gone, or the socket cannot be kept. */
int h5_jail_enter(int socket, pid_t parent, size_t memory);

#endif
