/* The kernel table: every numeric inner loop of assay, in one variant per instruction set.
 *
 * `kern_init` fills the table with the scalar variant, then lets AVX2+FMA override what it has, then
 * AVX-512; a slot that is not overridden falls through. Pass `const struct kern *` down; there is no
 * global and no per-call test of the CPU.
 *
 * Numerics (assay-f32-v2). Every variant of a slot gives the same bits:
 *  - A GEMM-like output element is ONE chain of float32 fused multiply-adds, k ascending from +0, the
 *    bias added last, then what is fused behind it (kern_finish). Vectors run across outputs, never across k.
 *    (ReLU is `x > 0 ? x : 0`; so -0 and NaN become +0.)
 *  - Other float reductions use 16 lanes: lane i takes elements i, i+16, i+32 ... in order (a missing
 *    tail element takes no part), then lanes are combined by the tree (i, i+8), (i, i+4), (i, i+2), (i, i+1).
 *  - exp, log, tanh, erf ... are defined by their operation sequence (engine/kern/functions.h).
 * Lengths are in elements. No kernel reads or writes outside the arrays it is given, except where a
 * packed array is documented as padded. No alignment is required (64 bytes is faster).
 *
 * Source of the table design: dav1d's dsp contexts (one struct of pointers, C first, ISA overrides). */
#ifndef ASSAY_KERN_KERN_H
#define ASSAY_KERN_KERN_H
#include <stddef.h>
#include <stdint.h>

#define KERN_LANES 16 /* columns of a packed panel, lanes of a reduction */

enum kern_cpu { KERN_CPU_SCALAR = 0, KERN_CPU_AVX2 = 1, KERN_CPU_AVX512 = 2 }; /* each contains the former */

/* Element-wise functions with a derivative. `a`, `b` are the function's parameters. */
enum kern_function {
    KERN_LINEAR,
    KERN_RELU /* x>0?x:0 */,
    KERN_LEAKY_RELU /* x>0?x:a*x */,
    KERN_RELU_CLIP /* Keras ReLU: max a (INFINITY: none), slope b, threshold c */,
    KERN_ELU /* x>0?x:a*(exp x - 1) */,
    KERN_SELU,
    KERN_SIGMOID,
    KERN_TANH,
    KERN_SOFTPLUS,
    KERN_SOFTSIGN,
    KERN_EXPONENTIAL,
    KERN_SILU,
    KERN_GELU /* erf form */,
    KERN_GELU_TANH,
    KERN_MISH,
    KERN_HARD_SIGMOID /* clip(a*x+b,0,1) */,
    KERN_HARD_SILU /* x*clip(x/6+.5,0,1) */,
    KERN_FUNCTIONS
};
struct kern_function_params { float a, b, c; };

/* What becomes of a chain's sum, in this order: + bias, * scale + shift (one fma), ReLU. */
struct kern_finish {
    const float *bias;          /* of each column; NULL: none */
    const float *scale, *shift; /* of each column, or both NULL */
    int relu;
};

/* Segmented GEMM: dense layers, and convolutions without an im2col buffer.
 *
 * Output row r = (i, j, l), i < count[0], j < count[1], l < count[2], is at
 *     c + i*c_step[0] + j*c_step[1] + l*c_step[2]            [n] floats
 * and reads, for segment s, segment_length floats at
 *     a + i*a_step[0] + j*a_step[1] + l*a_step[2] + segment_offset[s].
 * Float i of segment s meets row segment_row[s] + i of b; k ascends over the segments, then i.
 * c[col] = finish(sum over k of a_k * b_k[col]). Sums may wait in c meanwhile: its rows overlap neither each other nor
 * what is read.
 * A dense layer has one segment; a convolution one a kernel row, or one a tap. Where the border of an image cuts taps
 * off, only some rows of b take part. */
struct kern_gemm {
    const float *a;
    const float *b;               /* packed: kern_pack, panels of 16 columns, [ceil(n/16)][b_rows][16] */
    float *c;
    size_t count[3];
    size_t a_step[3], c_step[3];
    size_t n;                     /* columns (outputs) */
    size_t segments, segment_length;
    const size_t *segment_offset; /* [segments] */
    size_t b_rows;                /* 0: segments * segment_length */
    const size_t *segment_row;    /* [segments]; NULL: s * segment_length */
    struct kern_finish finish;    /* of n columns */
};

/* Convolution to few output channels (n <= 8), vectorised along x: the input gradient of a first layer.
 * The input is planar: channel ch at a + ch*plane, row y at + y*row. Output NHWC.
 *   c[y*c_step[0] + x*c_step[1] + o] = sum over taps t, channels ch of a[ch*plane + y*row + x + tap[t]] * b[(t*channels
 * + ch)*n + o] Each row may be read up to 15 floats behind its last needed one: the caller pads the planes. */
struct kern_planar {
    const float *a;
    const float *b;
    float *c;
    size_t height, width;         /* of the output */
    size_t plane, row;            /* steps of the input; x step is 1 */
    size_t channels, taps, n;
    const size_t *tap;            /* [taps] offsets */
    size_t c_step[2];
};

/* Depthwise: as kern_gemm's rows, but channel ch sees only itself.
 *   c[r][ch] = finish(sum over taps t of a[r + tap[t]][ch] * b[t*channels + ch]) */
struct kern_depthwise {
    const float *a, *b;
    float *c;
    size_t count[3];
    size_t a_step[3], c_step[3];
    size_t channels, taps;
    const size_t *tap;
    struct kern_finish finish; /* of the channels */
};

/* Pooling windows, channels last. Cells outside the image take no part; each window holds at least one inside. */
struct kern_pool {
    size_t n, height, width, channels;         /* input */
    size_t out_height, out_width;
    size_t pool[2], stride[2], before[2];      /* before: padding at top, left */
};

struct kern {
    enum kern_cpu isa;
    const char *name; /* "scalar", "avx2", "avx512" */

    void (*gemm)(const struct kern_gemm *g);
    /* The same product in bfloat16, for searches whose finds are decided by `gemm`; NULL where the processor has no
     * instruction for it. Both factors are rounded to bfloat16 (to nearest even), the sums are float32, denormals are
     * zeros, products with k < 32 stay in float32. The bits of a row depend neither on the other rows nor on its place,
     * but on the instruction, which `bf16` names: VDPBF16PS adds the second product of each pair of k, then the first,
     * to one chain; TDPBF16PS makes a chain of the first and one of the second over 32 k, and adds their sum. */
    void (*gemm_bf16)(const struct kern_gemm *g);
    const char *bf16; /* "avx512_bf16", "amx_bf16", or NULL */

    void (*planar)(const struct kern_planar *p);
    void (*depthwise)(const struct kern_depthwise *d);

    /* y may equal x; p may be NULL for functions without parameters. backward: dx = dy * f'(x); dx may equal dy.
     * The derivative is taken from x for every function (y * (1 - y) would round to 0 where a sigmoid does not);
     * y is not read at present and may be NULL, so forward may run in place only if x is kept elsewhere
     * (ReLU in place: relu_mask). At -inf and +inf the products (SiLU, GELU, Mish, softsign) follow their formula. */
    void (*function)(enum kern_function f, const struct kern_function_params *p, size_t n, const float *x, float *y);
    void (*function_backward)(enum kern_function f, const struct kern_function_params *p, size_t n, const float *x,
                              const float *y, const float *dy, float *dx);
    /* y[r][ch] = fma(x[r][ch], scale[ch], shift[ch]); shift NULL: x * scale. y may equal x. */
    void (*affine)(size_t rows, size_t channels, const float *x, const float *scale, const float *shift, float *y);
    /* y = (gate > 0 ? dy : +0) * scale[ch]: back through affine and a ReLU behind it. gate NULL: dy * scale. */
    void (*gated_scale)(size_t rows, size_t channels, const float *gate, const float *dy, const float *scale, float *y);
    void (*add)(size_t n, const float *x, const float *z, float *y);
    void (*subtract)(size_t n, const float *x, const float *z, float *y);
    void (*multiply)(size_t n, const float *x, const float *z, float *y);
    void (*maximum)(size_t n, const float *x, const float *z, float *y); /* z <= x ? x : z */
    void (*minimum)(size_t n, const float *x, const float *z, float *y); /* x <= z ? x : z */
    void (*scale)(size_t n, float a, const float *x, float *y);
    /* y = dy where gate > 0, else +0 (the mask of a fused ReLU) */
    void (*relu_mask)(size_t n, const float *gate, const float *dy, float *y);
    /* out[col*out_step + row] = in[row*in_step + col] */
    void (*transpose)(size_t rows, size_t cols, const float *in, size_t in_step, float *out, size_t out_step);

    void (*max_pool)(const struct kern_pool *p, const float *x, float *y);
    void (*max_pool_backward)(const struct kern_pool *p, const float *x, const float *y, const float *dy,
                              float *dx); /* to the first maximum; dx overwritten */
    void (*average_pool)(const struct kern_pool *p, const float *x,
                         float *y); /* sum in row-major order, then divided by the number of real cells */
    void (*average_pool_backward)(const struct kern_pool *p, const float *dy, float *dx);

    /* Reductions over one vector. Maxima give NaN if an element is NaN. */
    float (*sum)(size_t n, const float *x);
    float (*maximum_magnitude)(size_t n, const float *x);               /* max |x_i|, 0 for n = 0 */
    double (*dot)(size_t n, const float *x,
                  const float *z); /* exact products in double, 16 double lanes, the same tree */
    double (*distance2)(size_t n, const float *x, const float *z);      /* sum of (x-z)^2, in double, same lanes */
    double (*distance1)(size_t n, const float *x, const float *z);      /* sum of |x-z|, in double, same lanes */

    /* One row of k logits. p = softmax (max subtracted, 16-lane sum). */
    void (*softmax)(size_t rows, size_t k, const float *z, float *p);
    /* y = softmax(x): dx = y * (dy - sum(dy * y)) a row */
    void (*softmax_backward)(size_t rows, size_t k, const float *y, const float *dy, float *dx);

    /* log(sum over i < k, i != skip, of exp(z_i)); skip >= k: all. -inf if nothing is left. */
    float (*logsumexp)(size_t k, const float *z, size_t skip);

    /* Attack steps over one sample of d values. The clamp puts NaN to `lower`: results are always in the box.
     * adv = clamp(adv + step * sign(g), lower, upper), sign(0) = 0 */
    void (*step_sign)(size_t d, float step, const float *g, const float *lower, const float *upper, float *adv);
    /* adv = clamp(adv + step * g, lower, upper), one fma then the clamp */
    void (*step_along)(size_t d, float step, const float *g, const float *lower, const float *upper, float *adv);
    /* adv = clamp(x0 + factor * (adv - x0), lower, upper) */
    void (*shrink_towards)(size_t d, float factor, const float *x0, const float *lower, const float *upper, float *adv);
    void (*clamp)(size_t d, const float *lower, const float *upper, float *x);

    /* `rounds` times KERN_BURST_FLOPS operations of independent FMAs; see kern_peak_gflops. */
    float (*fma_burst)(size_t rounds);
};
#define KERN_BURST_FLOPS 12288 /* 2 operations x 16 lanes x 384: whole rounds for 1, 6 and 12 chains */

/* The best level this processor and operating system (XGETBV) support. */
enum kern_cpu kern_cpu_detect(void);
/* Level named "scalar", "avx2", "avx512" or "auto"; returns nonzero if the name is unknown. */
int kern_cpu_parse(const char *name, enum kern_cpu *out);
/* Fill the table with the variants up to `limit` that the processor has. */
void kern_init(struct kern *k, enum kern_cpu limit);

/* A table for searches: that of `k`, with gemm_bf16 (not NULL) in the place of gemm. */
void kern_search(const struct kern *k, struct kern *search);
/* Nonzero if `k` is such a table. */
int kern_is_search(const struct kern *k);

/* Single values, with the bits of the vector forms. Errors at most 2 ulp; special values as IEEE wants them. */
float kern_exp(float x);
float kern_expm1(float x);
float kern_log(float x);
float kern_log1p(float x);
float kern_tanh(float x);
float kern_erf(float x);
float kern_sigmoid(float x);
float kern_softplus(float x);

/* Measured FMA peak of one thread at the table's instruction set, in GFLOP/s (1e9 multiplications and
 * additions a second), within about `seconds`. */
double kern_peak_gflops(const struct kern *k, double seconds);

/* Floats of a packed [k, n] matrix: ceil(n/16)*16*k. */
size_t kern_packed_size(size_t k, size_t n);
/* Pack b[kk*k_step + col*n_step], kk < k, col < n, into panels of 16 columns; missing columns are 0. */
void kern_pack(size_t k, size_t n, const float *b, size_t k_step, size_t n_step, float *packed);

#endif
