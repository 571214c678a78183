#include "engine/net/keras/weights.h"
#include "engine/net/keras/by_class.h"
#include "engine/net/keras/by_name.h"

int keras_read_weights(const struct keras_file *f, const struct graph *g, size_t i, float *place,
                       const float *at[LAYER_MAX_WEIGHTS], struct err *e)
{
    struct arena names;
    if (arena_init(&names, 0) != 0)
        return err_set(e, ERR_RUN, "out of memory");
    int status = f->layout == KERAS_BY_CLASS ? keras_read_by_class(f, g, i, &names, place, at, e)
                                             : keras_read_by_name(f, g, i, &names, place, at, e);
    arena_free(&names);
    return status;
}
