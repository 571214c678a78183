/* VEC_LANES float lanes in plain C: the meaning of every wrapper that simd_avx2.h and simd_avx512.h repeat.
 *
 * Kernel bodies are written once on these names and compiled per instruction set; each operation is exact
 * IEEE-754, so the bits agree. `part` loads and stores touch the first n lanes only (n <= VEC_LANES);
 * a part load fills the others with +0. Comparisons with NaN are false. */
#ifndef ASSAY_KERN_SIMD_H
#define ASSAY_KERN_SIMD_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef VEC_LANES
#define VEC_LANES 16
#endif
#define INLINE static inline __attribute__((unused)) /* forced inlining of arrays takes minutes to compile */
#define EACH for (int i = 0; i < VEC_LANES; i++)

typedef struct { float v[VEC_LANES]; } vec;
typedef struct { int32_t v[VEC_LANES]; } veci;
typedef struct { double v[VEC_LANES]; } vecd;
typedef struct { uint8_t v[VEC_LANES]; } mask;

INLINE vec v_set(float a) { vec r; EACH r.v[i] = a; return r; }
INLINE vec v_load(const float *p) { vec r; EACH r.v[i] = p[i]; return r; }
INLINE vec v_load_part(const float *p, size_t n) { vec r; EACH r.v[i] = (size_t)i < n ? p[i] : 0; return r; }
INLINE void v_store(float *p, vec a) { EACH p[i] = a.v[i]; }
INLINE void v_store_part(float *p, vec a, size_t n) { EACH if ((size_t)i < n) p[i] = a.v[i]; }

INLINE vec v_add(vec a, vec b) { EACH a.v[i] += b.v[i]; return a; }
INLINE vec v_sub(vec a, vec b) { EACH a.v[i] -= b.v[i]; return a; }
INLINE vec v_mul(vec a, vec b) { EACH a.v[i] *= b.v[i]; return a; }
INLINE vec v_div(vec a, vec b) { EACH a.v[i] /= b.v[i]; return a; }
INLINE vec v_fma(vec a, vec b, vec c) { EACH a.v[i] = fmaf(a.v[i], b.v[i], c.v[i]); return a; }   /* a*b + c */
INLINE vec v_fnma(vec a, vec b, vec c) { EACH a.v[i] = fmaf(-a.v[i], b.v[i], c.v[i]); return a; } /* c - a*b */
INLINE vec v_relu(vec a) { EACH a.v[i] = a.v[i] > 0 ? a.v[i] : 0; return a; }                   /* NaN: 0 */
INLINE vec v_abs(vec a) { EACH a.v[i] = fabsf(a.v[i]); return a; }
INLINE vec v_neg(vec a) { EACH a.v[i] = -a.v[i]; return a; }
INLINE vec v_copysign(vec a, vec b) { EACH a.v[i] = copysignf(a.v[i], b.v[i]); return a; }

INLINE mask v_less(vec a, vec b) { mask r; EACH r.v[i] = a.v[i] < b.v[i]; return r; }
INLINE mask v_less_equal(vec a, vec b) { mask r; EACH r.v[i] = a.v[i] <= b.v[i]; return r; }
INLINE mask v_equal(vec a, vec b) { mask r; EACH r.v[i] = a.v[i] == b.v[i]; return r; }
INLINE mask v_nan(vec a) { mask r; EACH r.v[i] = a.v[i] != a.v[i]; return r; }
INLINE mask m_and(mask a, mask b) { EACH a.v[i] &= b.v[i]; return a; }
INLINE mask m_or(mask a, mask b) { EACH a.v[i] |= b.v[i]; return a; }
INLINE mask m_and_not(mask a, mask b) { EACH a.v[i] = a.v[i] && !b.v[i]; return a; }               /* a and not b */
INLINE mask m_first(size_t n) { mask r; EACH r.v[i] = (size_t)i < n; return r; }
INLINE vec v_select(mask m, vec a, vec b) { EACH a.v[i] = m.v[i] ? a.v[i] : b.v[i]; return a; }    /* m ? a : b */

INLINE veci vi_set(int32_t a) { veci r; EACH r.v[i] = a; return r; }
INLINE veci vi_add(veci a, veci b) { EACH a.v[i] = (int32_t)((uint32_t)a.v[i] + (uint32_t)b.v[i]); return a; }
INLINE veci vi_sub(veci a, veci b) { EACH a.v[i] = (int32_t)((uint32_t)a.v[i] - (uint32_t)b.v[i]); return a; }
INLINE veci vi_and(veci a, veci b) { EACH a.v[i] &= b.v[i]; return a; }
INLINE veci vi_shift_left(veci a, int n) { EACH a.v[i] = (int32_t)((uint32_t)a.v[i] << n); return a; }
INLINE veci vi_shift_right(veci a, int n) { EACH a.v[i] >>= n; return a; }                         /* arithmetic */
INLINE vec v_from_int(veci a) { vec r; EACH r.v[i] = (float)a.v[i]; return r; }
INLINE veci vi_bits(vec a) { veci r; memcpy(&r, &a, sizeof r); return r; }
INLINE vec v_from_bits(veci a) { vec r; memcpy(&r, &a, sizeof r); return r; }

INLINE vecd d_zero(void) { vecd r; EACH r.v[i] = 0; return r; }
INLINE vecd d_from(vec a) { vecd r; EACH r.v[i] = (double)a.v[i]; return r; }
INLINE vecd d_add(vecd a, vecd b) { EACH a.v[i] += b.v[i]; return a; }
INLINE vecd d_sub(vecd a, vecd b) { EACH a.v[i] -= b.v[i]; return a; }
INLINE vecd d_abs(vecd a) { EACH a.v[i] = fabs(a.v[i]); return a; }
INLINE vecd d_fma(vecd a, vecd b, vecd c) { EACH a.v[i] = fma(a.v[i], b.v[i], c.v[i]); return a; }

/* The tree of kern.h: (i, i+8), (i, i+4), (i, i+2), (i, i+1). */
INLINE float v_tree_add(vec a)
{
    for (int half = VEC_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) a.v[i] += a.v[i + half];
    return a.v[0];
}
INLINE double d_tree_add(vecd a)
{
    for (int half = VEC_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) a.v[i] += a.v[i + half];
    return a.v[0];
}
#undef EACH
#endif
