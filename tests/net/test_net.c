/* Preprocessing, open input shapes, binary heads. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/net/fixture.h"
#include "tests/net/support.h"

#define CONV "tests/golden/nets/sequential_dict.h5"
#define TABLE "tests/golden/nets/table_sigmoid.h5"

static struct net *load(const char *path, const struct net_preprocess *pre)
{
    struct net *net;
    struct err e = {0};
    cr_assert_eq(net_load(&net, path, pre, support_kern(), &e), 0, "%s", e.text);
    return net;
}

static float *noise(size_t n, unsigned seed, float scale)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 16777216.0f * scale;
    }
    return x;
}

Test(net, preprocessing_is_part_of_the_net)
{
    const double mean[3] = {0.4, 0.5, 0.6}, std[3] = {0.25, 0.5, 2};
    const struct net_preprocess pre = {
        .given = 1, .scale = 1 / 255.0, .mean_n = 3, .std_n = 3, .mean = mean, .std = std};
    struct net *plain = load(CONV, NULL), *with = load(CONV, &pre);
    size_t d = net_input_size(plain);
    int32_t y = 1;
    float *x = noise(d, 1, 255), *seen = malloc(d * sizeof *seen), *want = malloc(d * sizeof *want),
          *got = malloc(d * sizeof *got);
    for (size_t i = 0; i < d; i++)
        seen[i] = (float)(((double)x[i] / 255 - mean[i % 3]) / std[i % 3]);
    float *a = support_logits(plain, 1, seen, &y, NULL, want), *b = support_logits(with, 1, x, &y, NULL, got);
    for (size_t j = 0; j < net_classes(plain); j++)
        cr_assert_float_eq((double)a[j], (double)b[j], 1e-5);
    for (size_t i = 0; i < d; i++) {
        double slope = (double)want[i] / 255 / std[i % 3];
        cr_assert_float_eq((double)got[i], slope, 1e-7 + 1e-4 * fabs(slope));
    }
    cr_assert_eq(net_layers(plain), net_layers(with));
    free(a), free(b), free(x), free(seen), free(want), free(got);
    net_free(plain);
    net_free(with);
}

static void refuse_preprocess(const struct net_preprocess *pre, const char *message)
{
    struct net *net;
    struct err e = {0};
    cr_assert_eq(net_load(&net, CONV, pre, support_kern(), &e), ERR_USAGE);
    cr_assert_not_null(strstr(e.text, message), "%s", e.text);
    cr_assert_null(net);
}

Test(net, preprocessing_that_does_not_fit)
{
    const double two[2] = {1, 1}, zero = 0, nan = NAN, tiny = 1e-60;
    refuse_preprocess(&(struct net_preprocess){.given = 1, .scale = 1, .mean_n = 2, .mean = two},
                      "mean has 2 numbers; the model's input has 3");
    refuse_preprocess(&(struct net_preprocess){.given = 1, .scale = 1, .std_n = 2, .std = two}, "std has 2 numbers");
    refuse_preprocess(&(struct net_preprocess){.given = 1, .scale = 1, .std_n = 1, .std = &zero},
                      "std must be positive");
    refuse_preprocess(&(struct net_preprocess){.given = 1, .scale = 0}, "scale not 0");
    refuse_preprocess(&(struct net_preprocess){.given = 1, .scale = 1, .mean_n = 1, .mean = &nan}, "finite");
    refuse_preprocess(&(struct net_preprocess){.given = 1, .scale = 1, .std_n = 1, .std = &tiny}, "range of float32");
}

/* One sigmoid unit z has the logits (0, z). */
Test(net, binary_head)
{
    struct net *net = load(TABLE, NULL);
    size_t d = net_input_size(net);
    float *x = noise(3 * d, 5, 1);
    float *z = support_logits(net, 3, x, NULL, NULL, NULL);
    cr_assert_eq(net_classes(net), 2);
    cr_assert_eq(net_head(net), NET_SIGMOID);
    for (size_t i = 0; i < 3; i++)
        cr_assert(z[2 * i] == 0 && z[2 * i + 1] != 0);
    free(x), free(z);
    net_free(net);
}

Test(net, open_input_takes_the_shape_of_the_data)
{
    static const char config[] = "{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Conv2D\",\"config\":{"
                                 "\"name\":\"c\",\"filters\":3,\"kernel_size\":[2,2],"
                                 "\"batch_input_shape\":[null,null,null,1]}},{\"class_name\":"
                                 "\"GlobalAveragePooling2D\",\"config\":{\"name\":\"g\"}}]}";
    const struct fixture_weight w[] = {
        {"c", "c/kernel:0", 4, {2, 2, 1, 3}, 0.5f}, {"c", "c/bias:0", 1, {3}, 0.1f}, {0}};
    const struct shape given = {3, {5, 7, 1}}, flat = {1, {35}}, empty = {0};
    struct net_preprocess pre = {.input = &given};
    struct net *net;
    struct err e = {0};
    char path[64];
    fixture_write(path, sizeof path, config, "2.9.0", w);
    net = load(path, &pre);
    cr_assert(shape_equal(net_input_shape(net), &given));
    cr_assert_eq(net_head(net), NET_LOGITS);
    net_free(net);
    pre.input = &flat;
    cr_assert_eq(net_load(&net, path, &pre, support_kern(), &e), ERR_INPUT);
    cr_assert_not_null(strstr(e.text, "the input shape is 0x0x1 (0 = any size), the data has 35"), "%s", e.text);
    pre.input = &empty;
    cr_assert_eq(net_load(&net, path, &pre, support_kern(), &e), ERR_INPUT);
    cr_assert_eq(net_load(&net, path, NULL, support_kern(), &e), ERR_INPUT);
    unlink(path);
}

static double cosine(size_t n, const float *x, const float *z)
{
    const struct kern *k = support_kern();
    return k->dot(n, x, z) / sqrt(k->dot(n, x, x) * k->dot(n, z, z));
}

/* A search in bf16: gradients nearly those of float32; label and score exactly, also behind a gradient. */
Test(net, oracle_searches_in_bf16)
{
    enum { ROWS = 70 };
    struct net *net = load("datasets/models/fashion_cnn.h5", NULL);
    struct workspace *w;
    struct err e = {0};
    struct oracle_net exact, bf16;
    struct kern search;
    size_t d = net_input_size(net), k = net_classes(net);
    if (!support_kern()->gemm_bf16)
        cr_skip_test("no bf16 instructions");
    kern_search(support_kern(), &search);
    cr_assert_eq(workspace_create(&w, net, 1, &e), 0, "%s", e.text);
    float *x = noise(ROWS * d, 9, 1), *z = malloc(2 * ROWS * k * sizeof *z), *g = malloc(2 * ROWS * d * sizeof *g);
    float *bf16_z = z + ROWS * k, *bf16_g = g + ROWS * d, *alone = malloc((d + k) * sizeof *alone);
    int32_t labels[ROWS];
    for (size_t i = 0; i < ROWS; i++)
        labels[i] = (int32_t)(i % k);
    const struct loss ask = {LOSS_CROSS_ENTROPY, labels, NULL};
    oracle_net_init(&exact, net, w, NULL);
    oracle_net_init(&bf16, net, w, &search);
    cr_assert(!exact.model.approximate && bf16.model.approximate);
    exact.model.gradient(&exact.model, ROWS, x, &ask, z, NULL, g);
    bf16.model.gradient(&bf16.model, ROWS, x, &ask, bf16_z, NULL, bf16_g);
    for (size_t i = 0; i < ROWS; i++) {
        const double like = cosine(d, g + i * d, bf16_g + i * d);
        cr_expect(like > 0.99 && like < 1 - 1e-9, "gradient %zu: cosine %.9f", i, like);
        cr_expect(cosine(k, z + i * k, bf16_z + i * k) > 0.999, "logits %zu", i);
        const struct loss one = loss_from(&ask, i);
        bf16.model.gradient(&bf16.model, 1, x + i * d, &one, alone, NULL, alone + k);
        cr_assert(memcmp(alone, bf16_z + i * k, k * sizeof *z) == 0, "logits %zu depend on the batch", i);
        cr_assert(memcmp(alone + k, bf16_g + i * d, d * sizeof *g) == 0, "gradient %zu depends on the batch", i);
    }
    cr_assert(memcmp(z, bf16_z, ROWS * k * sizeof *z) != 0);
    bf16.model.score(&bf16.model, ROWS, x, bf16_z);
    cr_assert(memcmp(z, bf16_z, ROWS * k * sizeof *z) == 0, "a score is float32");
    free(x), free(z), free(g), free(alone);
    workspace_free(w);
    net_free(net);
}

Test(net, facts)
{
    struct net *net = load(CONV, NULL);
    struct workspace *forward, *both;
    struct err e = {0};
    cr_assert_eq(workspace_create(&forward, net, 0, &e), 0);
    cr_assert_eq(workspace_create(&both, net, 1, &e), 0);
    cr_assert_gt(workspace_bytes(net, 1), 0);
    cr_assert_geq(workspace_samples(forward), 1);
    cr_assert_leq(workspace_samples(both), 64);
    cr_assert_eq(strlen(net_sha256(net)), 64);
    cr_assert_str_eq(net_layer(net, 0).kind, "input");
    cr_assert_str_eq(net_layer(net, 1).kind, "conv2d");
    cr_assert_eq(net_layer(net, 1).parameters, 3 * 3 * 3 * 6);
    cr_assert_gt(net_flops(net), 2 * 7 * 6 * 27 * 6);
    cr_assert_gt(net_weight_bytes(net), 4 * net_parameters(net));
    workspace_free(forward);
    workspace_free(both);
    net_free(net);
}
