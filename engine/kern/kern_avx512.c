/* The AVX-512 variant. */
#include <string.h>
#include "engine/kern/kern_variants.h"
#include "engine/kern/simd_avx512.h"
#include "engine/kern/functions.h"
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif
#define PEAK_CHAINS 12
/* 28 sums, 2 vectors of B, 1 broadcast: 31 of 32 registers; wide 24, 4 and 1 */
#define GEMM_SUMS 28
#define GEMM_ROWS 14
#define GEMM_PANELS 2
#define GEMM_HALF_ROWS 14
#define GEMM_WIDE_ROWS 6
#define GEMM_WIDEST 4
#define GEMM_LOW(F, panels) F(1, panels) F(2, panels) F(3, panels) F(4, panels) F(5, panels) F(6, panels)
#define GEMM_HIGH(F, panels)                                                                                           \
    F(7, panels) F(8, panels) F(9, panels) F(10, panels) F(11, panels) F(12, panels) F(13, panels) F(14, panels)
#define GEMM_TILES(F) GEMM_LOW(F, 1) GEMM_HIGH(F, 1) GEMM_LOW(F, 2) GEMM_HIGH(F, 2) GEMM_LOW(F, 3) GEMM_LOW(F, 4)
#define GEMM_HALF_TILES(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14)
#define PLANAR_SUMS 24
#define PLANAR_ROWS_1 7
#define PLANAR_PARTS_1 2
#define PLANAR_ROWS_2 7
#define PLANAR_PARTS_2 1
#define PLANAR_ROWS_3 7
#define PLANAR_PARTS_3 1
#define PLANAR_ROWS_4 4
#define PLANAR_PARTS_4 1

#define DEPTHWISE_PIXELS 14
#define DEPTHWISE_TILES(F, full)                                                                                       \
    F(full, 1) F(full, 2) F(full, 3) F(full, 4) F(full, 5) F(full, 6) F(full, 7)                                       \
    F(full, 8) F(full, 9) F(full, 10) F(full, 11) F(full, 12) F(full, 13) F(full, 14)
#define TYPE vec
#define V(op) v_##op
#define TILE_LANES VEC_LANES
#include "engine/kern/body_depthwise.h"
#include "engine/kern/body_elementwise.h"
#include "engine/kern/body_function.h"
#include "engine/kern/body_gemm.h"
#include "engine/kern/body_peak.h"
#include "engine/kern/body_planar.h"
#include "engine/kern/body_pool.h"
#include "engine/kern/body_reduce.h"

void kern_init_avx512(struct kern *k)
{
    k->isa = KERN_CPU_AVX512;
    k->name = "avx512";
    k->gemm = gemm;
    k->planar = planar;
    k->depthwise = depthwise;
    k->fma_burst = fma_burst;
    set_function(k);
    set_elementwise(k);
    set_pool(k);
    set_reduce(k);
}
