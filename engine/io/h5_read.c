/* Reading the values of data sets, and strings of data sets and attributes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/io/h5_local.h"
#include "engine/io/utf8.h"

#define TEXT_BYTES_MAX ((size_t)256 << 20)

hid_t h5_native(enum h5_type type)
{
    switch (type) {
    case H5_UINT8:
        return H5T_NATIVE_UINT8;
    case H5_INT32:
        return H5T_NATIVE_INT32;
    case H5_INT64:
        return H5T_NATIVE_INT64;
    case H5_FLOAT32:
        return H5T_NATIVE_FLOAT;
    case H5_FLOAT64:
        return H5T_NATIVE_DOUBLE;
    default:
        return -1;
    }
}

static int is_numeric(enum h5_type type)
{
    return type != H5_STRING && type != H5_OTHER;
}

static int require_numbers(const struct h5_set *set, size_t n, struct err *e)
{
    if (!is_numeric(set->info.type))
        return err_set(e, ERR_INPUT, "%s: holds no numbers", set->path);
    if (set->info.size != n)
        return err_set(e, ERR_INPUT, "%s: has %zu values, wants %zu", set->path, set->info.size, n);
    return 0;
}

static int read_all(const struct h5_set *set, enum h5_type type, void *out, struct err *e)
{
    if (set->info.size == 0)
        return 0;
    if (H5Dread(set->id, h5_native(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        return h5_fail(e, ERR_INPUT, "%s: cannot read", set->path);
    return 0;
}

int h5_local_read_f32(struct h5_local *f, const char *dataset, size_t n, float *out, struct err *e)
{
    struct h5_set set;
    TRY(h5_open_set(f, dataset, &set, e));
    int status = require_numbers(&set, n, e);
    if (status == 0)
        status = read_all(&set, H5_FLOAT32, out, e);
    h5_close_set(&set);
    return status;
}

/* Where the n integers of a narrow type go. */
struct narrow {
    enum h5_type type; /* UINT8 or INT32 */
    void *out;
};

static void store(const struct narrow *to, size_t i, int64_t value)
{
    if (to->type == H5_UINT8)
        ((uint8_t *)to->out)[i] = (uint8_t)value;
    else
        ((int32_t *)to->out)[i] = (int32_t)value;
}

static int narrow_integers(const struct h5_set *set, const struct narrow *to, const int64_t *v, struct err *e)
{
    int64_t low = to->type == H5_UINT8 ? 0 : INT32_MIN, high = to->type == H5_UINT8 ? UINT8_MAX : INT32_MAX;
    for (size_t i = 0; i < set->info.size; i++) {
        if (v[i] < low || v[i] > high)
            return err_set(e, ERR_INPUT, "%s: value %lld at index %zu, wants %lld to %lld", set->path,
                (long long)v[i], i, (long long)low, (long long)high);
        store(to, i, v[i]);
    }
    return 0;
}

static int narrow_reals(const struct h5_set *set, const struct narrow *to, const double *v, struct err *e)
{
    double low = to->type == H5_UINT8 ? 0 : INT32_MIN, high = to->type == H5_UINT8 ? UINT8_MAX : INT32_MAX;
    for (size_t i = 0; i < set->info.size; i++) {
        if (!(v[i] >= low && v[i] <= high && v[i] == floor(v[i])))
            return err_set(e, ERR_INPUT, "%s: value %.9g at index %zu, wants an integer from %.0f to %.0f", set->path,
                v[i], i, low, high);
        store(to, i, (int64_t)v[i]);
    }
    return 0;
}

/* HDF5 clamps and truncates silently, so values pass through 64 bits and are checked here. */
static int read_narrow(const struct h5_set *set, const struct narrow *to, struct err *e)
{
    size_t n = set->info.size;
    int real = set->info.type == H5_FLOAT32 || set->info.type == H5_FLOAT64;
    if (set->info.type == to->type)
        return read_all(set, to->type, to->out, e);
    void *wide = calloc(n > 0 ? n : 1, 8);
    if (wide == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory for %zu values", set->path, n);
    int status = read_all(set, real ? H5_FLOAT64 : H5_INT64, wide, e);
    if (status == 0)
        status = real ? narrow_reals(set, to, wide, e) : narrow_integers(set, to, wide, e);
    free(wide);
    return status;
}

static int read_integers(struct h5_local *f, const char *dataset, size_t n, const struct narrow *to, struct err *e)
{
    struct h5_set set;
    TRY(h5_open_set(f, dataset, &set, e));
    int status = require_numbers(&set, n, e);
    if (status == 0)
        status = read_narrow(&set, to, e);
    h5_close_set(&set);
    return status;
}

int h5_local_read_i32(struct h5_local *f, const char *dataset, size_t n, int32_t *out, struct err *e)
{
    return read_integers(f, dataset, n, &(struct narrow){H5_INT32, out}, e);
}

int h5_local_read_u8(struct h5_local *f, const char *dataset, size_t n, uint8_t *out, struct err *e)
{
    return read_integers(f, dataset, n, &(struct narrow){H5_UINT8, out}, e);
}

int h5_local_read_i64(struct h5_local *f, const char *dataset, size_t n, int64_t *out, struct err *e)
{
    struct h5_set set;
    TRY(h5_open_set(f, dataset, &set, e));
    int status = require_numbers(&set, n, e);
    if (status == 0 && (set.info.type == H5_FLOAT32 || set.info.type == H5_FLOAT64))
        status = err_set(e, ERR_INPUT, "%s: wants integers", dataset);
    if (status == 0)
        status = read_all(&set, H5_INT64, out, e);
    h5_close_set(&set);
    return status;
}

static int check_rows(const struct h5_set *set, size_t first, size_t count, enum h5_type type, struct err *e)
{
    const struct h5_info *info = &set->info;
    if (info->rank < 1 || first > info->dim[0] || count > info->dim[0] - first)
        return err_set(e, ERR_INPUT, "%s: has no rows %zu to %zu", set->path, first, first + count);
    int real = type == H5_FLOAT32 || type == H5_FLOAT64;
    if (real ? is_numeric(info->type) : type == H5_UINT8 && info->type == H5_UINT8)
        return 0;
    return err_set(e, ERR_INPUT, "%s: cannot be read as %s", set->path,
                   !real ? "uint8" : type == H5_FLOAT32 ? "float32" : "float64");
}

int h5_local_read_rows(struct h5_local *f, const char *dataset, size_t first, size_t count, enum h5_type type,
                       void *out, struct err *e)
{
    TRY(h5_use_set(f, dataset, e));
    const struct h5_set *set = &f->last;
    TRY(check_rows(set, first, count, type, e));
    if (count == 0 || set->info.size == 0)
        return 0;
    hsize_t start[H5_MAX_RANK] = {first}, extent[H5_MAX_RANK] = {count};
    for (size_t i = 1; i < set->info.rank; i++)
        extent[i] = set->info.dim[i];
    hid_t file_space = H5Dget_space(set->id), memory_space = H5Screate_simple((int)set->info.rank, extent, NULL);
    int failed = H5Sselect_hyperslab(file_space, H5S_SELECT_SET, start, NULL, extent, NULL) < 0 ||
                 H5Dread(set->id, h5_native(type), memory_space, file_space, H5P_DEFAULT, out) < 0;
    H5Sclose(file_space);
    H5Sclose(memory_space);
    return failed ? h5_fail(e, ERR_INPUT, "%s: cannot read rows %zu to %zu", dataset, first, first + count) : 0;
}

/* ---- strings ---- */

static int copy_text(const char *text, size_t length, struct arena *a, const char **out, const char *what,
                     struct err *e)
{
    if (!utf8_valid(text, length))
        return err_set(e, ERR_INPUT, "%s: holds text that is not UTF-8", what);
    char *copy = arena_alloc(a, length + 1);
    if (copy == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", what);
    memcpy(copy, text, length);
    copy[length] = '\0';
    *out = copy;
    return 0;
}

static int read_raw(hid_t id, int attribute, hid_t type, void *out)
{
    return attribute ? H5Aread(id, type, out) < 0 : H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0;
}

/* Variable length: HDF5 allocates each string. */
static int read_variable(hid_t id, int attribute, hid_t type, size_t n, struct arena *a, const char **out,
                         const char *what, struct err *e)
{
    hid_t memory = H5Tcopy(H5T_C_S1), space = attribute ? H5Aget_space(id) : H5Dget_space(id);
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    char **text = calloc(n, sizeof *text);
    int status = 0;
    if (text == NULL)
        status = err_set(e, ERR_RUN, "%s: out of memory", what);
    else if (read_raw(id, attribute, memory, text))
        status = h5_fail(e, ERR_INPUT, "%s: cannot read", what);
    for (size_t i = 0; status == 0 && i < n; i++) {
        const char *s = text[i] != NULL ? text[i] : "";
        status = copy_text(s, strlen(s), a, &out[i], what, e);
    }
    if (text != NULL)
        H5Dvlen_reclaim(memory, space, H5P_DEFAULT, text);
    free(text);
    H5Sclose(space);
    H5Tclose(memory);
    return status;
}

/* A full field has no terminator; NULLPAD and NULLTERM end at the first NUL, SPACEPAD loses its blanks. */
static size_t fixed_length(const char *field, size_t size, H5T_str_t padding)
{
    const char *end = memchr(field, '\0', size);
    size_t length = end != NULL ? (size_t)(end - field) : size;
    while (padding == H5T_STR_SPACEPAD && length > 0 && field[length - 1] == ' ')
        length--;
    return length;
}

static int read_fixed(hid_t id, int attribute, hid_t type, size_t n, struct arena *a, const char **out,
                      const char *what, struct err *e)
{
    size_t size = H5Tget_size(type);
    H5T_str_t padding = H5Tget_strpad(type);
    if (size == 0 || n > TEXT_BYTES_MAX / size)
        return err_set(e, ERR_INPUT, "%s: more than %zu bytes of text", what, TEXT_BYTES_MAX);
    char *fields = calloc(n, size);
    if (fields == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", what);
    int status = read_raw(id, attribute, type, fields) ? h5_fail(e, ERR_INPUT, "%s: cannot read", what) : 0;
    for (size_t i = 0; status == 0 && i < n; i++)
        status = copy_text(fields + i * size, fixed_length(fields + i * size, size, padding), a, &out[i], what, e);
    free(fields);
    return status;
}

int h5_read_text(hid_t id, int attribute, size_t n, struct arena *a, const char *const **out, const char *what,
                 struct err *e)
{
    const char **text = arena_array(a, n, sizeof *text);
    if (text == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", what);
    *out = text;
    if (n == 0)
        return 0;
    hid_t type = attribute ? H5Aget_type(id) : H5Dget_type(id);
    htri_t variable = H5Tis_variable_str(type);
    int status;
    if (variable < 0)
        status = h5_fail(e, ERR_INPUT, "%s: broken type", what);
    else
        status = (variable ? read_variable : read_fixed)(id, attribute, type, n, a, text, what, e);
    H5Tclose(type);
    return status;
}

int h5_local_read_strings(struct h5_local *f, const char *dataset, struct arena *a, const char *const **out, size_t *n,
                          struct err *e)
{
    struct h5_set set;
    TRY(h5_open_set(f, dataset, &set, e));
    *n = set.info.size;
    int status = set.info.type != H5_STRING ? err_set(e, ERR_INPUT, "%s: holds no strings", dataset)
                                            : h5_read_text(set.id, 0, set.info.size, a, out, dataset, e);
    h5_close_set(&set);
    return status;
}
