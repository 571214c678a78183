#define _POSIX_C_SOURCE 200809L
#include "engine/io/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/io/h5_local.h"
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

static void release(struct h5 *f)
{
    free(f->local);
    free(f->path);
    free(f->temporary);
    free(f);
}

static int allocate(const char *path, struct h5 **out, struct err *e)
{
    struct h5 *f = calloc(1, sizeof *f);
    if (f == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory", path);
    f->local = calloc(1, sizeof *f->local);
    f->path = strdup(path);
    f->temporary = malloc(H5_PATH_MAX);
    if (f->local == NULL || f->path == NULL || f->temporary == NULL) {
        release(f);
        return err_set(e, ERR_RUN, "%s: out of memory", path);
    }
    f->local->id = f->local->last.id = -1;
    *out = f;
    return 0;
}

int h5_create(const char *path, struct h5 **out, struct err *e)
{
    struct h5 *f = NULL;
    *out = NULL;
    TRY(allocate(path, &f, e));
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* per thread: this may be another than h5_start's */
    int status = file_temporary(path, f->temporary, H5_PATH_MAX, e);
    if (status == 0) {
        f->local->id = create_file(f->temporary);
        if (f->local->id < 0)
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
    h5_close_set(&f->local->last);
    int failed = H5Fflush(f->local->id, H5F_SCOPE_GLOBAL) < 0;
    failed |= H5Fclose(f->local->id) < 0;
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
    h5_close_set(&f->local->last);
    H5Fclose(f->local->id);
    H5Eclear2(H5E_DEFAULT);
    file_drop(f->temporary);
    release(f);
}
