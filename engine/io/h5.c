#define _POSIX_C_SOURCE 200809L
#include "engine/io/h5.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/file.h"
#include "engine/io/h5_private.h"

void h5_start(void)
{
    static const char *const unwanted[] = {"HDF5_PLUGIN_PATH", "HDF5_EXTFILE_PREFIX", "HDF5_EXT_PREFIX",
        "HDF5_VDS_PREFIX", "HDF5_DISABLE_VERSION_CHECK", "HDF5_DEBUG", "HDF5_DRIVER", "HDF5_VOL_CONNECTOR"};
    setenv("HDF5_PLUGIN_PRELOAD", "::", 1); /* the library's own word for "no plug-ins" */
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        unsetenv(unwanted[i]);
    H5dont_atexit(); /* its clean-up at exit crashes over a file that a full disk kept it from closing */
    H5open();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
    H5Lunregister(H5L_TYPE_EXTERNAL);
    H5Eclear2(H5E_DEFAULT);
}

const char *h5_version(void)
{
    static char text[32];
    unsigned major, minor, release;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

static herr_t copy_message(unsigned n, const H5E_error2_t *error, void *out)
{
    if (n == 0)
        snprintf(out, 160, "%s", error->desc != NULL ? error->desc : "");
    return 0;
}

int h5_fail(struct err *e, int code, const char *fmt, ...)
{
    char text[768], detail[160] = "";
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, copy_message, detail); /* 0 = innermost */
    H5Eclear2(H5E_DEFAULT);
    return detail[0] != '\0' ? err_set(e, code, "%s (HDF5: %s)", text, detail) : err_set(e, code, "%s", text);
}

static int allocate(struct h5 **out, struct err *e)
{
    /* HDF5 prints errors per thread; this may be another thread than h5_start's. */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    (*out)->id = (*out)->last.id = -1;
    return 0;
}

static void release(struct h5 *f)
{
    free(f->image);
    free(f->path);
    free(f->temporary);
    free(f);
}

/* The superblock stands at 0, 512, 1024, 2048 ... */
static int has_signature(const char *data, size_t n)
{
    for (size_t at = 0; at + 8 <= n; at = at == 0 ? 512 : at * 2)
        if (memcmp(data + at, "\211HDF\r\n\032\n", 8) == 0)
            return 1;
    return 0;
}

/* The core driver copies an image up to three times unless told how not to: every copy is the same bytes, owned by
 * struct h5 (H5LTopen_file_image does this too, and leaks). The bytes are never written, nor resized. */
static void *image_get(size_t size, H5FD_file_image_op_t op, void *f)
{
    (void)op;
    return size == ((struct h5 *)f)->bytes ? ((struct h5 *)f)->image : NULL;
}

static void *image_copy(void *to, const void *from, size_t size, H5FD_file_image_op_t op, void *f)
{
    (void)size;
    (void)op;
    (void)f;
    return to == from ? to : NULL;
}

static void *image_resize(void *image, size_t size, H5FD_file_image_op_t op, void *f)
{
    (void)image;
    (void)size;
    (void)op;
    (void)f;
    return NULL;
}

static herr_t image_keep(void *image, H5FD_file_image_op_t op, void *f)
{
    (void)image;
    (void)op;
    (void)f;
    return 0;
}

static void *same_owner(void *f)
{
    return f;
}

static herr_t keep_owner(void *f)
{
    (void)f;
    return 0;
}

static hid_t open_image(struct h5 *f)
{
    H5FD_file_image_callbacks_t share = {image_get, image_copy, image_resize, image_keep, same_owner, keep_owner, f};
    char name[32]; /* HDF5 takes files of one name for one file */
    snprintf(name, sizeof name, "image-%p", (void *)f);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 65536, 0);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    hid_t id = -1;
    if (H5Pset_file_image_callbacks(access, &share) >= 0 && H5Pset_file_image(access, f->image, f->bytes) >= 0)
        id = H5Fopen(name, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return id;
}

int h5_open_hashed(const char *path, size_t cap, struct h5 **out, char sha256[SHA256_HEX], struct err *e)
{
    struct h5 *f;
    *out = NULL;
    TRY(allocate(&f, e));
    int status = file_read(path, cap, ERR_INPUT, &f->image, &f->bytes, e);
    if (status == 0 && !has_signature(f->image, f->bytes))
        status = err_set(e, ERR_INPUT, "%s: is not an HDF5 file", path);
    if (status == 0) {
        sha256_hex(f->image, f->bytes, sha256);
        f->id = open_image(f);
        if (f->id < 0)
            status = h5_fail(e, ERR_INPUT, "%s: broken HDF5 file", path);
    }
    if (status != 0)
        release(f);
    else
        *out = f;
    return status;
}

static int check_regular(const char *path, size_t *bytes, struct err *e)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_set(e, ERR_INPUT, "%s: cannot open: no such file, or no permission", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INPUT, "%s: is not a regular file", path);
    *bytes = (size_t)st.st_size;
    if (H5Fis_hdf5(path) <= 0) {
        H5Eclear2(H5E_DEFAULT);
        return err_set(e, ERR_INPUT, "%s: is not an HDF5 file, or cannot be read", path);
    }
    return 0;
}

int h5_open(const char *path, struct h5 **out, struct err *e)
{
    struct h5 *f;
    *out = NULL;
    TRY(allocate(&f, e));
    int status = check_regular(path, &f->bytes, e);
    if (status == 0) {
        hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_fapl_sec2(access); /* whatever the library's default driver is */
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
        f->id = H5Fopen(path, H5F_ACC_RDONLY, access);
        H5Pclose(access);
        if (f->id < 0)
            status = h5_fail(e, ERR_INPUT, "%s: broken HDF5 file", path);
    }
    if (status != 0)
        release(f);
    else
        *out = f;
    return status;
}

void h5_close(struct h5 *f)
{
    if (f == NULL)
        return;
    h5_close_set(&f->last);
    H5Fclose(f->id);
    H5Eclear2(H5E_DEFAULT);
    release(f);
}

/* ---- writing: the file's life; contents in h5_write.c ---- */

/* One fixed file format, and no times of creation: equal contents give equal bytes. */
static hid_t create_file(const char *name)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), create = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_fapl_sec2(access);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
    H5Pset_obj_track_times(create, 0);
    hid_t id = H5Fcreate(name, H5F_ACC_EXCL, create, access);
    H5Pclose(access);
    H5Pclose(create);
    return id;
}

int h5_create(const char *path, struct h5 **out, struct err *e)
{
    struct h5 *f;
    *out = NULL;
    TRY(allocate(&f, e));
    f->path = strdup(path);
    f->temporary = malloc(H5_PATH_MAX);
    int status = f->path == NULL || f->temporary == NULL ? err_set(e, ERR_RUN, "%s: out of memory", path)
                                                         : file_temporary(path, f->temporary, H5_PATH_MAX, e);
    if (status == 0) {
        f->id = create_file(f->temporary);
        if (f->id < 0)
            status = h5_fail(e, ERR_RUN, "%s: cannot create", path);
    }
    if (status != 0)
        release(f);
    else
        *out = f;
    return status;
}

int h5_commit(struct h5 *f, struct err *e)
{
    h5_close_set(&f->last);
    int failed = H5Fflush(f->id, H5F_SCOPE_GLOBAL) < 0;
    failed |= H5Fclose(f->id) < 0;
    int status;
    if (failed) {
        status = h5_fail(e, ERR_RUN, "%s: cannot write", f->path);
        file_drop(f->temporary);
    } else {
        status = file_commit(f->temporary, f->path, e);
    }
    release(f);
    return status;
}

void h5_discard(struct h5 *f)
{
    if (f == NULL)
        return;
    h5_close_set(&f->last);
    H5Fclose(f->id);
    H5Eclear2(H5E_DEFAULT);
    file_drop(f->temporary);
    release(f);
}
