/* What of a sample goes to which input of a model, and which of its outputs is judged: the config's "model_inputs" and
 * "model_output". A net has one input; the inputs of the model are columns of it, each perhaps in another shape. */
#ifndef ASSAY_NET_PORTS_H
#define ASSAY_NET_PORTS_H
#include <stddef.h>

/* The columns of one input, both ends included. */
struct net_port {
    const char *input;
    size_t first, last;
    size_t names_n; /* features by name, until they are looked up in the data set; 0: the numbers are known */
    const char *const *name;
};

struct net_ports {
    size_t n; /* 0: nothing is said of inputs */
    struct net_port *port;
    int shared;         /* columns may go to more than one input */
    const char *output; /* NULL: nothing is said */
};

#endif
