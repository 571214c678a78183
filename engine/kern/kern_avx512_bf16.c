/* gemm_bf16 with VDPBF16PS: each word's pair of products goes to one chain of float32 sums, that of the high halves
 * first. Measured on a Zen 4 core, where its peak is twice that of the float32 FMA: see tests/bench/README.md. */
#include "engine/kern/kern_variants.h"
#include "engine/kern/simd_bf16.h"

/* sum + the products of a word's two numbers; words travel as floats, whose bits are never looked at. */
INLINE vec v_pairs(vec a, vec b, vec sum) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
INLINE hvec h_pairs(hvec a, hvec b, hvec sum) { return _mm256_dpbf16_ps(sum, (__m256bh)a, (__m256bh)b); }

#define GEMM_CHAIN(V) V(pairs)
#include "engine/kern/gemm_avx512.h"
#include "engine/kern/body_gemm_block.h"

#define BF16_STEP 2
#define BF16_IN_PLACE 1
#define bf16_block gemm_block
#define bf16_float kern_avx512_gemm
static void bf16_begin(void) {}
static void bf16_end(void) {}
#include "engine/kern/body_bf16.h"

void kern_init_avx512_bf16(struct kern *k)
{
    k->bf16 = "avx512_bf16";
    k->gemm_bf16 = gemm_bf16;
}
