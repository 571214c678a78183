/* Inside engine/kern only: the variants that kern_init puts together. */
#ifndef ASSAY_KERN_VARIANTS_H
#define ASSAY_KERN_VARIANTS_H
#include "engine/kern/kern.h"

void kern_init_scalar(struct kern *k);
void kern_init_avx2(struct kern *k);
void kern_init_avx512(struct kern *k);
void kern_init_avx512_bf16(struct kern *k); /* gemm_bf16 alone */
/* The same on AMX tiles, if the system lets the process use them and they give the bits of the emulation below on a
 * small product: this variant was written where no processor has AMX. Returns 0 if it was put in. */
int kern_init_amx(struct kern *k);

void kern_avx512_gemm(const struct kern_gemm *g);
/* kern_amx_emulated.c: kern_amx.c's loops on tiles in plain C; for the check of the real ones, and for tests */
void kern_amx_emulated(const struct kern_gemm *g);
/* Nonzero if `gemm_bf16` gives the bits of kern_amx_emulated on a product of several tiles and parts. */
int kern_amx_agrees(void (*gemm_bf16)(const struct kern_gemm *g));

/* kern_avx512.c, after kern_init_avx512: for processors that do as many operations a cycle in 256 bits as in 512. A
 * product of 9 to 16 columns, one load an FMA, then goes by kern_avx2_gemm, which spreads a load over two. */
void kern_init_avx512_half(struct kern *k);
void kern_avx2_gemm(const struct kern_gemm *g);

/* kern_naive.c: the scalar table's matrix slots */
void kern_naive_gemm(const struct kern_gemm *g);
void kern_naive_planar(const struct kern_planar *p);
void kern_naive_depthwise(const struct kern_depthwise *d);
void kern_naive_transpose(size_t rows, size_t cols, const float *in, size_t in_step, float *out, size_t out_step);

#endif
