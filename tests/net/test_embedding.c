/* The gradient at the output of the Embedding that a net begins with. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "engine/net/loss.h"
#include "engine/net/oracle_driver.h"
#include "tests/net/fixture.h"
#include "tests/net/support.h"

#define MODEL "datasets/models/words_cnn.h5"
enum { T = 12, WIDTH = 16, N = 5 };

static const struct net_preprocess none = {.given = 1, .scale = 1};

static struct net *build(enum net_mode mode)
{
    struct net *net = NULL;
    struct err e = {0};
    cr_assert_eq(net_build(&net, MODEL, &none, mode, support_kern(), &e), 0, "%s", e.text);
    return net;
}

/* Words of distinct letters, so that a row of the table stands for one place. */
static void words(float x[N * T])
{
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < T; j++)
            x[i * T + j] = (float)(1 + (11 * i + 7 * j) % 30);
}

static double loss_of(struct net *net, const float *x, int32_t y)
{
    struct workspace *w;
    struct err e = {0};
    float z[2], value;
    cr_assert_eq(workspace_create(&w, net, 0, &e), 0, "%s", e.text);
    net_forward(net, w, 1, x, z);
    loss_row(&(struct loss){LOSS_CROSS_ENTROPY, &y, NULL}, 0, 2, z, &value, NULL);
    workspace_free(w);
    return (double)value;
}

struct taken {
    size_t n;
    float gradient[N * T * WIDTH];
};

static void take(void *context, size_t i, const float *gradient)
{
    struct taken *t = context;
    memcpy(t->gradient + i * T * WIDTH, gradient, T * WIDTH * sizeof *gradient);
    t->n++;
}

/* Central differences over the rows of the table, against what an oracle's question gives. */
Test(embedding, gradient_is_that_of_the_loss_over_the_embedded_tokens)
{
    struct net *net = build(NET_INFERENCE), *open = build(NET_TRAINING);
    struct workspace *w;
    struct oracle_net model;
    struct oracle_tally tally[N];
    struct taken taken = {0};
    struct err e = {0};
    float x[N * T], z[N * 2];
    int32_t y[N] = {0, 1, 0, 1, 1};
    const size_t row[N] = {0, 1, 2, 3, 4};
    words(x);
    cr_assert_eq(workspace_create(&w, net, 1, &e), 0, "%s", e.text);
    oracle_net_init(&model, net, w, NULL);
    struct oracle_state state = {.model = &model.model, .label = y, .tally = tally};
    struct oracle o;
    oracle_init(&o, &state, KNOW_GRADIENT, N);
    cr_assert_eq(o.embedding->tokens, 31);
    cr_assert_eq(o.embedding->width, WIDTH);
    o.token_gradient(&o, N, x, row, &(struct loss){LOSS_CROSS_ENTROPY, y, NULL}, z, NULL, take, &taken);
    cr_assert_eq(taken.n, N);
    struct net_embedding at;
    cr_assert(net_embedding(open, &at));
    float *table = net_weight_in_role(open, at.node, "embeddings").value;
    for (size_t i = 0; i < N; i++) {
        cr_expect_eq(tally[i].gradient, 1);
        cr_expect_eq(tally[i].zero_gradients, 0);
        for (size_t j = i % 3; j < T; j += 5)
            for (size_t k = 0; k < WIDTH; k += 3) {
                float *value = &table[(size_t)x[i * T + j] * WIDTH + k], before = *value;
                double step = 1.0 / 512, loss[2];
                for (int side = 0; side < 2; side++) {
                    *value = before + (float)(side ? step : -step);
                    cr_assert_eq(net_repack(open, &e), 0, "%s", e.text);
                    loss[side] = loss_of(open, x + i * T, y[i]);
                }
                *value = before;
                double slope = (loss[1] - loss[0]) / (2 * step), is = (double)taken.gradient[(i * T + j) * WIDTH + k];
                cr_expect_float_eq(is, slope, 2e-3 * (1 + fabs(slope)), "word %zu, place %zu: %g, %g", i, j, is, slope);
            }
    }
    workspace_free(w);
    net_free(net);
    net_free(open);
}

/* Id 0 is padding there, and the mask, which reads the ids, too, has no part in the gradient. */
Test(embedding, mask_of_padding_does_not_hide_it)
{
    static const struct fixture_weight weights[] = {{"words", "words/embeddings:0", 2, {5, 2}, 0.25f},
                                                    {"out", "out/kernel:0", 2, {2, 2}, 0.5f},
                                                    {"out", "out/bias:0", 1, {2}, 0.0f},
                                                    {0}};
    char path[64], *text = fixture_json(
        "{'class_name':'Sequential','config':{'name':'s','layers':["
        "{'class_name':'InputLayer','config':{'name':'in','batch_input_shape':[null,4]}},"
        "{'class_name':'Embedding','config':{'name':'words','input_dim':5,'output_dim':2,'mask_zero':true}},"
        "{'class_name':'GlobalAveragePooling1D','config':{'name':'mean'}},"
        "{'class_name':'Dense','config':{'name':'out','units':2,'activation':'softmax'}}]}}");
    fixture_write(path, sizeof path, text, "2.9.0", weights);
    free(text);
    struct net *net = support_load(path);
    unlink(path);
    struct workspace *w;
    struct err e = {0};
    struct net_embedding at;
    const float x[4] = {3, 1, 0, 0}, dlogits[2] = {-1, 1};
    float z[2];
    cr_assert(net_embedding(net, &at));
    cr_assert_eq(at.tokens, 5);
    cr_assert_eq(workspace_create(&w, net, 1, &e), 0, "%s", e.text);
    net_forward(net, w, 1, x, z);
    const float *g = net_backward_embedding(net, w, 1, x, dlogits);
    for (size_t i = 0; i < 4 * 2; i++) {
        /* kernel rows (0.5, 0.51), (0.52, 0.53): z_1 - z_0 grows by 0.01 a unit, over two letters that count */
        cr_expect_float_eq(g[i], i < 4 ? 0.005f : 0, 1e-6, "value %zu: %g", i, (double)g[i]);
    }
    workspace_free(w);
    net_free(net);
}

/* Budgets end questions; what is below gradient knowledge has no such slot; nor has a net without an Embedding. */
Test(embedding, slot_is_hidden_and_bounded_like_the_others)
{
    struct net *net = build(NET_INFERENCE);
    struct workspace *w;
    struct oracle_net model;
    struct oracle_tally tally[N];
    struct taken taken = {0};
    struct err e = {0};
    float x[N * T], z[N * 2];
    const int32_t y[N] = {0};
    const size_t same[N] = {0};
    words(x);
    cr_assert_eq(workspace_create(&w, net, 1, &e), 0, "%s", e.text);
    oracle_net_init(&model, net, w, NULL);
    struct oracle_state state = {.model = &model.model, .label = y, .tally = tally, .budget = 2};
    struct oracle o;
    oracle_init(&o, &state, KNOW_SCORE, 1);
    cr_expect(!o.token_gradient && !o.embedding);
    oracle_init(&o, &state, KNOW_GRADIENT, 1);
    o.token_gradient(&o, N, x, same, &(struct loss){LOSS_MARGIN, y, NULL}, z, NULL, take, &taken);
    cr_expect_eq(taken.n, 2);
    cr_expect_eq(tally[0].forward, 2);
    cr_expect(isfinite(z[3]) && isnan(z[4]) && isnan(z[2 * N - 1]));
    workspace_free(w);
    net_free(net);
    struct net_embedding at;
    struct net_preprocess scaled = {.given = 1, .scale = 0.5};
    cr_assert_eq(net_build(&net, MODEL, &scaled, NET_INFERENCE, support_kern(), &e), 0, "%s", e.text);
    cr_expect(!net_embedding(net, &at), "ids are scaled first");
    net_free(net);
    cr_assert_eq(net_build(&net, "datasets/models/hmda_mlp.h5", &none, NET_INFERENCE, support_kern(), &e), 0);
    cr_expect(!net_embedding(net, &at));
    net_free(net);
}
