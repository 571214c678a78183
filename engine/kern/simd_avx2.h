/* The wrappers of simd_scalar.h on two 256-bit registers. */
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

typedef struct { __m256 lo, hi; } vec;
typedef struct { __m256i lo, hi; } veci;
typedef struct { __m256d a, b, c, d; } vecd;
typedef struct { __m256 lo, hi; } mask;

/* Lane i of the result is all ones where i < n. */
INLINE __m256i m_below(int32_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* 8 lanes */
typedef __m256 hvec;
INLINE hvec h_set(float a) { return _mm256_set1_ps(a); }
INLINE hvec h_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE hvec h_load_part(const float *p, size_t n) { return _mm256_maskload_ps(p, m_below((int32_t)n)); }
INLINE void h_store(float *p, hvec a) { _mm256_storeu_ps(p, a); }
/* The mask stores of AVX2 take a dozen cycles and more on some processors. */
INLINE void h_store_part(float *p, hvec a, size_t n)
{
    __m128 rest = _mm256_castps256_ps128(a);
    if (n >= 8) {
        _mm256_storeu_ps(p, a);
        return;
    }
    if (n & 4) {
        _mm_storeu_ps(p, rest);
        rest = _mm256_extractf128_ps(a, 1);
        p += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)p, rest);
        rest = _mm_movehl_ps(rest, rest);
        p += 2;
    }
    if (n & 1) _mm_store_ss(p, rest);
}
INLINE hvec h_keep(hvec a)
{
    __asm__("" : "+x"(a));
    return a;
}
INLINE hvec h_add(hvec a, hvec b) { return _mm256_add_ps(a, b); }
INLINE hvec h_fma(hvec a, hvec b, hvec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE hvec h_relu(hvec a) { return _mm256_max_ps(a, _mm256_setzero_ps()); }

INLINE mask m_first(size_t n)
{
    return (mask){_mm256_castsi256_ps(m_below((int32_t)n)), _mm256_castsi256_ps(m_below((int32_t)n - 8))};
}
/* Into the second-level cache; any address will do. */
INLINE void prefetch(uintptr_t address) { _mm_prefetch((const char *)address, _MM_HINT_T1); }
INLINE vec v_set(float a) { return (vec){_mm256_set1_ps(a), _mm256_set1_ps(a)}; }
INLINE vec v_load(const float *p) { return (vec){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
INLINE vec v_load_part(const float *p, size_t n)
{
    return (vec){_mm256_maskload_ps(p, m_below((int32_t)n)), _mm256_maskload_ps(p + 8, m_below((int32_t)n - 8))};
}
/* Keeps a loaded vector in its registers; compilers like to load it again for every use. */
INLINE vec v_keep(vec a)
{
    __asm__("" : "+x"(a.lo), "+x"(a.hi));
    return a;
}
INLINE void v_store(float *p, vec a)
{
    _mm256_storeu_ps(p, a.lo);
    _mm256_storeu_ps(p + 8, a.hi);
}
INLINE void v_store_part(float *p, vec a, size_t n)
{
    if (n < 8) {
        h_store_part(p, a.lo, n);
    } else {
        h_store(p, a.lo);
        h_store_part(p + 8, a.hi, n - 8);
    }
}

INLINE vec v_add(vec a, vec b) { return (vec){_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
INLINE vec v_sub(vec a, vec b) { return (vec){_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
INLINE vec v_mul(vec a, vec b) { return (vec){_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
INLINE vec v_div(vec a, vec b) { return (vec){_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
INLINE vec v_fma(vec a, vec b, vec c)
{
    return (vec){_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}
INLINE vec v_fnma(vec a, vec b, vec c)
{
    return (vec){_mm256_fnmadd_ps(a.lo, b.lo, c.lo), _mm256_fnmadd_ps(a.hi, b.hi, c.hi)};
}
INLINE vec v_relu(vec a)
{
    return (vec){_mm256_max_ps(a.lo, _mm256_setzero_ps()), _mm256_max_ps(a.hi, _mm256_setzero_ps())};
}
INLINE vec v_abs(vec a)
{
    __m256 sign = _mm256_set1_ps(-0.0f);
    return (vec){_mm256_andnot_ps(sign, a.lo), _mm256_andnot_ps(sign, a.hi)};
}
INLINE vec v_neg(vec a)
{
    __m256 sign = _mm256_set1_ps(-0.0f);
    return (vec){_mm256_xor_ps(sign, a.lo), _mm256_xor_ps(sign, a.hi)};
}
INLINE vec v_copysign(vec a, vec b)
{
    __m256 sign = _mm256_set1_ps(-0.0f);
    a = v_abs(a);
    return (vec){_mm256_or_ps(a.lo, _mm256_and_ps(sign, b.lo)), _mm256_or_ps(a.hi, _mm256_and_ps(sign, b.hi))};
}

INLINE mask v_less(vec a, vec b)
{
    return (mask){_mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ)};
}
INLINE mask v_less_equal(vec a, vec b)
{
    return (mask){_mm256_cmp_ps(a.lo, b.lo, _CMP_LE_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_LE_OQ)};
}
INLINE mask v_equal(vec a, vec b)
{
    return (mask){_mm256_cmp_ps(a.lo, b.lo, _CMP_EQ_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_EQ_OQ)};
}
INLINE mask v_nan(vec a)
{
    return (mask){_mm256_cmp_ps(a.lo, a.lo, _CMP_UNORD_Q), _mm256_cmp_ps(a.hi, a.hi, _CMP_UNORD_Q)};
}
INLINE mask m_and(mask a, mask b) { return (mask){_mm256_and_ps(a.lo, b.lo), _mm256_and_ps(a.hi, b.hi)}; }
INLINE mask m_or(mask a, mask b) { return (mask){_mm256_or_ps(a.lo, b.lo), _mm256_or_ps(a.hi, b.hi)}; }
INLINE mask m_and_not(mask a, mask b) { return (mask){_mm256_andnot_ps(b.lo, a.lo), _mm256_andnot_ps(b.hi, a.hi)}; }
INLINE vec v_select(mask m, vec a, vec b)
{
    return (vec){_mm256_blendv_ps(b.lo, a.lo, m.lo), _mm256_blendv_ps(b.hi, a.hi, m.hi)};
}

INLINE veci vi_set(int32_t a) { return (veci){_mm256_set1_epi32(a), _mm256_set1_epi32(a)}; }
INLINE veci vi_add(veci a, veci b) { return (veci){_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)}; }
INLINE veci vi_sub(veci a, veci b) { return (veci){_mm256_sub_epi32(a.lo, b.lo), _mm256_sub_epi32(a.hi, b.hi)}; }
INLINE veci vi_and(veci a, veci b) { return (veci){_mm256_and_si256(a.lo, b.lo), _mm256_and_si256(a.hi, b.hi)}; }
INLINE veci vi_shift_left(veci a, int n) { return (veci){_mm256_slli_epi32(a.lo, n), _mm256_slli_epi32(a.hi, n)}; }
INLINE veci vi_shift_right(veci a, int n) { return (veci){_mm256_srai_epi32(a.lo, n), _mm256_srai_epi32(a.hi, n)}; }
INLINE vec v_from_int(veci a) { return (vec){_mm256_cvtepi32_ps(a.lo), _mm256_cvtepi32_ps(a.hi)}; }
INLINE veci vi_bits(vec a) { return (veci){_mm256_castps_si256(a.lo), _mm256_castps_si256(a.hi)}; }
INLINE vec v_from_bits(veci a) { return (vec){_mm256_castsi256_ps(a.lo), _mm256_castsi256_ps(a.hi)}; }

INLINE vecd d_zero(void)
{
    __m256d z = _mm256_setzero_pd();
    return (vecd){z, z, z, z};
}
INLINE vecd d_from(vec v)
{
    return (vecd){_mm256_cvtps_pd(_mm256_castps256_ps128(v.lo)), _mm256_cvtps_pd(_mm256_extractf128_ps(v.lo, 1)),
                  _mm256_cvtps_pd(_mm256_castps256_ps128(v.hi)), _mm256_cvtps_pd(_mm256_extractf128_ps(v.hi, 1))};
}
INLINE vecd d_add(vecd x, vecd y)
{
    return (vecd){_mm256_add_pd(x.a, y.a), _mm256_add_pd(x.b, y.b), _mm256_add_pd(x.c, y.c), _mm256_add_pd(x.d, y.d)};
}
INLINE vecd d_sub(vecd x, vecd y)
{
    return (vecd){_mm256_sub_pd(x.a, y.a), _mm256_sub_pd(x.b, y.b), _mm256_sub_pd(x.c, y.c), _mm256_sub_pd(x.d, y.d)};
}
INLINE vecd d_abs(vecd x)
{
    __m256d sign = _mm256_set1_pd(-0.0);
    return (vecd){_mm256_andnot_pd(sign, x.a), _mm256_andnot_pd(sign, x.b), _mm256_andnot_pd(sign, x.c),
                  _mm256_andnot_pd(sign, x.d)};
}
INLINE vecd d_fma(vecd x, vecd y, vecd z)
{
    return (vecd){_mm256_fmadd_pd(x.a, y.a, z.a), _mm256_fmadd_pd(x.b, y.b, z.b),
                  _mm256_fmadd_pd(x.c, y.c, z.c), _mm256_fmadd_pd(x.d, y.d, z.d)};
}

INLINE float v_tree_add(vec a)
{
    __m256 e = _mm256_add_ps(a.lo, a.hi);
    __m128 f = _mm_add_ps(_mm256_castps256_ps128(e), _mm256_extractf128_ps(e, 1));
    f = _mm_add_ps(f, _mm_movehl_ps(f, f));
    return _mm_cvtss_f32(_mm_add_ss(f, _mm_movehdup_ps(f)));
}
INLINE double d_tree_add(vecd x)
{
    __m256d e = _mm256_add_pd(_mm256_add_pd(x.a, x.c), _mm256_add_pd(x.b, x.d));
    __m128d f = _mm_add_pd(_mm256_castpd256_pd128(e), _mm256_extractf128_pd(e, 1));
    return _mm_cvtsd_f64(_mm_add_sd(f, _mm_unpackhi_pd(f, f)));
}
#endif
