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
#define GEMM_ROWS 14 /* 28 sums, 2 vectors of B, 1 broadcast: 31 of 32 registers */
#define GEMM_PANELS 2
#define GEMM_TILES(TILE)                                                                                               \
    TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
#define PLANAR_SUMS 24
#define PLANAR_ROWS_1 7
#define PLANAR_PARTS_1 2
#define PLANAR_ROWS_2 7
#define PLANAR_PARTS_2 1
#define PLANAR_ROWS_3 7
#define PLANAR_PARTS_3 1
#define PLANAR_ROWS_4 4
#define PLANAR_PARTS_4 1
#define DEPTHWISE_PIXELS 8
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
