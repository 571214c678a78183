/* Linear algebra by OpenBLAS, and its only user. */
#ifndef ASSAY_METRICS_LINALG_H
#define ASSAY_METRICS_LINALG_H
#include <stddef.h>

/* c (m, n) = a (m, k) b (k, n), row-major, by OpenBLAS's sgemm; its bits depend on shapes, threads and machine, so
 * nothing in a report comes from here: it is the peer of the kernels in `assay bench` and the cross-check in their
 * tests. */
void linalg_sgemm(size_t m, size_t n, size_t k, const float *a, const float *b, float *c);
/* Threads OpenBLAS may use from now on. */
void linalg_set_threads(int n);
/* The core type OpenBLAS chose, "Haswell"; and its version. */
const char *linalg_core(void);
const char *linalg_version(void);

#endif
