/* The wrappers of simd_scalar.h on one 512-bit register. */
#ifndef ASSAY_KERN_SIMD_H
#define ASSAY_KERN_SIMD_H
#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define VEC_LANES 16
#define INLINE static inline __attribute__((always_inline, unused))
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif

typedef __m512 vec;
typedef __m512i veci;
typedef struct { __m512d lo, hi; } vecd;
typedef __mmask16 mask;

INLINE mask m_first(size_t n) { return (mask)((1u << n) - 1u); }
/* Into the second-level cache; any address will do. */
INLINE void prefetch(uintptr_t address) { _mm_prefetch((const char *)address, _MM_HINT_T1); }
INLINE vec v_set(float a) { return _mm512_set1_ps(a); }
INLINE vec v_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE vec v_load_part(const float *p, size_t n) { return _mm512_maskz_loadu_ps(m_first(n), p); }
/* Keeps a loaded vector in its register; compilers like to load it again for every use. */
INLINE vec v_keep(vec a)
{
    __asm__("" : "+v"(a));
    return a;
}
INLINE void v_store(float *p, vec a) { _mm512_storeu_ps(p, a); }
INLINE void v_store_part(float *p, vec a, size_t n) { _mm512_mask_storeu_ps(p, m_first(n), a); }

INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
INLINE vec v_div(vec a, vec b) { return _mm512_div_ps(a, b); }
INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
INLINE vec v_relu(vec a) { return _mm512_max_ps(a, _mm512_setzero_ps()); }
INLINE vec v_abs(vec a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
INLINE vec v_neg(vec a) { return _mm512_xor_ps(_mm512_set1_ps(-0.0f), a); }
INLINE vec v_copysign(vec a, vec b) { return _mm512_or_ps(v_abs(a), _mm512_and_ps(_mm512_set1_ps(-0.0f), b)); }

INLINE mask v_less(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
INLINE mask v_less_equal(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
INLINE mask v_equal(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
INLINE mask v_nan(vec a) { return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q); }
INLINE mask m_and(mask a, mask b) { return (mask)(a & b); }
INLINE mask m_or(mask a, mask b) { return (mask)(a | b); }
INLINE mask m_and_not(mask a, mask b) { return (mask)(a & ~b); }
INLINE vec v_select(mask m, vec a, vec b) { return _mm512_mask_blend_ps(m, b, a); }

INLINE veci vi_set(int32_t a) { return _mm512_set1_epi32(a); }
INLINE veci vi_add(veci a, veci b) { return _mm512_add_epi32(a, b); }
INLINE veci vi_sub(veci a, veci b) { return _mm512_sub_epi32(a, b); }
INLINE veci vi_and(veci a, veci b) { return _mm512_and_si512(a, b); }
INLINE veci vi_shift_left(veci a, int n) { return _mm512_slli_epi32(a, (unsigned)n); }
INLINE veci vi_shift_right(veci a, int n) { return _mm512_srai_epi32(a, (unsigned)n); }
INLINE vec v_from_int(veci a) { return _mm512_cvtepi32_ps(a); }
INLINE veci vi_bits(vec a) { return _mm512_castps_si512(a); }
INLINE vec v_from_bits(veci a) { return _mm512_castsi512_ps(a); }

INLINE vecd d_zero(void) { return (vecd){_mm512_setzero_pd(), _mm512_setzero_pd()}; }
INLINE vecd d_from(vec a)
{
    return (vecd){_mm512_cvtps_pd(_mm512_castps512_ps256(a)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1))};
}
INLINE vecd d_add(vecd a, vecd b) { return (vecd){_mm512_add_pd(a.lo, b.lo), _mm512_add_pd(a.hi, b.hi)}; }
INLINE vecd d_sub(vecd a, vecd b) { return (vecd){_mm512_sub_pd(a.lo, b.lo), _mm512_sub_pd(a.hi, b.hi)}; }
INLINE vecd d_abs(vecd a) { return (vecd){_mm512_abs_pd(a.lo), _mm512_abs_pd(a.hi)}; }
INLINE vecd d_fma(vecd a, vecd b, vecd c)
{
    return (vecd){_mm512_fmadd_pd(a.lo, b.lo, c.lo), _mm512_fmadd_pd(a.hi, b.hi, c.hi)};
}

INLINE float v_tree_add(vec a)
{
    __m256 e = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    __m128 f = _mm_add_ps(_mm256_castps256_ps128(e), _mm256_extractf128_ps(e, 1));
    f = _mm_add_ps(f, _mm_movehl_ps(f, f));
    return _mm_cvtss_f32(_mm_add_ss(f, _mm_movehdup_ps(f)));
}
INLINE double d_tree_add(vecd a)
{
    __m512d d = _mm512_add_pd(a.lo, a.hi);
    __m256d e = _mm256_add_pd(_mm512_castpd512_pd256(d), _mm512_extractf64x4_pd(d, 1));
    __m128d f = _mm_add_pd(_mm256_castpd256_pd128(e), _mm256_extractf128_pd(e, 1));
    return _mm_cvtsd_f64(_mm_add_sd(f, _mm_unpackhi_pd(f, f)));
}

/* 8 lanes */
typedef __m256 hvec;
INLINE hvec h_set(float a) { return _mm256_set1_ps(a); }
INLINE hvec h_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE hvec h_load_part(const float *p, size_t n) { return _mm256_maskz_loadu_ps((__mmask8)m_first(n), p); }
INLINE void h_store(float *p, hvec a) { _mm256_storeu_ps(p, a); }
INLINE void h_store_part(float *p, hvec a, size_t n) { _mm256_mask_storeu_ps(p, (__mmask8)m_first(n), a); }
INLINE hvec h_keep(hvec a)
{
    __asm__("" : "+v"(a));
    return a;
}
INLINE hvec h_add(hvec a, hvec b) { return _mm256_add_ps(a, b); }
INLINE hvec h_fma(hvec a, hvec b, hvec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE hvec h_relu(hvec a) { return _mm256_max_ps(a, _mm256_setzero_ps()); }
#endif
