/* Inside engine/kern only: the variants that kern_init puts together. */
#ifndef ASSAY_KERN_VARIANTS_H
#define ASSAY_KERN_VARIANTS_H
#include "engine/kern/kern.h"

void kern_init_scalar(struct kern *k);
void kern_init_avx2(struct kern *k);
void kern_init_avx512(struct kern *k);

/* kern_naive.c: the scalar table's matrix slots */
void kern_naive_gemm(const struct kern_gemm *g);
void kern_naive_planar(const struct kern_planar *p);
void kern_naive_depthwise(const struct kern_depthwise *d);
void kern_naive_transpose(size_t rows, size_t cols, const float *in, size_t in_step, float *out, size_t out_step);

#endif
