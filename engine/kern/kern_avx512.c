/* The AVX-512 variant. */
#include <string.h>
#include "engine/kern/kern_variants.h"
#include "engine/kern/simd_avx512.h"
#include "engine/kern/functions.h"
#define PEAK_CHAINS 12
#include "engine/kern/gemm_avx512.h"
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

void kern_avx512_gemm(const struct kern_gemm *g) { gemm(g); }

void kern_init_avx512(struct kern *k)
{
    k->isa = KERN_CPU_AVX512;
    k->name = "avx512";
    k->gemm = kern_avx512_gemm;
    k->planar = planar;
    k->depthwise = depthwise;
    k->fma_burst = fma_burst;
    set_function(k);
    set_elementwise(k);
    set_pool(k);
    set_reduce(k);
}

static void gemm_half_width(const struct kern_gemm *g)
{
    if (g->n > VEC_LANES / 2 && g->n <= VEC_LANES) kern_avx2_gemm(g);
    else gemm(g);
}

void kern_init_avx512_half(struct kern *k) { k->gemm = gemm_half_width; }
