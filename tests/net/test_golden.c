/* Whole nets in several Keras layouts against torch float64 (tests/golden/make_nets.py), and that batches cannot be
 * seen. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/io/h5.h"
#include "tests/net/support.h"

#define FOLDER "tests/golden/nets/"
#define TOLERANCE 1e-5

enum form { WHOLE, ARCHIVE, PARTS };

struct name {
    char text[32];
    enum form form;
};

static struct name names[] = {
    {"sequential_list", WHOLE}, {"sequential_dict", WHOLE}, {"sequential_mixed", WHOLE}, {"functional_k20", WHOLE},
    {"functional_reversed", WHOLE}, {"functional_k3", WHOLE}, {"table_sigmoid", WHOLE}, {"random_0", WHOLE},
    {"random_1", WHOLE}, {"random_2", WHOLE}, {"random_3", WHOLE}, {"random_4", WHOLE}, {"random_5", WHOLE},
    {"split_relu", WHOLE}, {"nested_twins", WHOLE}, {"nested_twins_k20", WHOLE}, {"nested_twins_k3", WHOLE},
    {"nested_frozen", WHOLE}, {"nested_trained", WHOLE}, {"nested_names", WHOLE}, {"nested_branches", WHOLE},
    {"nested_branches_k3", WHOLE}, {"recurrent", WHOLE}, {"recurrent_nested", WHOLE},
    {"keras1_sequential", WHOLE}, {"keras1_functional", WHOLE}, {"first_residual", WHOLE},
    {"first_flatten", WHOLE}, {"first_mixed", WHOLE}, {"first_scores", WHOLE}, {"archive_k3", ARCHIVE},
    {"archive_nested", ARCHIVE}, {"archive_recurrent", ARCHIVE}, {"archive_tf", ARCHIVE}, {"parts_tf", PARTS},
    {"parts_k3", PARTS}};

struct golden {
    struct net *net;
    size_t n, d, k;
    float *x, *logits, *loss, *gradient;
    int32_t *y;
};

static float *read_floats(struct h5 *f, const char *dataset, size_t n)
{
    struct err e = {0};
    float *v = malloc((n + 1) * sizeof *v);
    cr_assert_eq(h5_read_f32(f, dataset, n, v, &e), 0, "%s", e.text);
    return v;
}

/* The model is in one file with the golden values, or they are in a file of their own. */
static struct net *load(const struct name *name)
{
    static const char *const end[] = {".h5", ".keras", ".weights.h5"};
    char path[96], architecture[96];
    struct net_preprocess pre = {.architecture = name->form == PARTS ? architecture : NULL};
    struct net *net;
    struct err e = {0};
    snprintf(path, sizeof path, FOLDER "%s%s", name->text, end[name->form]);
    snprintf(architecture, sizeof architecture, FOLDER "%s.json", name->text);
    cr_assert_eq(net_load(&net, path, &pre, support_kern(), &e), 0, "%s", e.text);
    cr_assert_eq(net_architecture_sha256(net) != NULL, name->form == PARTS);
    return net;
}

static struct golden golden_open(const struct name *name)
{
    char path[96];
    struct h5 *f;
    struct h5_info info;
    struct err e = {0};
    struct golden g;
    snprintf(path, sizeof path, FOLDER "%s%s", name->text, name->form == WHOLE ? ".h5" : ".golden.h5");
    g.net = load(name);
    g.d = net_input_size(g.net);
    g.k = net_classes(g.net);
    cr_assert_eq(h5_open(path, &f, &e), 0, "%s", e.text);
    cr_assert_eq(h5_info(f, "golden/logits", &info, &e), 0, "%s", e.text);
    cr_assert_eq(info.dim[1], g.k);
    g.n = info.dim[0];
    g.x = read_floats(f, "golden/x", g.n * g.d);
    g.logits = read_floats(f, "golden/logits", g.n * g.k);
    g.loss = read_floats(f, "golden/loss", g.n);
    g.gradient = read_floats(f, "golden/gradient", g.n * g.d);
    g.y = malloc(g.n * sizeof *g.y);
    cr_assert_eq(h5_read_i32(f, "golden/y", g.n, g.y, &e), 0, "%s", e.text);
    h5_close(f);
    return g;
}

static void golden_close(struct golden *g)
{
    net_free(g->net);
    free(g->x);
    free(g->logits);
    free(g->loss);
    free(g->gradient);
    free(g->y);
}

/* Distance of two rows relative to the length of `want`. */
static double relative(size_t n, const float *got, const float *want)
{
    double difference = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        difference += ((double)got[i] - (double)want[i]) * ((double)got[i] - (double)want[i]);
        norm += (double)want[i] * (double)want[i];
    }
    return norm > 0 ? sqrt(difference / norm) : sqrt(difference);
}

ParameterizedTestParameters(net_golden, values)
{
    return cr_make_param_array(struct name, names, sizeof names / sizeof names[0]);
}

ParameterizedTest(struct name *name, net_golden, values)
{
    struct golden g = golden_open(name);
    float *loss = malloc(g.n * sizeof *loss), *gradient = malloc(g.n * g.d * sizeof *gradient);
    float *logits = support_logits(g.net, g.n, g.x, g.y, loss, gradient);
    for (size_t i = 0; i < g.n; i++) {
        double z = relative(g.k, logits + i * g.k, g.logits + i * g.k), l = relative(1, loss + i, g.loss + i);
        double dx = relative(g.d, gradient + i * g.d, g.gradient + i * g.d);
        cr_expect_leq(z, TOLERANCE, "%s: logits %zu differ by %g", name->text, i, z);
        cr_expect_leq(l, TOLERANCE, "%s: loss %zu differs by %g", name->text, i, l);
        cr_expect_leq(dx, TOLERANCE, "%s: gradient %zu differs by %g", name->text, i, dx);
    }
    float *plain = support_logits(g.net, g.n, g.x, NULL, NULL, NULL);
    cr_expect_arr_eq(plain, logits, g.n * g.k * sizeof *plain, "%s: forward alone gives other bits", name->text);
    free(plain);
    free(logits);
    free(loss);
    free(gradient);
    golden_close(&g);
}

/* Samples of `g` in a block of m, sample (i * 3 + 1) % n at place i. */
static void mix(const struct golden *g, size_t m, float *x, int32_t *y)
{
    for (size_t i = 0; i < m; i++) {
        size_t from = (i * 3 + 1) % g->n;
        memcpy(x + i * g->d, g->x + from * g->d, g->d * sizeof *x);
        y[i] = g->y[from];
    }
}

ParameterizedTestParameters(net_golden, batches)
{
    return cr_make_param_array(struct name, names, sizeof names / sizeof names[0]);
}

ParameterizedTest(struct name *name, net_golden, batches)
{
    static const size_t sizes[] = {1, 2, 7, 64, 133};
    struct golden g = golden_open(name);
    float *gradient = malloc(g.n * g.d * sizeof *gradient);
    float *logits = support_logits(g.net, g.n, g.x, g.y, NULL, gradient);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t m = sizes[s];
        float *x = malloc(m * g.d * sizeof *x), *dx = malloc(m * g.d * sizeof *dx);
        int32_t *y = malloc(m * sizeof *y);
        mix(&g, m, x, y);
        float *z = support_logits(g.net, m, x, y, NULL, dx);
        for (size_t i = 0; i < m; i++) {
            size_t from = (i * 3 + 1) % g.n;
            cr_expect_arr_eq(z + i * g.k, logits + from * g.k, g.k * sizeof *z, "%s: logits at %zu of %zu", name->text,
                             i, m);
            cr_expect_arr_eq(dx + i * g.d, gradient + from * g.d, g.d * sizeof *dx, "%s: gradient at %zu of %zu",
                             name->text, i, m);
        }
        free(x);
        free(dx);
        free(y);
        free(z);
    }
    free(logits);
    free(gradient);
    golden_close(&g);
}
