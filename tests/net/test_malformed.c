/* Broken and hostile models: each is refused with ERR_INPUT and one line that names the place and the fault. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/net/fixture.h"
#include "tests/net/support.h"

/* JSON is written with ' for ". */
#define SEQUENTIAL(layers) "{'class_name':'Sequential','config':{'name':'m','layers':[" layers "]}}"
#define FUNCTIONAL(layers, ends) "{'class_name':'Functional','config':{'name':'m','layers':[" layers "]," ends "}}"
#define ENDS "'input_layers':[['in',0,0]],'output_layers':[['fc2',0,0]]"
#define SHAPED(shape)                                                                                                  \
    "{'class_name':'InputLayer','name':'in','config':{'name':'in','batch_input_shape':" shape "},'inbound_nodes':[]},"
#define INPUT SHAPED("[null,4]")
#define IMAGE SHAPED("[null,6,6,2]")
#define LAYER(class_name, more) "{'class_name':'" class_name "','config':{'name':'x'" more "}}"
#define DENSE(name, more) "{'class_name':'Dense','config':{'name':'" name "'," more "}}"
#define FC1 DENSE("fc1", "'units':3,'activation':'relu'") ","
#define FC2 DENSE("fc2", "'units':2,'activation':'softmax'")
#define NODE(name, units, nodes)                                                                                       \
    "{'class_name':'Dense','name':'" name "','config':{'name':'" name "','units':" units "},'inbound_nodes':" nodes "}"

static const struct fixture_weight good[] = {{"fc1", "fc1/kernel:0", 2, {4, 3}, 0.5f},
                                             {"fc1", "fc1/bias:0", 1, {3}, 0.1f},
                                             {"fc2", "fc2/kernel:0", 2, {3, 2}, -0.5f},
                                             {"fc2", "fc2/bias:0", 1, {2}, 0.2f},
                                             {0}};

struct bad {
    const char *config, *message;
};

static void refuse_all(const struct bad *list)
{
    for (; list->config; list++)
        fixture_refused(list->config, "2.9.0", good, list->message);
}

Test(malformed, the_whole_one_loads)
{
    char path[64], *config = fixture_json(SEQUENTIAL(INPUT FC1 FC2));
    fixture_write(path, sizeof path, config, "2.9.0", good);
    struct net *net = support_load(path);
    cr_assert_eq(net_parameters(net), 23);
    cr_assert_eq(net_layers(net), 5);
    cr_assert_str_eq(net_layer(net, 2).name, "fc1/relu");
    net_free(net);
    free(config);
    unlink(path);
}

Test(malformed, config)
{
    static const struct bad list[] = {
        {"{'class_name':", "model_config"},
        {"[]", "no class_name and config"},
        {"{'class_name':'MyModel','config':{}}", "'MyModel'; only Sequential and Functional"},
        {"{'class_name':'Sequential','config':{'name':'m'}}", "no list of layers"},
        {SEQUENTIAL(""), "no list of layers"},
        {"{'class_name':'Model','config':{'name':'m'}}", "subclassed"},
        {SEQUENTIAL("{}"), "layer 1: a name is missing"},
        {SEQUENTIAL("7"), "layer 1: a name is missing"},
        {SEQUENTIAL("{'class_name':'Dense','config':[]}"), "layer 1: config is an array where an object belongs"},
        {SEQUENTIAL("{'class_name':'Dense','config':{'units':2}}"), "layer 1: a name is missing"},
        {SEQUENTIAL(INPUT "{'class_name':'Dense','config':{'name':'a\\nb','units':2}}"), "control characters"},
        {SEQUENTIAL(INPUT FC1 SHAPED("[null,4]") FC2), "layer 3 'in' (InputLayer): an input layer in the middle"},
        {0}};
    refuse_all(list);
}

Test(malformed, code_and_custom_classes)
{
    static const struct bad list[] = {
        {SEQUENTIAL(INPUT LAYER("Lambda", ",'function':['4wEAAAA=',null,null]")),
         "layer 2 'x' (Lambda): carries or names program code"},
        {SEQUENTIAL(INPUT LAYER("TFOpLambda", ",'function':'math.exp'")), "an operation in a Sequential model"},
        {SEQUENTIAL(INPUT LAYER("TFOpLambda", ",'function':'io.read_file'")), "operation 'io.read_file' is not"},
        {SEQUENTIAL(INPUT LAYER("TFOpLambda", "")), "operation '' is not"},
        {SEQUENTIAL(INPUT LAYER("TimeDistributed",
                                ",'layer':{'class_name':'TFOpLambda','config':{'name':'y','function':'exp'}}")),
         "a layer of class TFOpLambda inside another is not supported"},
        {SEQUENTIAL(INPUT LAYER("Custom>Dense", ",'units':3")), "custom class"},
        {SEQUENTIAL(INPUT "{'class_name':'Dense','registered_name':'pkg>Dense','config':{'name':'x','units':3}}"),
         "custom class"},
        {SEQUENTIAL(INPUT "{'class_name':'Dense','module':'os.path','config':{'name':'x','units':3}}"), "custom class"},
        {SEQUENTIAL(INPUT LAYER("Conv2DD", "")),
         "layer 2 'x' (Conv2DD): this class is not supported (did you mean 'Conv2D'?)"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':3,'activation':{'class_name':'Evil>f','config':{}}")),
         "activation: is a custom class"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':3,'activation':'my_function'")),
         "activation 'my_function' is not supported"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':3,'activation':7")), "activation: a name is missing"},
        {SEQUENTIAL(INPUT LAYER("Activation", "")), "'activation' is missing"},
        {0}};
    refuse_all(list);
}

Test(malformed, parameters)
{
    static const struct bad list[] = {
        {SEQUENTIAL(INPUT DENSE("x", "'use_bias':true")), "layer 2 'x' (Dense): 'units' is missing"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':'many'")), "'units' holds a string where a number belongs"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':2.5")), "'units' is 2.5, not an integer"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':-3")), "'units' is -3, outside"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':1e300")), "'units' is 1e+300, outside"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':3,'dtype':'int32'")), "only floating-point"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':3,'dtype':{'class_name':'Policy','config':{'name':'string'}}")),
         "only floating-point"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':3,'lora_rank':4")), "'lora_rank' is set"},
        {SEQUENTIAL(IMAGE LAYER("Conv2D", ",'filters':3,'kernel_size':[[[[[[[1]]]]]]]")), "nested too deeply"},
        {SEQUENTIAL(IMAGE LAYER("Conv2D", ",'filters':3,'kernel_size':[3,3],'padding':'causal'")),
         "'padding' is \"causal\""},
        {SEQUENTIAL(IMAGE LAYER("Conv2D", ",'filters':3,'kernel_size':[3,3],'padding':1")),
         "'padding' is a number where a name belongs"},
        {SEQUENTIAL(IMAGE LAYER("Conv2D", ",'filters':3,'kernel_size':[3,3],'data_format':'channels_middle'")),
         "'data_format' is \"channels_middle\", which is not supported"},
        {SEQUENTIAL(IMAGE LAYER("Conv2D", ",'filters':3,'kernel_size':[9,9]")), "layer 2 'x' (conv2d)"},
        {SEQUENTIAL(INPUT LAYER("Conv2D", ",'filters':3,'kernel_size':[3,3]")),
         "layer 2 'x' (conv2d): wants an input of rank 3, got rank 1"},
        {SEQUENTIAL(INPUT LAYER("Reshape", ",'target_shape':[3,3]")), "layer 2 'x' (reshape)"},
        {0}};
    refuse_all(list);
}

Test(malformed, shapes_and_sizes)
{
    static const struct bad list[] = {
        {SEQUENTIAL(FC1 FC2), "does not say the shape of its input"},
        {SEQUENTIAL(SHAPED("[null,null]") FC1 FC2), "the input shape 0 is open"},
        {SEQUENTIAL(SHAPED("[null]") FC1 FC2), "layer 1 'in' (InputLayer): the input shape is not a list"},
        {SEQUENTIAL(SHAPED("'wide'") FC1 FC2), "the input shape is not a list"},
        {SEQUENTIAL(SHAPED("[null,2,2,2,2,2,2,2]") FC1 FC2), "the input shape is not a list"},
        {SEQUENTIAL(SHAPED("[null,0]") FC1 FC2), "neither null nor a positive integer"},
        {SEQUENTIAL(SHAPED("[null,65536,65536,16]") FC1 FC2), "too large"},
        {SEQUENTIAL(SHAPED("[null,1000000000]") FC1 FC2), "too large"},
        {SEQUENTIAL(SHAPED("[null,1000000]") DENSE("x", "'units':1000000") "," FC2), "too large"},
        {SEQUENTIAL(SHAPED("[null,40000]") DENSE("x", "'units':40000") "," DENSE("z", "'units':40000") "," FC2),
         "pass 2147483648 numbers"},
        {0}};
    refuse_all(list);
}

Test(malformed, connections)
{
    static const struct bad list[] = {
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['nowhere',0,0,{}]]]"), ENDS),
         "layer 2 'fc2': refers to layer 'nowhere', which does not exist"},
        {FUNCTIONAL(INPUT NODE("fc1", "3", "[[['fc2',0,0]]]") "," NODE("fc2", "2", "[[['fc1',0,0]]]"), ENDS),
         "does not depend on the input"},
        {FUNCTIONAL(INPUT NODE("fc1", "4", "[[['fc3',0,0]]]") "," NODE(
                        "fc3", "4",
                        "[[['fc1',0,0]]]") ",{'class_name':'Add','name':'add',"
                                           "'config':{'name':'add'},'inbound_nodes':[[['in',0,0],['fc3',0,0]]]}," NODE(
                                               "fc2", "2", "[[['add',0,0]]]"),
                    ENDS),
         "takes part in a cycle"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['in',0,1]]]"), ENDS), "takes output 1 of layer 'in', which has fewer"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['in',0,0,{'scale':2}]]]"), ENDS), "called with the argument 'scale'"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['_CONSTANT_VALUE',-1,0.5,{}]]]"), ENDS), "constant as input"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['in','a','b']]]"), ENDS), "not [name, number, number]"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[5]]"), ENDS), "layer 2 'fc2' (Dense): a connection is a number"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[5]"), ENDS), "an inbound node is a number"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "'in'"), ENDS), "inbound_nodes is a string"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[]"), ENDS), "output of the model: refers to layer 'fc2'"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[]]"), ENDS), "names no input"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[{'args':[5],'kwargs':{}}]"), ENDS), "called with a number as input"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[{'args':[{'class_name':'__keras_tensor__','config':{}}]}]"), ENDS),
         "no keras_history"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[{'args':5}]"), ENDS), "args of a call is a number"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['in',0,0]]]") "," NODE("fc2", "2", "[[['in',0,0]]]"), ENDS),
         "two layers are called 'fc2'"},
        {FUNCTIONAL(INPUT NODE("fc1", "4", "[[['in',0,0]],[['in',0,0]]]") "," NODE("fc2", "2", "[[['fc1',2,0]]]"),
                    ENDS),
         "use 2 of layer 'fc1', which has 2"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['in',0,0]]]"),
                    "'input_layers':[['in',0,0],['b',0,0]],'output_layers':[['fc2',0,0]]"),
         "input 'b' is not one of its input layers"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['in',0,0]]]"),
                    "'input_layers':[['in',0,0]],'output_layers':[['fc2',0,0],['a',0,0]]"),
         "names 'a', which is no layer"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['in',0,0]]]"),
                    "'input_layers':[['fc2',0,0]],'output_layers':[['fc2',0,0]]"),
         "not one of its input layers"},
        {FUNCTIONAL(INPUT NODE("fc2", "2", "[[['in',0,0]]]"), "'input_layers':[['in',0,0]]"),
         "output_layers does not name"},
        {FUNCTIONAL(
             INPUT "{'class_name':'InputLayer','config':{'name':'b','batch_input_shape':[null,4]}},"
                   "{'class_name':'Add','name':'fc2','config':{'name':'fc2'},'inbound_nodes':[[['in',0,0],['b',0,0]]]}",
             ENDS),
         "not among the model's input_layers"},
        {0}};
    refuse_all(list);
}

Test(malformed, heads)
{
    static const struct bad list[] = {
        {SEQUENTIAL(INPUT DENSE("x", "'units':1")),
         "layer 2 'x' (dense): one output without a sigmoid is a regression"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':1,'activation':'softmax'")), "a softmax over one unit is always 1"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':5,'activation':'sigmoid'")),
         "5 sigmoid units are 5 separate yes/no answers"},
        {SEQUENTIAL(INPUT DENSE("x", "'units':5,'activation':'relu'")), "not class scores"},
        {SEQUENTIAL(
             INPUT DENSE("x", "'units':5,'activation':'relu'") ",{'class_name':'Flatten','config':{'name':'f'}}"),
         "not class scores"},
        {SEQUENTIAL(IMAGE LAYER("MaxPooling2D", "") ",{'class_name':'Flatten','config':{'name':'f'}}"),
         "not class scores"},
        {SEQUENTIAL(IMAGE DENSE("x", "'units':5,'activation':'softmax'")), "has shape 6x6x5; a classifier has one row"},
        {SEQUENTIAL(INPUT LAYER("Dropout", ",'rate':0.5")), "not class scores"},
        {SEQUENTIAL(SHAPED("[null,5,4]") LAYER("LSTM", ",'units':3")), "layer 2 'x' (lstm): the model ends here"},
        {SEQUENTIAL(SHAPED("[null,5,4]") LAYER("MaxPooling1D", ",'pool_size':5")), "not class scores"},
        {SEQUENTIAL(SHAPED("[null,1,1,4]") LAYER("UpSampling2D", ",'size':1")), "not class scores"},
        {SEQUENTIAL(INPUT LAYER("RepeatVector", ",'n':1")), "not class scores"},
        {0}};
    refuse_all(list);
}

Test(malformed, weights)
{
    static const char *const config = SEQUENTIAL(INPUT FC1 FC2);
    struct fixture_weight w[5];
    memcpy(w, good, sizeof w);
    fixture_refused(config, "2.9.0", good + 2, "layer 2 'fc1' (dense): the file has no weights for this layer");
    w[0].dim[0] = 5;
    fixture_refused(config, "2.9.0", w,
                    "layer 2 'fc1' (dense): weight 'kernel': the file has shape 5x3, the layer wants 4x3");
    w[0] = good[0];
    w[1].rank = 2;
    w[1].dim[1] = 1;
    fixture_refused(config, "2.9.0", w, "weight 'bias': the file has shape 3x1, the layer wants 3");
    w[1] = good[1];
    w[3].value = NAN;
    fixture_refused(config, "2.9.0", w, "layer 3 'fc2' (dense): weight 'bias': value 0 of 2 is not finite");
    w[3].value = INFINITY;
    fixture_refused(config, "2.9.0", w, "weight 'bias': value 0 of 2 is not finite");
    w[3] = good[3];
    w[0].name = "fc1/cornel:0";
    fixture_refused(config, "2.9.0", w, "the file has no weight 'kernel' for this layer");
    w[0].name = "a/kernel:0";
    w[1].name = "b/kernel:0";
    fixture_refused(config, "2.9.0", w, "two weights of the layer are called 'kernel'");
}

Test(malformed, combined_weights)
{
    const struct fixture_weight w[] = {{"bn", "bn/moving_mean:0", 1, {4}, 0},
                                       {"bn", "bn/moving_variance:0", 1, {4}, -1},
                                       {"fc2", "fc2/kernel:0", 2, {4, 2}, 0.5f},
                                       {"fc2", "fc2/bias:0", 1, {2}, 0.5f},
                                       {0}};
    fixture_refused(
        SEQUENTIAL(
            INPUT
            "{'class_name':'BatchNormalization','config':{'name':'bn','axis':1,'center':false,'scale':false}}," FC2),
        "2.9.0", w, "layer 2 'bn' (batch_normalization): its weights give a value that is not finite");
}

Test(malformed, files)
{
    fixture_refused(NULL, NULL, good, "is not a Keras model: it has no attribute model_config");
    char path[64];
    fixture_write(path, sizeof path, "{}", "2.9.0", good);
    FILE *f = fopen(path, "wb");
    fputs("not an HDF5 file", f);
    fclose(f);
    (void)fixture_refusal(path);
    fixture_write(path, sizeof path, "{}", "2.9.0", good);
    cr_assert_eq(truncate(path, 700), 0);
    (void)fixture_refusal(path);
    unlink(path);
    (void)fixture_refusal(path); /* no file at all */
}

Test(malformed, keras_1_names_are_understood)
{
    const struct fixture_weight w[] = {{"fc1", "fc1_W", 2, {4, 3}, 0.5f},
                                       {"fc1", "fc1_b", 1, {3}, 0.1f},
                                       {"fc2", "fc2_W:0", 2, {3, 2}, -0.5f},
                                       {"fc2", "fc2_b:0", 1, {2}, 0.2f},
                                       {0}};
    char path[64], *config = fixture_json(SEQUENTIAL(INPUT FC1 FC2));
    fixture_write(path, sizeof path, config, NULL, w);
    net_free(support_load(path));
    unlink(path);
    free(config);
}
