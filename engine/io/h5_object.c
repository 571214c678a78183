/* Finding objects, and the checks every data set passes before it is read. */
#include <stdlib.h>
#include <string.h>

#include "engine/io/h5_local.h"

#define COMPONENTS_MAX 64
#define MEMBERS_MAX 100000
#define FILTERS_MAX 3
#define CHUNK_BYTES_MAX ((size_t)64 << 20)
#define CACHE_BYTES_MAX ((size_t)256 << 20)
#define SUSPICIOUS_BYTES ((size_t)64 << 20)
#define RATIO_MAX 1100    /* deflate reaches 1032:1 at best */
#define VARIABLE_BYTES 16 /* length, address and index of a string of variable length, as stored */

/* The child `name` of an open object; *child = -1 if absent. */
static int open_child(hid_t parent, const char *name, const char *path, hid_t *child, struct err *e)
{
    H5L_info_t link;
    *child = -1;
    if (H5Iget_type(parent) != H5I_GROUP)
        return 0;
    htri_t exists = H5Lexists(parent, name, H5P_DEFAULT);
    if (exists == 0)
        return 0;
    if (exists < 0 || H5Lget_info(parent, name, &link, H5P_DEFAULT) < 0)
        return h5_fail(e, ERR_INPUT, "%s: broken link", path);
    if (link.type != H5L_TYPE_HARD)
        return h5_fail(e, ERR_INPUT, "%s: '%s' is %s link; only hard links are followed", path, name,
            link.type == H5L_TYPE_SOFT ? "a soft" : link.type == H5L_TYPE_EXTERNAL ? "an external" : "a user-defined");
    *child = H5Oopen(parent, name, H5P_DEFAULT);
    return *child < 0 ? h5_fail(e, ERR_INPUT, "%s: broken object", path) : 0;
}

/* As h5_require, but *id = -1 and success if it is absent. */
static int locate(struct h5_local *f, const char *path, hid_t *id, struct err *e)
{
    char copy[H5_PATH_MAX], *rest = copy, *end;
    *id = -1;
    if (strlen(path) >= sizeof copy)
        return err_set(e, ERR_INPUT, "%.60s...: path too long", path);
    strcpy(copy, path);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* per thread */
    hid_t at = H5Gopen2(f->id, "/", H5P_DEFAULT);
    if (at < 0)
        return h5_fail(e, ERR_INPUT, "%s: broken root group", path);
    for (int depth = 0; at >= 0 && *rest != '\0'; rest = end, depth++) {
        rest += strspn(rest, "/");
        end = rest + strcspn(rest, "/");
        if (*rest == '\0')
            break;
        if (*end == '/')
            *end++ = '\0';
        hid_t child = -1;
        int status = 0;
        if (depth >= COMPONENTS_MAX)
            status = err_set(e, ERR_INPUT, "%.60s...: path of more than %d parts", path, COMPONENTS_MAX);
        else if (strcmp(rest, ".") != 0) /* HDF5 takes "." for the group itself */
            status = open_child(at, rest, path, &child, e);
        H5Oclose(at);
        at = child;
        if (status != 0)
            return status;
    }
    *id = at;
    return 0;
}

int h5_require(struct h5_local *f, const char *path, hid_t *id, struct err *e)
{
    TRY(locate(f, path, id, e));
    return *id < 0 ? err_set(e, ERR_INPUT, "%s: does not exist", path) : 0;
}

int h5_local_kind(struct h5_local *f, const char *path, enum h5_object *out, struct err *e)
{
    hid_t id;
    *out = H5_ABSENT;
    TRY(locate(f, path, &id, e));
    if (id < 0)
        return 0;
    H5I_type_t type = H5Iget_type(id);
    H5Oclose(id);
    if (type != H5I_GROUP && type != H5I_DATASET)
        return err_set(e, ERR_INPUT, "%s: is neither a group nor a data set", path);
    *out = type == H5I_GROUP ? H5_GROUP : H5_DATASET;
    return 0;
}

struct listing {
    struct arena *arena;
    const char **names;
    size_t n, capacity;
};

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *link, void *context)
{
    struct listing *l = context;
    (void)group;
    (void)link;
    if (l->n == l->capacity)
        return -1;
    l->names[l->n] = arena_strdup(l->arena, name);
    return l->names[l->n++] != NULL ? 0 : -1;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_group(hid_t group, const char *path, struct listing *l, struct err *e)
{
    H5G_info_t info;
    if (H5Gget_info(group, &info) < 0)
        return h5_fail(e, ERR_INPUT, "%s: broken group", path);
    if (info.nlinks > MEMBERS_MAX)
        return err_set(e, ERR_INPUT, "%s: has more than %d members", path, MEMBERS_MAX);
    l->capacity = (size_t)info.nlinks;
    l->names = arena_array(l->arena, l->capacity, sizeof *l->names);
    if (l->names == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", path);
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_name, l) < 0)
        return h5_fail(e, ERR_INPUT, "%s: cannot list this group", path);
    qsort(l->names, l->n, sizeof *l->names, by_text);
    return 0;
}

int h5_local_list(struct h5_local *f, const char *group, struct arena *a, const char *const **names, size_t *n,
                  struct err *e)
{
    hid_t id;
    struct listing l = {.arena = a};
    TRY(h5_require(f, group, &id, e));
    int status = H5Iget_type(id) == H5I_GROUP ? list_group(id, group, &l, e)
                                              : err_set(e, ERR_INPUT, "%s: is not a group", group);
    H5Oclose(id);
    *names = l.names;
    *n = l.n;
    return status;
}

int h5_extent(hid_t space, struct h5_info *info, const char *what, struct err *e)
{
    hsize_t dim[H5S_MAX_RANK];
    H5S_class_t kind = H5Sget_simple_extent_type(space);
    int rank = H5Sget_simple_extent_ndims(space);
    if (kind == H5S_NO_CLASS || rank < 0)
        return h5_fail(e, ERR_INPUT, "%s: broken extent", what);
    if (rank > H5_MAX_RANK)
        return err_set(e, ERR_INPUT, "%s: rank %d, at most %d is read", what, rank, H5_MAX_RANK);
    if (rank > 0 && H5Sget_simple_extent_dims(space, dim, NULL) < 0)
        return h5_fail(e, ERR_INPUT, "%s: broken extent", what);
    info->rank = (size_t)rank;
    info->size = kind == H5S_NULL ? 0 : 1;
    int zero = 0;
    for (size_t i = 0; i < info->rank; i++) {
        info->dim[i] = (size_t)dim[i];
        zero |= dim[i] == 0;
        if (dim[i] != 0 && info->size > (SIZE_MAX >> 8) / dim[i])
            return err_set(e, ERR_INPUT, "%s: dimensions overflow", what);
        info->size *= dim[i] != 0 ? info->dim[i] : 1;
    }
    if (zero)
        info->size = 0;
    return 0;
}

static enum h5_type integer_type(hid_t type)
{
    size_t size = H5Tget_size(type);
    int is_signed = H5Tget_sign(type) == H5T_SGN_2;
    if (size == 1 && !is_signed)
        return H5_UINT8;
    return size == 4 && is_signed ? H5_INT32 : H5_INT64;
}

/* h5py stores booleans as an enumeration over int8; HDF5 converts it to integers. */
static enum h5_type enum_type(hid_t type)
{
    return H5Tget_size(type) == 1 ? H5_UINT8 : H5_INT64;
}

enum h5_type h5_classify(hid_t type)
{
    size_t size = H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        return size >= 1 && size <= 8 ? integer_type(type) : H5_OTHER;
    case H5T_ENUM:
        return size >= 1 && size <= 8 ? enum_type(type) : H5_OTHER;
    case H5T_FLOAT:
        return size > 8 ? H5_OTHER : size > 4 ? H5_FLOAT64 : H5_FLOAT32;
    case H5T_STRING:
        return H5_STRING;
    default:
        return h5_is_bfloat16(type) ? H5_FLOAT32 : H5_OTHER;
    }
}

static int check_filters(hid_t plist, const char *path, struct err *e)
{
    int n = H5Pget_nfilters(plist);
    if (n < 0 || n > FILTERS_MAX)
        return h5_fail(e, ERR_INPUT, "%s: %d filters, at most %d are read", path, n, FILTERS_MAX);
    for (unsigned i = 0; i < (unsigned)n; i++) {
        unsigned flags, config;
        size_t values = 0;
        H5Z_filter_t filter = H5Pget_filter2(plist, i, &flags, &values, NULL, 0, NULL, &config);
        if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32)
            return h5_fail(e, ERR_INPUT, "%s: filter %d; only deflate, shuffle and fletcher32 are read", path,
                (int)filter);
    }
    return 0;
}

/* Bytes of one chunk into *bytes (0 if not chunked). */
static int check_chunks(hid_t plist, size_t element, const char *path, size_t *bytes, struct err *e)
{
    hsize_t dim[H5S_MAX_RANK];
    *bytes = 0;
    if (H5Pget_layout(plist) != H5D_CHUNKED)
        return 0;
    int rank = H5Pget_chunk(plist, H5S_MAX_RANK, dim);
    size_t product = element;
    for (int i = 0; i < rank; i++) {
        if (dim[i] == 0 || product > CHUNK_BYTES_MAX / dim[i])
            return err_set(e, ERR_INPUT, "%s: chunks of more than %zu bytes", path, CHUNK_BYTES_MAX);
        product *= (size_t)dim[i];
    }
    *bytes = product;
    return rank > 0 ? 0 : h5_fail(e, ERR_INPUT, "%s: broken layout", path);
}

/* Layout and filters, before anything asks for the extent: that alone may open the files of a virtual data set. */
static int check_layout(hid_t id, size_t element, const char *path, size_t *chunk, struct err *e)
{
    hid_t plist = H5Dget_create_plist(id);
    if (plist < 0)
        return h5_fail(e, ERR_INPUT, "%s: broken layout", path);
    H5D_layout_t layout = H5Pget_layout(plist);
    int status = 0;
    if (H5Pget_external_count(plist) != 0)
        status = err_set(e, ERR_INPUT, "%s: its values lie in an external file", path);
    else if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED)
        status = err_set(e, ERR_INPUT, "%s: virtual data sets are not read", path);
    else
        status = check_filters(plist, path, e);
    if (status == 0)
        status = check_chunks(plist, element, path, chunk, e);
    H5Pclose(plist);
    return status;
}

/* Whether the file holds what the extent promises. */
static int check_storage(const struct h5_local *f, const struct h5_set *set, size_t element, size_t chunk,
                         struct err *e)
{
    if (set->info.size > SIZE_MAX / element)
        return err_set(e, ERR_INPUT, "%s: dimensions overflow", set->path);
    size_t bytes = set->info.size * element;
    size_t stored = (size_t)H5Dget_storage_size(set->id);
    if (bytes == 0 || f->bytes == 0)
        return 0;
    if (stored == 0)
        return err_set(e, ERR_INPUT, "%s: declared, but holds no values", set->path);
    if (stored > f->bytes)
        return err_set(e, ERR_INPUT, "%s: %zu bytes stored in a file of %zu", set->path, stored, f->bytes);
    if (chunk == 0 && stored != bytes)
        return err_set(e, ERR_INPUT, "%s: %zu bytes stored, the shape needs %zu", set->path, stored, bytes);
    if (bytes > SUSPICIOUS_BYTES && bytes / RATIO_MAX > stored)
        return err_set(e, ERR_INPUT, "%s: declares %zu bytes, holds %zu", set->path, bytes, stored);
    haddr_t offset = H5Dget_offset(set->id); /* undefined for chunked and compact layouts */
    if (chunk == 0 && offset != HADDR_UNDEF && (offset > f->bytes || stored > f->bytes - offset))
        return err_set(e, ERR_INPUT, "%s: lies past the end of the file", set->path);
    H5Eclear2(H5E_DEFAULT);
    return 0;
}

static int check_set(const struct h5_local *f, struct h5_set *set, size_t *chunk, struct err *e)
{
    hid_t type = H5Dget_type(set->id);
    if (type < 0)
        return h5_fail(e, ERR_INPUT, "%s: broken type", set->path);
    size_t element = H5Tget_size(type);
    if (H5Tis_variable_str(type) > 0)
        element = VARIABLE_BYTES;
    set->info.type = h5_classify(type);
    H5Tclose(type);
    if (element == 0)
        return h5_fail(e, ERR_INPUT, "%s: broken type", set->path);
    TRY(check_layout(set->id, element, set->path, chunk, e));
    hid_t space = H5Dget_space(set->id);
    if (space < 0)
        return h5_fail(e, ERR_INPUT, "%s: broken extent", set->path);
    int status = h5_extent(space, &set->info, set->path, e);
    H5Sclose(space);
    return status != 0 ? status : check_storage(f, set, element, *chunk, e);
}

void h5_close_set(struct h5_set *set)
{
    if (set->id >= 0)
        H5Dclose(set->id);
    set->id = -1;
    set->path[0] = '\0';
}

int h5_open_set(struct h5_local *f, const char *path, struct h5_set *set, struct err *e)
{
    size_t chunk = 0;
    set->id = -1;
    TRY(h5_require(f, path, &set->id, e));
    strcpy(set->path, path); /* locate checked the length */
    int status = H5Iget_type(set->id) != H5I_DATASET ? err_set(e, ERR_INPUT, "%s: is not a data set", path)
                                                     : check_set(f, set, &chunk, e);
    if (status != 0) {
        H5Oclose(set->id);
        set->id = -1;
    }
    return status;
}

/* Rows are read in order, so every chunk that one row crosses must stay in the cache, or it is inflated once a row. The
 * library's default is 1 MiB. */
static int widen_cache(struct h5_local *f, struct h5_set *set, struct err *e)
{
    hsize_t dim[H5S_MAX_RANK];
    hid_t plist = H5Dget_create_plist(set->id);
    int rank = H5Pget_layout(plist) == H5D_CHUNKED ? H5Pget_chunk(plist, H5S_MAX_RANK, dim) : 0;
    H5Pclose(plist);
    hid_t type = H5Dget_type(set->id);
    size_t bytes = H5Tget_size(type);
    H5Tclose(type);
    for (int i = 0; i < rank && bytes < CACHE_BYTES_MAX; i++) {
        size_t across = i == 0 ? 1 : (set->info.dim[i] + (size_t)dim[i] - 1) / (size_t)dim[i];
        bytes *= (size_t)dim[i] * across;
    }
    if (rank <= 0 || bytes <= (size_t)1 << 20)
        return 0;
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, 12421, bytes < CACHE_BYTES_MAX ? bytes : CACHE_BYTES_MAX, 1.0);
    H5Dclose(set->id); /* an open data set keeps the cache that it has */
    set->id = H5Dopen2(f->id, set->path, access);
    H5Pclose(access);
    return set->id < 0 ? h5_fail(e, ERR_INPUT, "%s: broken data set", set->path) : 0;
}

int h5_use_set(struct h5_local *f, const char *path, struct err *e)
{
    if (f->last.id >= 0 && strcmp(f->last.path, path) == 0)
        return 0;
    h5_close_set(&f->last);
    TRY(h5_open_set(f, path, &f->last, e));
    return widen_cache(f, &f->last, e);
}

int h5_local_info(struct h5_local *f, const char *dataset, struct h5_info *out, struct err *e)
{
    struct h5_set set;
    TRY(h5_open_set(f, dataset, &set, e));
    *out = set.info;
    h5_close_set(&set);
    return 0;
}
