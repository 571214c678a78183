/* Nested models that cannot be read; those that can are in test_golden.c. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/net/fixture.h"
#include "tests/net/support.h"

#define INPUT(name) \
    "{'class_name':'InputLayer','name':'" name "','config':{'name':'" name "','batch_input_shape':[null,4]}}"
#define DENSE(name, units, nodes) \
    "{'class_name':'Dense','name':'" name "','config':{'name':'" name "','units':" units "},'inbound_nodes':" nodes "}"
#define MODEL(name, layers, inputs, outputs, nodes)                                                                 \
    "{'class_name':'Functional','name':'" name "','config':{'name':'" name "','layers':[" layers "],'input_layers':" \
    inputs ",'output_layers':" outputs "},'inbound_nodes':" nodes "}"
#define WHOLE(layers, output) \
    MODEL("m", INPUT("in") "," layers, "[['in',0,0]]", "[['" output "',0,0]]", "[]")
#define INNER INPUT("x") "," DENSE("d", "4", "[[['x',0,0]]]")
#define BASE(nodes) MODEL("base", INNER, "[['x',0,0]]", "[['d',0,0]]", nodes)
#define OUT(nodes) "," DENSE("out", "3", nodes)

static const struct fixture_weight good[] = {{"base", "d/kernel:0", 2, {4, 4}, 0.5f},
                                             {"base", "d/bias:0", 1, {4}, 0.1f},
                                             {"out", "out/kernel:0", 2, {4, 3}, -0.5f},
                                             {"out", "out/bias:0", 1, {3}, 0.2f},
                                             {0}};

struct bad {
    const char *config, *message;
};

static void refuse_all(const struct bad *list)
{
    for (; list->config; list++)
        fixture_refused(list->config, "2.9.0", good, list->message);
}

static struct net *load(const char *config, const struct fixture_weight *weights)
{
    char path[64], *text = fixture_json(config);
    fixture_write(path, sizeof path, text, "2.9.0", weights);
    struct net *net = support_load(path);
    unlink(path);
    free(text);
    return net;
}

/* Twice used, a model counts its weights once; its own making may count as use 0, or not. */
Test(nested, uses)
{
    static const char *const list[] = {
        WHOLE(BASE("[[['in',0,0]]]") OUT("[[['base',1,0]]]"), "out"),
        WHOLE(BASE("[[['in',0,0]]]") OUT("[[['base',0,0]]]"), "out"),
        WHOLE(BASE("[[['in',0,0]],[['base',1,0]]]") OUT("[[['base',2,0]]]"), "out"),
        WHOLE(BASE("[[['in',0,0]],[['base',0,0]]]") OUT("[[['base',1,0]]]"), "out")};
    float x[4] = {0.3f, -0.7f, 0.11f, 0.9f}, once[3] = {0};
    for (size_t i = 0; i < 4; i++) {
        struct net *net = load(list[i], good);
        float *z = support_logits(net, 1, x, NULL, NULL, NULL);
        cr_expect_eq(net_parameters(net), 35);
        cr_expect_str_eq(net_layer(net, 1).name, "base/d");
        cr_expect(i % 2 == 0 || memcmp(once, z, sizeof once) == 0);
        memcpy(once, z, sizeof once);
        free(z);
        net_free(net);
    }
}

Test(nested, connections)
{
    static const struct bad list[] = {
        {WHOLE(BASE("[[['in',0,0]],[['base',0,0]]]") OUT("[[['base',2,0]]]"), "out"),
         "refers to use 0 of layer 'base', which has 2"},
        {WHOLE(BASE("[[['in',0,0]],[['in',0,0]]]") OUT("[[['base',3,0]]]"), "out"),
         "refers to use 3 of layer 'base', which has 2"},
        {WHOLE(BASE("[[['in',0,0]]]") OUT("[[['base',1,1]]]"), "out"), 
         "takes output 1 of layer 'base', which has fewer"},
        {WHOLE(BASE("[[['in',0,0],['in',0,0]]]") OUT("[[['base',1,0]]]"), "out"),
         "layer 2 'base' (Functional): a model with 1 inputs is called with 2"},
        {WHOLE(BASE("[[['d',0,0]]]") OUT("[[['base',1,0]]]"), "out"), "layer 2 'base/x': refers to layer 'd'"},
        {WHOLE(BASE("[[['in',0,0]]]") OUT("[[['d',0,0]]]"), "out"), "layer 3 'out': refers to layer 'd'"},
        {WHOLE(BASE("[[['base',1,0]]]") OUT("[[['base',1,0]]]"), "out"), "the output does not depend on the input"},
        {WHOLE(BASE("[[['in',0,0,{'training':true}]]]") OUT("[[['base',1,0]]]"), "out"), "called with training=True"},
        {WHOLE(MODEL("base", INNER "," INPUT("y"), "[['x',0,0]]", "[['d',0,0]]", "[[['in',0,0]]]")
                   OUT("[[['base',1,0]]]"),
               "out"),
         "layer 2 'base' (Functional): layer 3 'y' (InputLayer): the input is not among the input_layers"},
        {WHOLE(MODEL("base", INNER, "[['x',0,0]]", "[['gone',0,0]]", "[[['in',0,0]]]") OUT("[[['base',1,0]]]"), "out"),
         "layer 2 'base': refers to layer 'gone'"},
        {WHOLE(MODEL("base", INNER, "[['x',0,0]]", "[5]", "[[['in',0,0]]]") OUT("[[['base',1,0]]]"), "out"),
         "output_layers names an output as a number"},
        {WHOLE("{'class_name':'Functional','name':'base','config':{'name':'base'},'inbound_nodes':[[['in',0,0]]]}"
                   OUT("[[['base',1,0]]]"),
               "out"),
         "subclassed"},
        {"{'class_name':'Sequential','config':[{'class_name':'Sequential','config':[]}]}",
         "nested Sequential model without a name"},
        {0}};
    refuse_all(list);
}

/* A model in a model in a model ... */
Test(nested, depth)
{
    char text[8192], inner[4096] = "{'class_name':'Flatten','config':{'name':'f'}}";
    for (int i = 0; i < 12; i++) {
        snprintf(text, sizeof text, "{'class_name':'Sequential','config':{'name':'s','layers':[%s]}}", inner);
        memcpy(inner, text, sizeof inner - 1);
    }
    fixture_refused(text, "2.9.0", good, "models are nested more than 8 deep");
}

/* Each model uses the one in it twice: 2^n uses of the innermost. */
Test(nested, bomb)
{
    char text[16384], inner[8192];
    snprintf(inner, sizeof inner, "%s", DENSE("d", "4", "[[['x',0,0]],[['d',0,0]]]"));
    for (int i = 0; i < 7; i++) {
        snprintf(text, sizeof text,
                 "{'class_name':'Functional','name':'d','config':{'name':'d','layers':[" INPUT("x") ",%s],"
                 "'input_layers':[['x',0,0]],'output_layers':[['d',1,0]]},'inbound_nodes':"
                 "[[['x',0,0]],[['d',0,0]],[['d',1,0]],[['d',2,0]],[['d',3,0]],[['d',4,0]]]}", inner);
        memcpy(inner, text, sizeof inner - 1);
    }
    fixture_refused(text, "2.9.0", good, "more than");
}

Test(nested, weights)
{
    static const char two[] = WHOLE(
        BASE("[[['in',0,0]]]") "," MODEL("more", INPUT("x") "," DENSE("d", "4", "[[['x',0,0]]]") "," DENSE(
            "e", "4", "[[['d',0,0]]]"), "[['x',0,0]]", "[['e',0,0]]", "[[['base',1,0]]]") OUT("[[['more',1,0]]]"),
        "out");
    struct fixture_weight w[9] = {good[0], good[1], good[2], good[3], {"more", "p/kernel:0", 2, {4, 4}, 0.5f},
                                  {"more", "p/bias:0", 1, {4}, 0.5f},   {"more", "q/kernel:0", 2, {4, 4}, 0.5f},
                                  {"more", "q/bias:0", 1, {4}, 0.5f},   {0}};
    net_free(load(two, w));
    w[6].layer = NULL;
    fixture_refused(two, "2.9.0", w, "layer 3 'more/d' (dense): the nested model has 1 weights 'kernel' in the file, "
                                     "where its layers want 2");
    w[4].name = "a/d/kernel:0";
    w[6] = (struct fixture_weight){"more", "b/d/kernel:0", 2, {4, 4}, 0.5f};
    fixture_refused(two, "2.9.0", w,
                    "has 2 weights 'kernel' of layers called 'd' in the file, where its layers want 1");
    w[0].dim[1] = 5;
    fixture_refused(two, "2.9.0", w, "layer 2 'base/d' (dense): weight 'kernel': the file has shape 4x5");
    w[0] = good[0];
    w[0].name = "d/cornel:0";
    fixture_refused(two, "2.9.0", w, "layer 2 'base/d' (dense): the file has no weight 'kernel'");
}
