/* What body_bf16.h wants of the AVX-512 instructions that round to bf16 (to nearest even; denormals are 0). */
#ifndef ASSAY_KERN_SIMD_BF16_H
#define ASSAY_KERN_SIMD_BF16_H
#include "engine/kern/simd_avx512.h"

INLINE void bf16_put(const float *x, size_t n, unsigned char *to)
{
    const vec low = n >= VEC_LANES ? v_load(x) : v_load_part(x, n);
    const vec high = n >= 2 * VEC_LANES ? v_load(x + VEC_LANES)
                     : n > VEC_LANES    ? v_load_part(x + VEC_LANES, n - VEC_LANES)
                                        : v_set(0);
    _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

INLINE void bf16_pair(const float *even, const float *odd, float *to)
{
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                                           21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(odd ? v_load(odd) : v_set(0), v_load(even));
    _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, both));
}

INLINE void bf16_zero(void *to) { _mm512_storeu_si512(to, _mm512_setzero_si512()); }
#endif
