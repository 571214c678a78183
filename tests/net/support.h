/* What the tests of the net share. */
#ifndef ASSAY_TESTS_NET_SUPPORT_H
#define ASSAY_TESTS_NET_SUPPORT_H
#include <stddef.h>
#include <stdint.h>
#include "engine/net/net.h"
#include "engine/net/oracle_driver.h"

/* Kernels at the level of $ASSAY_CPU (auto). */
const struct kern *support_kern(void);
/* Load with no preprocessing; the test fails if that does not work. */
struct net *support_load(const char *path);
/* Logits of n samples (by malloc), and where gradient is not NULL the input gradient of the cross-entropy against y. */
float *support_logits(const struct net *net, size_t n, const float *x, const int32_t *y, float *loss, float *gradient);
/* Probability of class c from logits, in double. */
double support_probability(size_t k, const float *z, size_t c);
float *support_floats(const double *v, size_t n); /* by malloc */

#endif
