/* The places of layers among nested models: names for messages, groups and paths for weights. */
#ifndef ASSAY_NET_KERAS_SCOPE_H
#define ASSAY_NET_KERAS_SCOPE_H
#include "engine/net/keras/layer.h"
#include "engine/net/keras/nodes.h"

#define KERAS_MAX_CLASSES 256

struct keras_class_count {
    const char *name;
    size_t n;
};

/* One use of a nested model, or the model itself: layer names are its own. */
struct keras_scope {
    struct keras_reader *reader;
    size_t id; /* 0: the model itself */
    int depth;
    const char *prefix; /* of its layers' labels: "", "features/" */
    const char *group;  /* of its layers' weights, NULL: one for each */
    const char *path;   /* of its layers' weights by class */
    size_t place;       /* of the outermost layer, 0: its layers' own */
    size_t *order;      /* layers so far */
    const struct keras_refs *inputs; /* NULL: the model itself */
    struct graph_call *input;        /* of the model itself, once known */
    size_t classes_n;
    struct keras_class_count class[KERAS_MAX_CLASSES];
};

/* Give the layer its label and the place of its weights. To be called once for each entry, in order. */
int keras_place_layer(struct keras_scope *s, struct keras_layer *layer, struct err *e);
/* The scope of one use of a nested model. */
int keras_nested_scope(struct keras_scope *outer, const struct keras_layer *layer, const struct keras_refs *inputs,
                       struct keras_scope *inner, struct err *e);

#endif
