/* Writing groups, data sets and attributes. */
#include <string.h>

#include "engine/io/h5_local.h"
#include "engine/io/h5_private.h"

/* A creation property list that stores no times. */
static hid_t timeless(hid_t class)
{
    hid_t plist = H5Pcreate(class);
    H5Pset_obj_track_times(plist, 0);
    return plist;
}

static hid_t file_type(enum h5_type type)
{
    switch (type) {
    case H5_UINT8:
        return H5T_STD_U8LE;
    case H5_INT32:
        return H5T_STD_I32LE;
    case H5_INT64:
        return H5T_STD_I64LE;
    case H5_FLOAT32:
        return H5T_IEEE_F32LE;
    case H5_FLOAT64:
        return H5T_IEEE_F64LE;
    default:
        return -1;
    }
}

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/* The path's prefix of `length` bytes as a group, made if it is missing. */
static int make_prefix(struct h5 *f, const char *path, size_t length, struct err *e)
{
    char prefix[H5_PATH_MAX];
    enum h5_object kind;
    memcpy(prefix, path, length);
    prefix[length] = '\0';
    TRY(h5_local_kind(f->local, prefix, &kind, e));
    if (kind == H5_GROUP)
        return 0;
    if (kind == H5_DATASET)
        return err_set(e, ERR_RUN, "%s: is a data set, wants a group", prefix);
    hid_t create = timeless(H5P_GROUP_CREATE);
    hid_t id = H5Gcreate2(f->local->id, prefix, H5P_DEFAULT, create, H5P_DEFAULT);
    H5Pclose(create);
    if (id < 0)
        return h5_fail(e, ERR_RUN, "%s: cannot make this group", prefix);
    H5Gclose(id);
    return 0;
}

static int make_groups(struct h5 *f, const char *path, size_t length, struct err *e)
{
    if (length >= H5_PATH_MAX)
        return err_set(e, ERR_RUN, "%.60s...: path too long", path);
    for (size_t i = 1; i <= length; i++)
        if ((i == length || path[i] == '/') && path[i - 1] != '/')
            TRY(make_prefix(f, path, i, e));
    return 0;
}

int h5_make_group(struct h5 *f, const char *path, struct err *e)
{
    return make_groups(f, path, strlen(path), e);
}

static int create_set(struct h5 *f, const char *dataset, hid_t type, size_t rank, const size_t *dim, hid_t *id,
                      struct err *e)
{
    hsize_t extent[H5_MAX_RANK];
    const char *slash = strrchr(dataset, '/');
    if (rank > H5_MAX_RANK)
        return err_set(e, ERR_RUN, "%s: rank %zu, at most %d is written", dataset, rank, H5_MAX_RANK);
    TRY(make_groups(f, dataset, slash != NULL ? (size_t)(slash - dataset) : 0, e));
    for (size_t i = 0; i < rank; i++)
        extent[i] = dim[i];
    hid_t space = rank > 0 ? H5Screate_simple((int)rank, extent, NULL) : H5Screate(H5S_SCALAR);
    hid_t create = timeless(H5P_DATASET_CREATE);
    *id = H5Dcreate2(f->local->id, dataset, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    H5Pclose(create);
    H5Sclose(space);
    return *id < 0 ? h5_fail(e, ERR_RUN, "%s: cannot make this data set", dataset) : 0;
}

int h5_write(struct h5 *f, const char *dataset, enum h5_type type, size_t rank, const size_t *dim, const void *data,
             struct err *e)
{
    hid_t id;
    TRY(create_set(f, dataset, file_type(type), rank, dim, &id, e));
    int failed = H5Dwrite(id, h5_native(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0;
    failed |= H5Dclose(id) < 0;
    return failed ? h5_fail(e, ERR_RUN, "%s: cannot write", dataset) : 0;
}

int h5_declare(struct h5 *f, const char *dataset, enum h5_type type, size_t rank, const size_t *dim, struct err *e)
{
    hid_t id, text = text_type();
    int status = create_set(f, dataset, type == H5_STRING ? text : file_type(type), rank, dim, &id, e);
    if (status == 0)
        H5Dclose(id);
    H5Tclose(text);
    return status;
}

int h5_link(struct h5 *f, const char *dataset, const char *other, struct err *e)
{
    const char *slash = strrchr(other, '/');
    TRY(make_groups(f, other, slash != NULL ? (size_t)(slash - other) : 0, e));
    if (H5Lcreate_hard(f->local->id, dataset, f->local->id, other, H5P_DEFAULT, H5P_DEFAULT) < 0)
        return h5_fail(e, ERR_RUN, "%s: cannot be named %s, too", dataset, other);
    return 0;
}

int h5_write_rows(struct h5 *f, const char *dataset, size_t first, size_t count, const void *data, struct err *e)
{
    TRY(h5_use_set(f->local, dataset, e));
    const struct h5_info *info = &f->local->last.info;
    if (info->rank < 1 || first > info->dim[0] || count > info->dim[0] - first)
        return err_set(e, ERR_RUN, "%s: has no rows %zu to %zu", dataset, first, first + count);
    if (count == 0 || info->size == 0)
        return 0;
    hsize_t start[H5_MAX_RANK] = {first}, extent[H5_MAX_RANK] = {count};
    for (size_t i = 1; i < info->rank; i++)
        extent[i] = info->dim[i];
    hid_t file_space = H5Dget_space(f->local->last.id), memory_space = H5Screate_simple((int)info->rank, extent, NULL);
    hid_t text = text_type(), type = info->type == H5_STRING ? text : h5_native(info->type);
    int failed = H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, extent, NULL) < 0 ||
                 H5Dwrite(f->local->last.id, type, memory_space, file_space, H5P_DEFAULT, data) < 0;
    H5Tclose(text);
    H5Sclose(file_space);
    H5Sclose(memory_space);
    return failed ? h5_fail(e, ERR_RUN, "%s: cannot write rows %zu to %zu", dataset, first, first + count) : 0;
}

int h5_write_strings(struct h5 *f, const char *dataset, const char *const *text, size_t n, struct err *e)
{
    hid_t id, type = text_type();
    int status = create_set(f, dataset, type, 1, &n, &id, e);
    if (status == 0) {
        int failed = n > 0 && H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0;
        failed |= H5Dclose(id) < 0;
        status = failed ? h5_fail(e, ERR_RUN, "%s: cannot write", dataset) : 0;
    }
    H5Tclose(type);
    return status;
}

/* What an attribute is to hold; `space` is closed by put_attribute. */
struct content {
    hid_t file_type, memory_type, space;
    const void *data; /* NULL: no elements */
};

static int put_attribute(struct h5 *f, const char *path, const char *name, const struct content *c, struct err *e)
{
    hid_t object;
    int status = h5_require(f->local, path, &object, e);
    if (status == 0) {
        hid_t id = H5Acreate2(object, name, c->file_type, c->space, H5P_DEFAULT, H5P_DEFAULT);
        int failed = id < 0 || (c->data != NULL && H5Awrite(id, c->memory_type, c->data) < 0);
        if (id >= 0)
            failed |= H5Aclose(id) < 0;
        H5Oclose(object);
        if (failed)
            status = h5_fail(e, ERR_RUN, "attribute '%s' of %s: cannot write", name, path);
    }
    H5Sclose(c->space);
    return status;
}

static hid_t vector_space(size_t n)
{
    hsize_t extent = n;
    return H5Screate_simple(1, &extent, NULL);
}

int h5_put_attr_string(struct h5 *f, const char *path, const char *name, const char *text, struct err *e)
{
    hid_t type = text_type();
    int status = put_attribute(f, path, name, &(struct content){type, type, H5Screate(H5S_SCALAR), &text}, e);
    H5Tclose(type);
    return status;
}

int h5_put_attr_strings(struct h5 *f, const char *path, const char *name, const char *const *text, size_t n,
                        struct err *e)
{
    hid_t type = text_type();
    int status = put_attribute(f, path, name, &(struct content){type, type, vector_space(n), n > 0 ? text : NULL}, e);
    H5Tclose(type);
    return status;
}

int h5_put_attr_reals(struct h5 *f, const char *path, const char *name, const double *v, size_t n, struct err *e)
{
    struct content c = {H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, n == 1 ? H5Screate(H5S_SCALAR) : vector_space(n),
        n > 0 ? v : NULL};
    return put_attribute(f, path, name, &c, e);
}
