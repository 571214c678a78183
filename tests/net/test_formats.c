/* Files of other forms than a whole model in HDF5 that cannot be read; those that can are in test_golden.c. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "engine/base/file.h"
#include "tests/net/fixture.h"
#include "tests/net/support.h"

#define FOLDER "tests/golden/nets/"

static int load(const char *path, const char *architecture, struct err *e)
{
    struct net_preprocess pre = {.architecture = architecture};
    struct net *net;
    int status = net_load(&net, path, &pre, support_kern(), e);
    if (status == 0)
        net_free(net);
    else
        cr_assert_null(net);
    return status;
}

static void refused(const char *path, const char *architecture, int code, const char *message)
{
    struct err e = {0};
    cr_expect_eq(load(path, architecture, &e), code, "%s: %s", path, e.text);
    cr_expect_not_null(strstr(e.text, message), "got  %s\nwant %s", e.text, message);
}

/* A copy of a file with `from` replaced by `to` of the same length, or longer if the file is text. */
static void altered(const char *source, const char *from, const char *to, char *path, size_t size)
{
    char *data;
    size_t n;
    struct err e = {0};
    cr_assert_eq(file_read(source, 1 << 20, ERR_INPUT, &data, &n, &e), 0, "%s", e.text);
    char *at = data;
    while (at < data + n && memcmp(at, from, strlen(from)) != 0)
        at++;
    cr_assert_lt(at, data + n - strlen(from));
    snprintf(path, size, "/tmp/assay_net_XXXXXX");
    FILE *f = fdopen(mkstemp(path), "wb");
    fwrite(data, 1, (size_t)(at - data), f);
    fputs(to, f);
    fwrite(at + strlen(from), 1, (size_t)(data + n - at) - strlen(from), f);
    fclose(f);
    free(data);
}

Test(formats, architecture)
{
    char path[64];
    refused(FOLDER "parts_tf.weights.h5", NULL, ERR_INPUT, "give what model.to_json() returns as 'architecture'");
    refused(FOLDER "parts_k3.weights.h5", NULL, ERR_INPUT, "holds weights but no architecture");
    refused(FOLDER "split_relu.h5", FOLDER "parts_tf.json", ERR_USAGE, "has an architecture of its own; leave");
    refused(FOLDER "archive_k3.keras", FOLDER "parts_tf.json", ERR_USAGE, "has an architecture of its own; leave");
    refused(FOLDER "parts_tf.weights.h5", "nowhere.json", ERR_INPUT, "architecture nowhere.json: ");
    refused(FOLDER "parts_tf.weights.h5", FOLDER "parts_k3.weights.h5", ERR_INPUT, "architecture " FOLDER);
    refused(FOLDER "parts_tf.weights.h5", FOLDER "parts_k3.json", ERR_INPUT,
            "the file has no weights for this layer (no group '/normalization')");
    refused(FOLDER "parts_k3.weights.h5", FOLDER "parts_tf.json", ERR_INPUT,
            "(conv2d): the file has no weight 'kernel'");
    altered(FOLDER "parts_tf.json", "\"filters\": 4", "\"filters\": 6", path, sizeof path);
    refused(FOLDER "parts_tf.weights.h5", path, ERR_INPUT, "the file has shape 3x3x2x4, the layer wants 3x3x2x6");
    unlink(path);
    altered(FOLDER "parts_k3.json", "\"units\": 5", "\"units\": 6", path, sizeof path);
    refused(FOLDER "parts_k3.weights.h5", path, ERR_INPUT, "weight 'kernel': the file has shape 16x5, the layer wants");
    unlink(path);
    altered(FOLDER "parts_k3.json", "\"class_name\": \"Functional\"", "\"class_name\": \"MyModel\"", path, sizeof path);
    refused(FOLDER "parts_k3.weights.h5", path, ERR_INPUT, "only Sequential and Functional");
    unlink(path);
}

Test(formats, version_of_the_architecture)
{
    char path[64];
    struct err e = {0};
    altered(FOLDER "parts_tf.json", "\"keras_version\": \"2.11.0\"", "\"keras_versio\": 2", path, sizeof path);
    cr_expect_eq(load(FOLDER "parts_tf.weights.h5", path, &e), 0, "%s", e.text);
    unlink(path);
}

Test(formats, archives)
{
    char path[64];
    refused("tests/golden/archives/whole.zip", NULL, ERR_INPUT, "no Keras model: it has no member config.json");
    refused("tests/golden/archives/bomb_beside.zip", NULL, ERR_INPUT, "member 'other' grows more than a hundredfold");
    /* stored members: a change of the content breaks the checksum */
    altered(FOLDER "archive_k3.keras", "rescaling", "descaling", path, sizeof path);
    refused(path, NULL, ERR_INPUT, "fails its checksum");
    unlink(path);
}

/* The extension says nothing. */
Test(formats, content_decides)
{
    char path[64], name[80];
    struct err e = {0};
    altered(FOLDER "archive_k3.keras", "PK", "PK", path, sizeof path);
    snprintf(name, sizeof name, "%s.h5", path);
    cr_assert_eq(rename(path, name), 0);
    cr_expect_eq(load(name, NULL, &e), 0, "%s", e.text);
    unlink(name);
    altered(FOLDER "split_relu.h5", "HDF", "HDF", path, sizeof path);
    snprintf(name, sizeof name, "%s.keras", path);
    cr_assert_eq(rename(path, name), 0);
    cr_expect_eq(load(name, NULL, &e), 0, "%s", e.text);
    unlink(name);
}

#define FIRST "'batch_input_shape':[null,6,6,3]"
#define OLD(class_name, more) "{'class_name':'" class_name "','config':{'name':'x'," more "}}"
#define LIST(entries) "{'class_name':'Sequential','config':[" entries "]}"

Test(formats, keras_1)
{
    static const struct fixture_weight none[] = {{"x", "x_W", 2, {4, 3}, 0.5f}, {0}};
    static const char *const list[][2] = {
        {LIST(OLD("Convolution2D", FIRST ",'nb_filter':2,'nb_row':3,'nb_col':3,'dim_ordering':'th'")),
         "layer 1 'x' (Convolution2D): dim_ordering is \"th\": kernels of Theano's ordering were never converted"},
        {LIST(OLD("MaxPooling2D", FIRST ",'dim_ordering':'th'")), "dim_ordering is \"th\""},
        {LIST(OLD("Convolution2D", FIRST ",'nb_filter':2,'nb_row':3")), "'kernel_size' has one of its two numbers"},
        {LIST(OLD("Convolution2D", FIRST ",'nb_filter':2,'nb_col':3")), "'kernel_size' is missing"},
        {LIST(OLD("Convolution2D", FIRST ",'nb_filter':2,'nb_row':[3,3],'nb_col':3")), "is not two numbers"},
        {LIST(OLD("Convolution2D", FIRST ",'nb_filter':2,'nb_row':3,'nb_col':'a'")), "holds a string where a number"},
        {LIST(OLD("Convolution2D", FIRST ",'nb_filter':2,'nb_row':3,'nb_col':3,'border_mode':'full'")), "\"full\""},
        {LIST(OLD("BatchNormalization", FIRST ",'mode':1")), "mode 1 normalizes each sample by itself"},
        {LIST(OLD("Merge", FIRST ",'mode':'dot'")), "layer 1 'x' (Merge): Merge with mode \"dot\" is not supported"},
        {LIST(OLD("Merge", FIRST ",'mode':'cos','mode_type':'raw'")), "Merge with mode \"cos\""},
        {LIST(OLD("Merge", FIRST ",'mode':'4wEAAA','mode_type':'lambda'")), "its mode is program code"},
        {LIST(OLD("Merge", "'mode':'sum','layers':[{'class_name':'Sequential','config':[]}]")), "has several inputs"},
        {LIST(OLD("Deconvolution2D", FIRST ",'nb_filter':2")), "this class is not supported"},
        {LIST(OLD("Dense", "'input_dim':4,'output_dim':3,'bias':true")), "the file has no weight 'bias'"}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        fixture_refused(list[i][0], NULL, none, list[i][1]);
    /* a key of then is none of today's */
    fixture_refused(LIST(OLD("Dense", FIRST ",'output_dim':3")), "2.1.0", none, "'units' is missing");
}

Test(formats, channels_first)
{
    static const struct fixture_weight none[] = {{"x", "x/kernel:0", 2, {4, 3}, 0.5f}, {0}};
#define LINE_FIRST "'data_format':'channels_first','filters':2,'kernel_size':3"
    static const char *const list[][2] = {
        {LIST(OLD("Conv1D", "'batch_input_shape':[null,6,6]," LINE_FIRST)),
         "layer 1 'x' (conv1d): data_format is \"channels_first\", which is supported for layers of images alone"},
        {LIST(OLD("TimeDistributed", "'batch_input_shape':[null,2,6,6,3],'layer':" OLD("Conv2D", LINE_FIRST))),
         "layer 1 'x' (time_distributed): data_format is \"channels_first\", which is supported for layers of images "
         "alone, and not inside of wrappers"},
        {LIST(OLD("Conv2D", "'batch_input_shape':[null,6]," LINE_FIRST)), "wants an input of rank 3"}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        fixture_refused(list[i][0], "2.9.0", none, list[i][1]);
}

/* Permutations stand where the order of axes matters, and nowhere else. */
Test(formats, channels_first_permutations)
{
    static const struct {
        const char *path;
        size_t permutations;
    } list[] = {{FOLDER "first_residual.h5", 1}, {FOLDER "first_flatten.h5", 0}, {FOLDER "first_scores.h5", 0}};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct net *net = support_load(list[i].path);
        size_t n = 0;
        for (size_t k = 0; k < net_layers(net); k++)
            n += strcmp(net_layer(net, k).kind, "permute") == 0;
        cr_expect_eq(n, list[i].permutations, "%s: %zu", list[i].path, n);
        net_free(net);
    }
}
