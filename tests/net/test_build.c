/* Nets for inference and for training, whether gradients reach their inputs, and which reader takes a file. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "engine/net/reader.h"
#include "tests/net/fixture.h"
#include "tests/net/support.h"

#define FOLDER "tests/golden/nets/"

static struct net *build(const char *path, enum net_mode mode)
{
    struct net *net;
    struct err e = {0};
    cr_assert_eq(net_build(&net, path, NULL, mode, support_kern(), &e), 0, "%s", e.text);
    return net;
}

/* The first node of that kind from `from` on; 0: none. */
static size_t find_node(const struct net *net, const char *kind, size_t from)
{
    for (size_t i = from; i < net_nodes(net); i++)
        if (strcmp(net_node(net, i).kind, kind) == 0)
            return i;
    return 0;
}

static float *inputs(size_t n)
{
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(i * 2654435761u % 1000) / 500.0f - 1.0f;
    return x;
}

/* ---- training ---- */

static void compare_modes(const char *path)
{
    enum { N = 5 };
    struct net *fast = build(path, NET_INFERENCE), *whole = build(path, NET_TRAINING);
    size_t d = net_input_size(fast), k = net_classes(fast);
    float *x = inputs(N * d), largest = 0;
    int32_t y[N] = {0};
    float *dx = malloc(N * d * sizeof *dx), *dx_whole = malloc(N * d * sizeof *dx_whole);
    float *a = support_logits(fast, N, x, y, NULL, dx), *b = support_logits(whole, N, x, y, NULL, dx_whole);
    cr_expect_geq(net_nodes(whole), net_nodes(fast), "%s", path);
    for (size_t i = 0; i < N * k; i++)
        largest = fmaxf(largest, fabsf(a[i]));
    for (size_t i = 0; i < N * k; i++)
        cr_expect_float_eq(a[i], b[i], 1e-5 * (double)fmaxf(largest, 1), "%s: logit %zu", path, i);
    largest = 0;
    for (size_t i = 0; i < N * d; i++)
        largest = fmaxf(largest, fabsf(dx[i]));
    for (size_t i = 0; i < N * d; i++)
        cr_expect_float_eq(dx[i], dx_whole[i], 1e-5 * (double)fmaxf(largest, 1), "%s: gradient %zu", path, i);
    free(x);
    free(dx);
    free(dx_whole);
    free(a);
    free(b);
    net_free(fast);
    net_free(whole);
}

Test(build, training_computes_what_inference_does)
{
    static const char *const nets[] = {"keras1_sequential", "functional_k20", "functional_k3", "nested_twins",
                                       "first_residual",    "recurrent",      "random_3",      "table_sigmoid"};
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        char path[96];
        snprintf(path, sizeof path, FOLDER "%s.h5", nets[i]);
        compare_modes(path);
    }
}

Test(build, training_keeps_every_layer)
{
    struct net *fast = build(FOLDER "keras1_sequential.h5", NET_INFERENCE);
    struct net *whole = build(FOLDER "keras1_sequential.h5", NET_TRAINING);
    static const char *const kept[] = {"dropout", "batch_normalization", "flatten", "activation"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        cr_expect_neq(find_node(whole, kept[i], 1), 0, "no node %s", kept[i]);
    cr_expect_eq(find_node(fast, "dropout", 1), 0);
    cr_expect_eq(net_nodes(whole), net_layers(whole) - 1); /* all but the softmax */
    net_free(fast);
    net_free(whole);
    fast = build(FOLDER "functional_k20.h5", NET_INFERENCE);
    whole = build(FOLDER "functional_k20.h5", NET_TRAINING);
    cr_expect_eq(find_node(fast, "batch_normalization", 1), 0, "fused");
    cr_expect_neq(find_node(whole, "batch_normalization", 1), 0);
    net_free(fast);
    net_free(whole);
}

Test(build, weights_are_reached_by_node_and_role)
{
    struct net *net = build(FOLDER "keras1_sequential.h5", NET_TRAINING);
    struct net *fast = build(FOLDER "keras1_sequential.h5", NET_INFERENCE);
    struct err e = {0};
    size_t dense = find_node(net, "dense", 1), norm = find_node(net, "batch_normalization", 1);
    struct net_weight kernel = net_weight_in_role(net, dense, "kernel");
    cr_assert_not_null(kernel.value);
    cr_expect(kernel.shape.rank == 2 && kernel.shape.dim[0] == 42 && kernel.shape.dim[1] == 11);
    cr_expect_eq(net_weights(net, dense), 2);
    cr_expect_eq(net_weight(net, dense, 0).value, kernel.value);
    cr_expect_str_eq(net_weight(net, dense, 1).role, "bias");
    cr_expect_null(net_weight(net, dense, 2).role);
    cr_expect_not_null(net_weight_in_role(net, norm, "moving_variance").value);
    cr_expect_null(net_weight_in_role(net, dense, "gamma").value);
    cr_expect_null(net_weight_in_role(net, 0, "kernel").value);
    cr_expect_null(net_weight_in_role(fast, find_node(fast, "dense", 1), "kernel").value);

    /* a changed weight counts once it is packed again */
    float *x = inputs(net_input_size(net));
    float *before = support_logits(net, 1, x, NULL, NULL, NULL);
    size_t last = find_node(net, "dense", dense + 1);
    float *bias = net_weight_in_role(net, last, "bias").value;
    cr_assert_not_null(bias);
    bias[1] += 0.5f;
    float *stale = support_logits(net, 1, x, NULL, NULL, NULL);
    cr_expect_arr_eq(before, stale, net_classes(net) * sizeof *before);
    cr_assert_eq(net_repack(net, &e), 0, "%s", e.text);
    float *after = support_logits(net, 1, x, NULL, NULL, NULL);
    cr_expect_eq(after[0], before[0]);
    cr_expect_float_eq(after[1], before[1] + 0.5f, 1e-6);
    net_weight_in_role(net, norm, "moving_variance").value[0] = -7;
    cr_expect_eq(net_repack(net, &e), ERR_INPUT);
    cr_expect_not_null(strstr(e.text, "(batch_normalization): its weights give a value that is not finite"), "%s",
                       e.text);
    free(x);
    free(before);
    free(stale);
    free(after);
    net_free(net);
    net_free(fast);
}

Test(build, uses_of_a_layer_share_their_weights)
{
    struct net *net = build(FOLDER "nested_twins.h5", NET_TRAINING);
    size_t shared = 0;
    for (size_t i = 1; i < net_nodes(net); i++)
        for (size_t k = 1; k < i; k++)
            shared += strcmp(net_node(net, i).name, net_node(net, k).name) == 0 &&
                      net_weight(net, i, 0).value && net_weight(net, i, 0).value == net_weight(net, k, 0).value;
    cr_expect_gt(shared, 0);
    net_free(net);
}

Test(build, both_directions_of_a_bidirectional_layer_have_weights)
{
    struct net *net = build(FOLDER "recurrent.h5", NET_TRAINING);
    size_t i = find_node(net, "bidirectional", 1), n = net_weights(net, i);
    cr_assert_eq(n % 2, 0);
    for (size_t k = 0; k < n; k++) {
        struct net_weight w = net_weight(net, i, k);
        cr_expect(w.inner == k / (n / 2) && w.value, "%zu", k);
        cr_expect_str_eq(w.role, net_weight(net, i, k % (n / 2)).role);
    }
    net_free(net);
}

/* ---- input gradients ---- */

#define IN(shape) "{'class_name':'InputLayer','config':{'name':'in','batch_input_shape':" shape "}},"
#define EMBEDDING "{'class_name':'Embedding','config':{'name':'words','input_dim':5,'output_dim':2}}"
#define DENSE(name, rest) "{'class_name':'Dense','config':{'name':'" name "'," rest "}}"
#define SEQUENTIAL(layers) "{'class_name':'Sequential','config':{'name':'s','layers':[" layers "]}}"

static const struct fixture_weight words[] = {{"words", "words/embeddings:0", 2, {5, 2}, 0.25f},
                                              {"out", "out/kernel:0", 2, {6, 2}, 0.5f},
                                              {"out", "out/bias:0", 1, {2}, 0.0f},
                                              {0}};
static const struct fixture_weight both[] = {{"words", "words/embeddings:0", 2, {5, 2}, 0.25f},
                                             {"side", "side/kernel:0", 2, {3, 2}, 0.5f},
                                             {"side", "side/bias:0", 1, {2}, 0.0f},
                                             {"out", "out/kernel:0", 2, {8, 2}, 0.5f},
                                             {"out", "out/bias:0", 1, {2}, 0.0f},
                                             {0}};

static void check_gradient(const char *config, const struct fixture_weight *weights, int expected)
{
    char path[64], *text = fixture_json(config);
    fixture_write(path, sizeof path, text, "2.9.0", weights);
    free(text);
    struct net *net = support_load(path);
    unlink(path);
    float x[3] = {1, 3, 2}, dx[3] = {NAN, NAN, NAN};
    int32_t y = 1;
    free(support_logits(net, 1, x, &y, NULL, dx));
    cr_expect_eq(net_has_input_gradient(net), expected, "%s", config);
    cr_expect_eq(dx[0] != 0 || dx[1] != 0 || dx[2] != 0, expected, "%s: %g %g %g", config, (double)dx[0],
                 (double)dx[1], (double)dx[2]);
    net_free(net);
}

Test(build, an_embedding_of_the_input_has_no_gradient)
{
    check_gradient(SEQUENTIAL(IN("[null,3]") EMBEDDING ",{'class_name':'Flatten','config':{'name':'f'}},"
                              DENSE("out", "'units':2,'activation':'softmax'")),
                   words, 0);
    check_gradient(SEQUENTIAL(IN("[null,3,1]") "{'class_name':'TimeDistributed','config':{'name':'words','layer':"
                              EMBEDDING "}},{'class_name':'Flatten','config':{'name':'f'}},"
                              DENSE("out", "'units':2,'activation':'softmax'")),
                   words, 0);
}

#define NODE(class_name, name, rest, from)                                                                    \
    "{'class_name':'" class_name "','name':'" name "','config':{'name':'" name "'" rest "},'inbound_nodes':[[" from \
    "]]}"

/* It is enough that one path has one. */
Test(build, another_path_past_the_embedding_has_a_gradient)
{
    check_gradient(
        "{'class_name':'Functional','config':{'name':'m','layers':["
        "{'class_name':'InputLayer','name':'in','config':{'name':'in','batch_input_shape':[null,3]},"
        "'inbound_nodes':[]}," NODE("Embedding", "words", ",'input_dim':5,'output_dim':2", "['in',0,0,{}]") ","
        NODE("Flatten", "f", "", "['words',0,0,{}]") "," NODE("Dense", "side", ",'units':2", "['in',0,0,{}]") ","
        NODE("Concatenate", "c", "", "['f',0,0,{}],['side',0,0,{}]") ","
        NODE("Dense", "out", ",'units':2,'activation':'softmax'", "['c',0,0,{}]")
        "],'input_layers':[['in',0,0]],'output_layers':[['out',0,0]]}}",
        both, 1);
}

Test(build, golden_nets_have_gradients)
{
    static const char *const nets[] = {"keras1_sequential", "recurrent", "first_mixed", "table_sigmoid"};
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        char path[96];
        snprintf(path, sizeof path, FOLDER "%s.h5", nets[i]);
        struct net *net = support_load(path);
        cr_expect(net_has_input_gradient(net), "%s", path);
        net_free(net);
    }
}

/* ---- readers ---- */

Test(build, the_content_finds_the_reader)
{
    struct model_reader r;
    struct err e = {0};
    cr_assert_eq(reader_open(&r, FOLDER "archive_k3.keras", NULL, &e), 0, "%s", e.text);
    cr_expect_str_eq(r.kind->name, "keras");
    cr_expect_eq(strlen(r.sha256), 64);
    reader_close(&r);
    cr_expect_null(r.kind);
    cr_expect_eq(reader_open(&r, FOLDER "parts_k3.json", NULL, &e), ERR_INPUT);
    cr_expect_not_null(strstr(e.text, "is no model that can be read: HDF5 files and .keras archives"), "%s", e.text);
    cr_expect_null(r.kind);
    for (const struct reader_kind *const *k = reader_kinds; *k; k++)
        cr_expect((*k)->name && (*k)->doc && (*k)->detect && (*k)->open && (*k)->graph && (*k)->weights && (*k)->close);
}
