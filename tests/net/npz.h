/* NumPy .npz archives, enough for the reference values of tests: stored or deflated members of f4, f8, i8. */
#ifndef ASSAY_TESTS_NET_NPZ_H
#define ASSAY_TESTS_NET_NPZ_H
#include <stddef.h>
#include <stdio.h>

struct npz {
    unsigned char *data;
    size_t n;
};

int npz_open(struct npz *z, const char *path); /* nonzero: there is no such file, or it is no zip */
void npz_close(struct npz *z);
/* Array `name` as doubles, by malloc; *n elements. NULL if absent. */
double *npz_read(const struct npz *z, const char *name, size_t *n);

#endif
