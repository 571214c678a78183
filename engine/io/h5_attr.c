/* Reading attributes. */
#include <stdio.h>

#include "engine/io/h5_local.h"

#define ATTRIBUTE_BYTES_MAX ((hsize_t)64 << 20)

struct attribute {
    hid_t id; /* < 0: absent */
    H5T_class_t class;
    struct h5_info info; /* rank, dims and size only */
    char what[256];      /* for messages */
};

static int examine(struct attribute *at, struct err *e)
{
    hid_t type = H5Aget_type(at->id), space = H5Aget_space(at->id);
    int status;
    if (type < 0 || space < 0)
        status = h5_fail(e, ERR_INPUT, "%s: broken", at->what);
    else if (H5Aget_storage_size(at->id) > ATTRIBUTE_BYTES_MAX)
        status = err_set(e, ERR_INPUT, "%s: larger than 64 MiB", at->what);
    else
        status = h5_extent(space, &at->info, at->what, e);
    at->class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    return status;
}

static int open_attribute(struct h5_local *f, const char *path, const char *name, struct attribute *at, struct err *e)
{
    hid_t object;
    at->id = -1;
    snprintf(at->what, sizeof at->what, "attribute '%.80s' of %.120s", name, path);
    TRY(h5_require(f, path, &object, e));
    htri_t exists = H5Aexists(object, name);
    if (exists > 0)
        at->id = H5Aopen(object, name, H5P_DEFAULT);
    H5Oclose(object);
    if (exists < 0 || (exists > 0 && at->id < 0))
        return h5_fail(e, ERR_INPUT, "%s: broken", at->what);
    if (at->id < 0)
        return 0;
    int status = examine(at, e);
    if (status != 0)
        H5Aclose(at->id);
    return status;
}

int h5_local_attr_strings(struct h5_local *f, const char *path, const char *name, struct arena *a,
                          const char *const **out, size_t *n, struct err *e)
{
    struct attribute at;
    *out = NULL;
    *n = 0;
    TRY(open_attribute(f, path, name, &at, e));
    if (at.id < 0)
        return 0;
    int status = 0;
    /* numpy turns an empty list of names into float64 of no elements, and so do Keras' files */
    if (at.class != H5T_STRING && at.info.size > 0)
        status = err_set(e, ERR_INPUT, "%s: holds no strings", at.what);
    else
        status = h5_read_text(at.id, 1, at.info.size, a, out, at.what, e);
    *n = status == 0 ? at.info.size : 0;
    H5Aclose(at.id);
    return status;
}

static int read_reals(const struct attribute *at, struct arena *a, const double **out, struct err *e)
{
    if (at->class != H5T_INTEGER && at->class != H5T_FLOAT && at->class != H5T_ENUM)
        return err_set(e, ERR_INPUT, "%s: holds no numbers", at->what);
    double *v = arena_array(a, at->info.size, sizeof *v);
    if (v == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", at->what);
    if (at->info.size > 0 && H5Aread(at->id, H5T_NATIVE_DOUBLE, v) < 0)
        return h5_fail(e, ERR_INPUT, "%s: cannot read", at->what);
    *out = v;
    return 0;
}

int h5_local_attr_reals(struct h5_local *f, const char *path, const char *name, struct arena *a, const double **out,
                        size_t *n, struct err *e)
{
    struct attribute at;
    *out = NULL;
    *n = 0;
    TRY(open_attribute(f, path, name, &at, e));
    if (at.id < 0)
        return 0;
    int status = read_reals(&at, a, out, e);
    *n = status == 0 ? at.info.size : 0;
    H5Aclose(at.id);
    return status;
}
