/* Opening an image of a file, and errors. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/io/h5_local.h"

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

/* The core driver copies an image up to three times unless told how not to: every copy is the same bytes, the
 * caller's (H5LTopen_file_image does this too, and leaks). They are never written, nor resized. */
static void *image_get(size_t size, H5FD_file_image_op_t op, void *f)
{
    (void)op;
    return size == ((struct h5_local *)f)->bytes ? ((struct h5_local *)f)->image : NULL;
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

static hid_t open_image(struct h5_local *f)
{
    H5FD_file_image_callbacks_t share = {image_get, image_copy, image_resize, image_keep, same_owner, keep_owner, f};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 65536, 0);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    hid_t id = -1;
    if (H5Pset_file_image_callbacks(access, &share) >= 0 && H5Pset_file_image(access, f->image, f->bytes) >= 0)
        id = H5Fopen("/image", H5F_ACC_RDONLY, access); /* absolute: HDF5 asks for no folder */;
    H5Pclose(access);
    return id;
}

int h5_local_open(struct h5_local *f, void *image, size_t bytes, struct err *e)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* per thread: this may be another than h5_start's */
    memset(f, 0, sizeof *f);
    f->image = image;
    f->bytes = bytes;
    f->last.id = -1;
    if (h5_register_bfloat16() != 0)
        return h5_fail(e, ERR_RUN, "HDF5 takes no conversion");
    f->id = open_image(f);
    return f->id < 0 ? h5_fail(e, ERR_INPUT, "broken HDF5 file") : 0;
}
