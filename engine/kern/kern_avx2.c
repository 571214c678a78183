/* The AVX2 + FMA variant. */
#include <string.h>
#include "engine/kern/kern_variants.h"
#include "engine/kern/simd_avx2.h"
#include "engine/kern/functions.h"
#define PEAK_CHAINS 6
/* 12 sums, 2 registers of B, 1 broadcast: 15 of 16 registers. 6 rows fit every cache set: nothing wider is wanted. */
#define GEMM_SUMS 12
#define GEMM_ROWS 6
#define GEMM_PANELS 1
#define GEMM_HALF_ROWS 12
#define GEMM_WIDE_ROWS GEMM_ROWS
#define GEMM_WIDEST GEMM_PANELS
#define GEMM_TILES(F) F(1, 1) F(2, 1) F(3, 1) F(4, 1) F(5, 1) F(6, 1)
#define GEMM_HALF_TILES(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12)
#define PLANAR_SUMS 6 /* of two registers each */
#define PLANAR_ROWS_1 3
#define PLANAR_PARTS_1 2
#define PLANAR_ROWS_2 3
#define PLANAR_PARTS_2 1
#define PLANAR_ROWS_3 1
#define PLANAR_PARTS_3 1
#define PLANAR_ROWS_4 1
#define PLANAR_PARTS_4 1

#define DEPTHWISE_PIXELS 8
#define DEPTHWISE_TILES(F, full)                                                                                       \
    F(full, 1) F(full, 2) F(full, 3) F(full, 4) F(full, 5) F(full, 6) F(full, 7) F(full, 8)
#define TYPE hvec
#define V(op) h_##op
#define TILE_LANES 8
#include "engine/kern/body_depthwise.h"
#include "engine/kern/body_elementwise.h"
#include "engine/kern/body_function.h"
#include "engine/kern/body_gemm.h"
#include "engine/kern/body_peak.h"
#include "engine/kern/body_planar.h"
#include "engine/kern/body_pool.h"
#include "engine/kern/body_reduce.h"
#include "engine/kern/transpose_avx2.h"

void kern_avx2_gemm(const struct kern_gemm *g) { gemm(g); }

void kern_init_avx2(struct kern *k)
{
    k->isa = KERN_CPU_AVX2;
    k->name = "avx2";
    k->gemm = gemm;
    k->planar = planar;
    k->depthwise = depthwise;
    k->transpose = transpose;
    k->fma_burst = fma_burst;
    set_function(k);
    set_elementwise(k);
    set_pool(k);
    set_reduce(k);
}
