/* A Keras HDF5 file: what loads can be run, unless it is large. */
#include <stdlib.h>

#include "engine/kern/kern.h"
#include "engine/net/net.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_model;

#define SMALL_FLOPS 3e7
#define SMALL_FLOATS ((size_t)1 << 20)

static const char *run(const struct net *net)
{
    struct err e = {0};
    struct workspace *w;
    size_t d = net_input_size(net);
    if (workspace_create(&w, net, 1, &e))
        return "no workspace for a small net";
    float *x = calloc(2 * d, sizeof *x), *z = calloc(net_classes(net), sizeof *z);
    if (x && z) {
        net_forward(net, w, 1, x, z);
        net_backward(net, w, 1, x, z, x + d);
    }
    free(x);
    free(z);
    workspace_free(w);
    return NULL;
}

const char *fuzz_model(const uint8_t *data, size_t n)
{
    struct net *net;
    struct kern kern;
    struct err e = {0};
    const char *broken = NULL;
    kern_init(&kern, KERN_CPU_SCALAR);
    if (net_load(&net, fuzz_put("model.h5", data, n), NULL, &kern, &e))
        return e.text[0] ? NULL : "refused without a message";
    if (net_flops(net) < SMALL_FLOPS && workspace_bytes(net, 1) / sizeof(float) < SMALL_FLOATS)
        broken = run(net);
    net_free(net);
    return broken;
}
