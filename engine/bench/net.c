/* Rows of whole nets, built here and read back through the Keras reader. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/bench/bench.h"
#include "engine/bench/builder.h"

#define BLOCK 64 /* samples of an item, as in the driver's work units */

static struct bench_tensor demo_cnn(struct bench_builder *b)
{
    struct bench_tensor t = builder_conv2d(b, builder_input(b, 28, 28, 1), 32, 3, 1, "relu");
    t = builder_conv2d(b, builder_max_pooling(b, t, 2), 64, 3, 1, "relu");
    t = builder_flatten(b, builder_max_pooling(b, t, 2));
    return builder_dense(b, builder_dense(b, t, 64, "relu"), 10, "softmax");
}

static struct bench_tensor dense(struct bench_builder *b)
{
    struct bench_tensor t = builder_vector(b, 784);
    for (size_t i = 0; i < 3; i++)
        t = builder_dense(b, t, 1024, "relu");
    return builder_dense(b, t, 10, "softmax");
}

static struct bench_tensor vgg(struct bench_builder *b)
{
    struct bench_tensor t = builder_input(b, 32, 32, 3);
    for (size_t filters = 32; filters <= 128; filters *= 2) {
        t = builder_conv2d(b, t, filters, 3, 1, "relu");
        t = builder_conv2d(b, t, filters, 3, 1, "relu");
        t = builder_max_pooling(b, t, 2);
    }
    return builder_dense(b, builder_dense(b, builder_flatten(b, t), 128, "relu"), 10, "softmax");
}

static struct bench_tensor conv_normalized(struct bench_builder *b, struct bench_tensor x, size_t filters, size_t side,
                                           size_t stride)
{
    return builder_batch_normalization(b, builder_conv2d(b, x, filters, side, stride, "linear"));
}

static struct bench_tensor residual_block(struct bench_builder *b, struct bench_tensor x, size_t filters, size_t stride)
{
    struct bench_tensor t = builder_relu(b, conv_normalized(b, x, filters, 3, stride));
    t = conv_normalized(b, t, filters, 3, 1);
    if (stride > 1)
        x = conv_normalized(b, x, filters, 1, stride);
    return builder_relu(b, builder_add(b, t, x));
}

static struct bench_tensor resnet20(struct bench_builder *b)
{
    struct bench_tensor t = builder_relu(b, conv_normalized(b, builder_input(b, 32, 32, 3), 16, 3, 1));
    for (size_t filters = 16; filters <= 64; filters *= 2)
        for (size_t i = 0; i < 3; i++)
            t = residual_block(b, t, filters, filters > 16 && i == 0 ? 2 : 1);
    return builder_dense(b, builder_average(b, t), 10, "softmax");
}

static struct bench_tensor xception_module(struct bench_builder *b, struct bench_tensor x, size_t filters)
{
    struct bench_tensor shortcut = conv_normalized(b, x, filters, 1, 2);
    struct bench_tensor t = builder_batch_normalization(b, builder_separable(b, x, filters));
    t = builder_batch_normalization(b, builder_separable(b, builder_relu(b, t), filters));
    return builder_add(b, builder_max_pooling(b, t, 3), shortcut);
}

static struct bench_tensor mini_xception(struct bench_builder *b)
{
    struct bench_tensor t = builder_relu(b, conv_normalized(b, builder_input(b, 48, 48, 1), 8, 3, 1));
    t = builder_relu(b, conv_normalized(b, t, 8, 3, 1));
    for (size_t filters = 16; filters <= 128; filters *= 2)
        t = xception_module(b, t, filters);
    return builder_dense(b, builder_average(b, builder_conv2d(b, t, 7, 3, 1, "linear")), 7, "softmax");
}

static const struct { const char *name; struct bench_tensor (*layers)(struct bench_builder *b); } nets[] = {
    {"demo_cnn", demo_cnn}, {"dense", dense}, {"vgg", vgg}, {"resnet20", resnet20}, {"mini_xception", mini_xception}};
#define NETS (sizeof nets / sizeof *nets)

static int build(size_t i, const char *path, struct err *e)
{
    struct bench_builder b;
    TRY(builder_begin(&b, path, e));
    struct bench_tensor output = nets[i].layers(&b);
    return builder_end(&b, &output);
}

static int build_and_load(struct bench *b, size_t i, const char *path, struct err *e)
{
    int code = build(i, path, e);
    if (!code)
        code = net_load(&b->net[b->nets_n], path, NULL, b->kern, e);
    unlink(path);
    if (code)
        return err_prepend(e, "bench: net %s", nets[i].name);
    b->nets_n++;
    return 0;
}

/* Signals that end the process wait, so that no file is left. */
static int load_through_file(struct bench *b, size_t i, struct err *e)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    char folder[1024], path[1100];
    sigset_t ending, old;
    if (snprintf(folder, sizeof folder, "%s/assay-bench.XXXXXX", file_temporary_folder()) >= (int)sizeof folder)
        return err_set(e, ERR_USAGE, "environment variable TMPDIR: a path of more than 1000 bytes");
    sigemptyset(&ending);
    for (size_t s = 0; s < sizeof signals / sizeof *signals; s++)
        sigaddset(&ending, signals[s]);
    pthread_sigmask(SIG_BLOCK, &ending, &old);
    int code;
    if (!mkdtemp(folder)) {
        code = err_set(e, ERR_RUN, "bench: cannot make a temporary folder %s (set TMPDIR to one that can be written)",
                       folder);
    } else {
        snprintf(path, sizeof path, "%s/net.h5", folder);
        code = build_and_load(b, i, path, e);
        rmdir(folder);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return code;
}

/* Each worker passes its own block of samples through the net, as often as it gets an item. */
struct net_worker { struct workspace *workspace; float *x, *logits, *dlogits, *dx; double processor_seconds; };
struct net_job {
    const struct net *net;
    int gradient;
    size_t workers_n;
    struct net_worker *worker;
    double seconds; /* of one block a worker, from the turn before; 0: not known */
};

static int make_worker(struct net_job *j, size_t number, struct err *e)
{
    struct net_worker *w = &j->worker[number];
    size_t input = net_input_size(j->net), classes = net_classes(j->net);
    TRY(workspace_create(&w->workspace, j->net, j->gradient, e));
    w->x = bench_filled(BLOCK * input, 0, 2 * number);
    w->dlogits = bench_filled(BLOCK * classes, -1, 2 * number + 1);
    w->logits = malloc(BLOCK * classes * sizeof(float));
    w->dx = malloc(BLOCK * input * sizeof(float));
    return w->x && w->dlogits && w->logits && w->dx ? 0 : err_set(e, ERR_RUN, "bench: out of memory");
}

static void end(struct bench *b)
{
    struct net_job *j = b->net_job;
    for (size_t i = 0; j && j->worker && i < j->workers_n; i++) {
        workspace_free(j->worker[i].workspace);
        free(j->worker[i].x);
        free(j->worker[i].dlogits);
        free(j->worker[i].logits);
        free(j->worker[i].dx);
    }
    if (j)
        free(j->worker);
    free(j);
    b->net_job = NULL;
}

static int begin(struct bench *b, struct bench_row *row, struct err *e)
{
    struct net_job *j = b->net_job = calloc(1, sizeof *j);
    if (!j)
        return err_set(e, ERR_RUN, "bench: out of memory");
    *j = (struct net_job){row->subject, row->gradient, row->threads, calloc(row->threads, sizeof *j->worker), 0};
    if (!j->worker)
        return err_set(e, ERR_RUN, "bench: out of memory");
    for (size_t i = 0; i < j->workers_n; i++)
        TRY(make_worker(j, i, e));
    return 0;
}

static int pass_block(void *ctx, size_t worker, size_t item, struct err *e)
{
    struct net_job *j = ctx;
    struct net_worker *w = &j->worker[worker];
    size_t input = net_input_size(j->net), classes = net_classes(j->net), most = workspace_samples(w->workspace), n;
    double start = bench_thread_clock();
    (void)item, (void)e;
    for (size_t i = 0; i < BLOCK; i += n) {
        n = BLOCK - i < most ? BLOCK - i : most;
        net_forward(j->net, w->workspace, n, w->x + i * input, w->logits + i * classes);
        if (j->gradient)
            net_backward(j->net, w->workspace, n, w->x + i * input, w->dlogits + i * classes, w->dx + i * input);
    }
    w->processor_seconds += bench_thread_clock() - start;
    return 0;
}

/* Wall seconds of `items` blocks on all threads, and how busy those were. */
static int time_items(struct bench *b, size_t items, double *seconds, double *busy, struct err *e)
{
    struct net_job *j = b->net_job;
    double used = 0, start;
    for (size_t i = 0; i < j->workers_n; i++)
        j->worker[i].processor_seconds = 0;
    start = log_clock();
    TRY(pool_run(b->pool, items, pass_block, j, NULL, e));
    *seconds = log_clock() - start;
    for (size_t i = 0; i < j->workers_n; i++)
        used += j->worker[i].processor_seconds;
    *busy = used / (*seconds * (double)j->workers_n);
    return 0;
}

static int turn(struct bench *b, struct bench_row *row, struct err *e)
{
    double seconds, busy;
    if (b->net_job->seconds == 0) /* the first of a pass finds cold caches, too */
        TRY(time_items(b, row->threads, &b->net_job->seconds, &busy, e));
    double rounds = bench_turn_seconds(b) / b->net_job->seconds;
    size_t items = row->threads * (rounds < 1 ? 1 : (size_t)rounds);
    TRY(time_items(b, items, &seconds, &busy, e));
    b->net_job->seconds = seconds * (double)row->threads / (double)items;
    bench_append(&row->seconds, seconds / (double)items);
    bench_append(&row->busy, busy);
    return 0;
}

/* The gradient of the input costs as many multiplications as the forward pass before it. */
static void add_row(struct bench *b, const char *name, const struct net *net, int gradient)
{
    struct bench_row *row = bench_add(b, "net", "GFLOP/s", name);
    row->work = net_flops(net) * BLOCK * (gradient ? 2 : 1);
    row->threads = b->threads;
    row->samples = BLOCK;
    row->parameters = net_parameters(net);
    row->gradient = gradient;
    row->subject = net;
    row->begin = begin;
    row->turn = turn;
    row->end = end;
}

int bench_add_nets(struct bench *b, struct err *e)
{
    for (size_t i = 0; i < NETS; i++) {
        char forward[64], gradient[64];
        snprintf(forward, sizeof forward, "net.%s.forward", nets[i].name);
        snprintf(gradient, sizeof gradient, "net.%s.gradient", nets[i].name);
        if (!bench_wants(b, forward) && !bench_wants(b, gradient))
            continue;
        TRY(load_through_file(b, i, e));
        if (bench_wants(b, forward))
            add_row(b, forward, b->net[b->nets_n - 1], 0);
        if (bench_wants(b, gradient))
            add_row(b, gradient, b->net[b->nets_n - 1], 1);
    }
    return 0;
}

void bench_free_nets(struct bench *b)
{
    for (size_t i = 0; i < b->nets_n; i++)
        net_free(b->net[i]);
    b->nets_n = 0;
}
