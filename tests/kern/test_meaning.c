/* What the slots compute, against definitions written independently in double precision, for every level. */
#define _DEFAULT_SOURCE
#include <cblas.h>
#include "tests/kern/check.h"

#define EACH_TABLE                                                                                                     \
    struct kern table;                                                                                                 \
    const struct kern *const k = &table;                                                                               \
    check_setup();                                                                                                     \
    for (int cpu = 0; cpu <= (int)kern_cpu_detect() && (kern_init(&table, (enum kern_cpu)cpu), 1); cpu++)

Test(kern_meaning, gemm_agrees_with_openblas)
{
    static const size_t sizes[][3] = {{1, 10, 17}, {7, 33, 100}, {64, 48, 256}, {61, 70, 301}};
    static float a[64 * 301], b[301 * 70], packed[301 * 80], got[64 * 70], want[64 * 70];
    EACH_TABLE for (size_t i = 0; i < 4; i++)
    {
        const size_t m = sizes[i][0], n = sizes[i][1], depth = sizes[i][2], zero = 0;
        const struct kern_gemm g = {.a = a,
                                    .b = packed,
                                    .c = got,
                                    .count = {1, 1, m},
                                    .a_step = {0, 0, depth},
                                    .c_step = {0, 0, n},
                                    .n = n,
                                    .segments = 1,
                                    .segment_length = depth,
                                    .segment_offset = &zero};
        check_fill(a, m * depth, FILL_UNIFORM);
        check_fill(b, depth * n, FILL_UNIFORM);
        kern_pack(depth, n, b, n, 1, packed);
        k->gemm(&g);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)m, (int)n, (int)depth, 1, a, (int)depth, b, (int)n,
                    0, want, (int)n);
        for (size_t e = 0; e < m * n; e++)
            cr_assert(fabs((double)want[e] - (double)got[e]) <= 2e-7 * (double)depth, "%s: %zu: %g %g", k->name, e,
                      (double)want[e], (double)got[e]);
    }
}

/* A 3x3 convolution of two images by segments equals the sum over its taps. */
Test(kern_meaning, gemm_segments_are_a_convolution)
{
    enum { H = 5, W = 6, C = 3, N = 19, K = 9 * C };
    static float image[2][H + 2][W + 2][C], weight[3][3][C][N], packed[K * 32], bias[N], got[2][H][W][N];
    const size_t offset[3] = {0, (W + 2) * C, 2 * (W + 2) * C};
    const struct kern_gemm g = {.a = &image[0][0][0][0],
                                .b = packed,
                                .c = &got[0][0][0][0],
                                .count = {2, H, W},
                                .a_step = {(H + 2) * (W + 2) * C, (W + 2) * C, C},
                                .c_step = {H * W * N, W * N, N},
                                .n = N,
                                .segments = 3,
                                .segment_length = 3 * C,
                                .segment_offset = offset,
                                .finish = {.bias = bias, .relu = 1}};
    EACH_TABLE
    {
        check_fill(&image[0][0][0][0], sizeof image / sizeof(float), FILL_UNIFORM);
        check_fill(&weight[0][0][0][0], sizeof weight / sizeof(float), FILL_UNIFORM);
        check_fill(bias, N, FILL_UNIFORM);
        kern_pack(K, N, &weight[0][0][0][0], N, 1, packed);
        k->gemm(&g);
        for (int i = 0; i < 2 * H * W * N; i++) {
            int o = i % N, x = i / N % W, y = i / N / W % H, s = i / N / W / H;
            double sum = (double)bias[o];
            for (int t = 0; t < K; t++)
                sum += (double)image[s][y + t / (3 * C)][x + t / C % 3][t % C] *
                       (double)weight[t / (3 * C)][t / C % 3][t % C][o];
            cr_assert(fabs((sum > 0 ? sum : 0) - (double)got[s][y][x][o]) < 1e-5, "%s: %d", k->name, i);
        }
    }
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double clip(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
static const struct kern_function_params params = {0.7f, 0.3f, 0.4f};

static double exact(int f, double x)
{
    const double a = (double)params.a, b = (double)params.b, c = (double)params.c, pi = 3.14159265358979323846;
    switch (f) {
    case KERN_RELU: return x > 0 ? x : 0;
    case KERN_LEAKY_RELU: return x > 0 ? x : a * x;
    case KERN_RELU_CLIP: return x > c ? clip(x, c, a) : b * (x - c);
    case KERN_ELU: return x > 0 ? x : a * expm1(x);
    case KERN_SELU: return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x));
    case KERN_SIGMOID: return sigmoid(x);
    case KERN_TANH: return tanh(x);
    case KERN_SOFTPLUS: return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
    case KERN_SOFTSIGN: return x / (1 + fabs(x));
    case KERN_EXPONENTIAL: return exp(x);
    case KERN_SILU: return x * sigmoid(x);
    case KERN_GELU: return 0.5 * x * (1 + erf(x / sqrt(2)));
    case KERN_GELU_TANH: return 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)));
    case KERN_MISH: return x * tanh(log1p(exp(x)));
    case KERN_HARD_SIGMOID: return clip(a * x + b, 0, 1);
    case KERN_HARD_SILU: return x * clip(x / 6 + 0.5, 0, 1);
    default: return x;
    }
}

Test(kern_meaning, functions_and_gradients_follow_their_formulas)
{
    EACH_TABLE for (int f = 0; f < KERN_FUNCTIONS; f++) for (int i = 0; i < 500; i++)
    {
        const float x = check_value(FILL_UNIFORM) * (i % 2 ? 12 : 2), dy = 1.25f;
        const double h = 1e-6, slope = (exact(f, (double)x + h) - exact(f, (double)x - h)) / (2 * h);
        const double scale = 1 + fabs((double)x);
        float y, dx;
        k->function((enum kern_function)f, &params, 1, &x, &y);
        k->function_backward((enum kern_function)f, &params, 1, &x, &y, &dy, &dx);
        cr_assert(fabs((double)y - exact(f, (double)x)) <= 4e-7 * (scale + fabs((double)y)), "%s function %d at %a: %a",
                  k->name, f, (double)x, (double)y);
        cr_assert(fabs((double)dx - 1.25 * slope) <= 2e-5 * (1 + fabs(slope)), "%s gradient %d at %a: %a", k->name, f,
                  (double)x, (double)dx);
    }
}

Test(kern_meaning, saturated_gradients_do_not_vanish)
{
    static const enum kern_function saturating[] = {KERN_SIGMOID, KERN_TANH, KERN_ELU};
    static const float at[] = {30, 14, -40};
    EACH_TABLE for (int i = 0; i < 3; i++)
    {
        const struct kern_function_params one = {1, 0, 0};
        float y, dx, dy = 1;
        k->function(saturating[i], &one, 1, &at[i], &y);
        k->function_backward(saturating[i], &one, 1, &at[i], &y, &dy, &dx);
        cr_assert(fabsf(y) == 1 && dx > 0);
    }
}

/* The tree of kern.h, written out. */
Test(kern_meaning, sums_use_the_lanes_and_the_tree)
{
    float x[61], z[61];
    EACH_TABLE for (size_t n = 0; n <= 61; n++)
    {
        float lane[16] = {0};
        double wide[16] = {0};
        check_fill(x, n, FILL_WIDE);
        check_fill(z, n, FILL_WIDE);
        for (size_t i = 0; i < n; i++) {
            lane[i % 16] += x[i];
            wide[i % 16] += (double)x[i] * (double)z[i];
        }
        for (size_t half = 8; half > 0; half /= 2)
            for (size_t i = 0; i < half; i++) {
                lane[i] += lane[i + half];
                wide[i] += wide[i + half];
            }
        cr_assert(k->sum(n, x) == lane[0] && k->dot(n, x, z) == wide[0], "%s n %zu", k->name, n);
    }
}

Test(kern_meaning, distances_and_maxima)
{
    float x[50], z[50];
    EACH_TABLE for (size_t n = 1; n <= 50; n++)
    {
        double d2 = 0, d1 = 0, size = 0;
        check_fill(x, n, FILL_UNIFORM);
        check_fill(z, n, n % 2 ? FILL_UNIFORM : FILL_WIDE);
        for (size_t i = 0; i < n; i++) {
            const double d = (double)x[i] - (double)z[i];
            d2 += d * d;
            d1 += fabs(d);
            size = fmax(size, fabs((double)x[i]));
        }
        cr_assert(fabs(k->distance2(n, x, z) - d2) <= 1e-13 * d2 && fabs(k->distance1(n, x, z) - d1) <= 1e-13 * d1);
        cr_assert((double)k->maximum_magnitude(n, x) == size);
        x[n / 2] = NAN;
        cr_assert(isnan(k->maximum_magnitude(n, x)));
    }
}

Test(kern_meaning, softmax_and_logsumexp)
{
    float z[40], p[40], dy[40], dx[40];
    EACH_TABLE for (size_t n = 2; n <= 40; n++)
    {
        double total = 0, rest = 0, mean = 0;
        const size_t skip = n / 3;
        check_fill(z, n, FILL_WIDE);
        check_fill(dy, n, FILL_UNIFORM);
        k->softmax(1, n, z, p);
        k->softmax_backward(1, n, p, dy, dx);
        for (size_t i = 0; i < n; i++) {
            total += exp((double)z[i]);
            rest += i == skip ? 0 : exp((double)z[i]);
            mean += (double)p[i] * (double)dy[i];
        }
        for (size_t i = 0; i < n; i++) {
            cr_assert(fabs((double)p[i] * total - exp((double)z[i])) <= 1e-5 * exp((double)z[i])); /* z - max rounds */
            cr_assert(fabs((double)dx[i] - (double)p[i] * ((double)dy[i] - mean)) <= 1e-6);
        }
        cr_assert(fabs((double)k->logsumexp(n, z, skip) - log(rest)) <= 1e-6 * (1 + fabs(log(rest))));
        cr_assert(fabs((double)k->logsumexp(n, z, n) - log(total)) <= 1e-6 * (1 + fabs(log(total))));
        cr_assert(k->logsumexp(1, z, 0) == -INFINITY);
    }
}

Test(kern_meaning, max_pool_sends_the_gradient_to_the_first_maximum)
{
    const struct kern_pool p = {.n = 1,
                                .height = 2,
                                .width = 3,
                                .channels = 1,
                                .out_height = 1,
                                .out_width = 2,
                                .pool = {2, 2},
                                .stride = {1, 1},
                                .before = {0, 0}};
    const float x[] = {1, 5, 5, 5, 2, 5}, dy[] = {3, 7};
    float y[2], dx[6];
    EACH_TABLE
    {
        k->max_pool(&p, x, y);
        k->max_pool_backward(&p, x, y, dy, dx);
        const float want[] = {0, 10, 0, 0, 0, 0}; /* both windows meet their maximum first in the top row */
        cr_assert(y[0] == 5 && y[1] == 5 && memcmp(dx, want, sizeof want) == 0, "%s", k->name);
    }
}

Test(kern_meaning, average_pool_counts_real_cells_only)
{
    const struct kern_pool p = {.n = 1,
                                .height = 2,
                                .width = 2,
                                .channels = 1,
                                .out_height = 2,
                                .out_width = 2,
                                .pool = {2, 2},
                                .stride = {1, 1},
                                .before = {1, 1}};
    const float x[] = {1.5f, 2.5f, 4, 8}, want[] = {1.5f, 2, 2.75f, 4}, dy[] = {1, 2, 4, 8}, want_dx[] = {6, 3, 4, 2};
    float y[4], dx[4];
    EACH_TABLE
    {
        k->average_pool(&p, x, y);
        k->average_pool_backward(&p, dy, dx);
        cr_assert(memcmp(y, want, sizeof want) == 0 && memcmp(dx, want_dx, sizeof want_dx) == 0, "%s", k->name);
    }
}

Test(kern_meaning, attack_steps)
{
    const float g[] = {2, -3, 0, NAN, 5, -0.0f}, low[] = {0, 0, 0, 0, 0, 0}, high[] = {1, 1, 1, 1, 0.6f, 1};
    const float signed_step[] = {0.75f, 0.25f, 0.5f, 0.5f, 0.6f, 0.5f}, along[] = {0.75f, 0.125f, 0.5f, 0, 0.6f, 0.5f},
                half[] = {0.75f, 0.25f};
    EACH_TABLE
    {
        float a[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f}, b[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f},
              c[] = {0.5f, 0.5f};
        const float x0[] = {1, 0}, unit[] = {1, 1};
        k->step_sign(6, 0.25f, g, low, high, a);
        k->step_along(6, 0.125f, g, low, high, b);
        k->shrink_towards(2, 0.5f, x0, low, unit, c);
        cr_assert(memcmp(a, signed_step, sizeof a) == 0 && memcmp(b, along, sizeof b) == 0 &&
                      memcmp(c, half, sizeof c) == 0,
                  "%s", k->name);
    }
}

Test(kern_meaning, affine_transpose)
{
    const float x[] = {1, 2, 3, 4, 5, 6}, factor[] = {2, 3, 5}, shift[] = {0.5f, 0.25f, 0.125f};
    const float want[] = {2.5f, 6.25f, 15.125f, 8.5f, 15.25f, 30.125f}, turned[] = {1, 4, 2, 5, 3, 6};
    EACH_TABLE
    {
        float y[6], t[6];
        k->affine(2, 3, x, factor, shift, y);
        k->transpose(2, 3, x, 3, t, 2);
        cr_assert(memcmp(y, want, sizeof y) == 0 && memcmp(t, turned, sizeof t) == 0, "%s", k->name);
    }
}

Test(kern_meaning, levels)
{
    static const char *const names[] = {"scalar", "avx2", "avx512"};
    enum kern_cpu parsed;
    cr_assert(kern_cpu_parse("sse9", &parsed) != 0);
    cr_assert(kern_cpu_parse("auto", &parsed) == 0 && parsed == kern_cpu_detect());
    for (int i = 0; i < 3; i++) cr_assert(kern_cpu_parse(names[i], &parsed) == 0 && (int)parsed == i);
    EACH_TABLE
    {
        cr_assert((int)k->isa == cpu && strcmp(k->name, names[cpu]) == 0);
        cr_assert(kern_peak_gflops(k, 0.01) > 0.01);
    }
}

Test(kern_meaning, packing)
{
    const float b[] = {11, 12, 13, 21, 22, 23}; /* k = 2, n = 3 */
    float packed[32];
    cr_assert(kern_packed_size(2, 3) == 32 && kern_packed_size(5, 17) == 160);
    kern_pack(2, 3, b, 3, 1, packed);
    for (size_t i = 0; i < 32; i++) cr_assert(packed[i] == (i % 16 < 3 ? b[i / 16 * 3 + i % 16] : 0));
}
