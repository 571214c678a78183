#define _POSIX_C_SOURCE 200809L
#include "engine/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LIMIT 4096

/* Opens a regular file of at most `cap` bytes; *fd and *size on success. */
static int open_regular(const char *path, size_t cap, int code, int *fd, size_t *size, struct err *e)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (*fd < 0)
        return err_set(e, code, "%s: cannot open: %s", path, strerror(errno));
    struct stat st;
    int status = 0;
    if (fstat(*fd, &st) != 0)
        status = err_set(e, code, "%s: cannot examine: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        status = err_set(e, code, "%s: is not a regular file", path);
    else if ((unsigned long long)st.st_size > cap)
        status = err_set(e, code, "%s: has %lld bytes, at most %zu are read", path, (long long)st.st_size, cap);
    else
        *size = (size_t)st.st_size;
    if (status != 0)
        close(*fd);
    return status;
}

/* Returns the number of bytes read before the end of the file or an error (then errno != 0). */
static size_t read_fully(int fd, char *data, size_t n)
{
    size_t done = 0;
    errno = 0;
    while (done < n) {
        ssize_t got = read(fd, data + done, n - done);
        if (got == 0)
            break;
        if (got > 0)
            done += (size_t)got;
        else if (errno != EINTR)
            return done;
    }
    errno = 0;
    return done;
}

int file_read(const char *path, size_t cap, int code, char **data, size_t *n, struct err *e)
{
    int fd;
    size_t size = 0;
    TRY(open_regular(path, cap, code, &fd, &size, e));
    char *bytes = malloc(size + 1);
    if (bytes == NULL) {
        close(fd);
        return err_set(e, ERR_RUN, "%s: out of memory for %zu bytes", path, size);
    }
    size_t got = read_fully(fd, bytes, size);
    int fault = errno;
    close(fd);
    if (got < size) {
        free(bytes);
        return err_set(e, ERR_RUN, "%s: cannot read: %s", path, fault != 0 ? strerror(fault) : "file became shorter");
    }
    bytes[size] = '\0';
    *data = bytes;
    *n = size;
    return 0;
}

int file_temporary(const char *path, char *temporary, size_t size, struct err *e)
{
    int n = snprintf(temporary, size, "%s.tmp-%ld", path, (long)getpid());
    if (n < 0 || (size_t)n >= size)
        return err_set(e, ERR_RUN, "%s: path too long", path);
    unlink(temporary); /* left over from a killed process of the same id */
    return 0;
}

void file_drop(const char *temporary)
{
    unlink(temporary);
}

static int sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int fault = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return fault == EINVAL ? 0 : fault; /* some file systems cannot sync folders */
}

/* Folder part of `path`: "" becomes ".", "/x" becomes "/". */
static int folder_of(const char *path, char *out, size_t size, struct err *e)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (n >= size)
        return err_set(e, ERR_RUN, "%s: path too long", path);
    memcpy(out, slash == NULL ? "." : path, n);
    out[n] = '\0';
    return 0;
}

int file_commit(const char *temporary, const char *path, struct err *e)
{
    char folder[PATH_LIMIT];
    int status = folder_of(path, folder, sizeof folder, e);
    int fault = status == 0 ? sync_path(temporary, O_RDONLY) : 0;
    if (status == 0 && fault == 0 && rename(temporary, path) != 0)
        fault = errno;
    if (fault != 0)
        status = err_set(e, ERR_RUN, "%s: cannot write: %s", path, strerror(fault));
    if (status != 0) {
        file_drop(temporary);
        return status;
    }
    fault = sync_path(folder, O_RDONLY | O_DIRECTORY);
    return fault == 0 ? 0 : err_set(e, ERR_RUN, "%s: cannot sync folder %s: %s", path, folder, strerror(fault));
}

/* Returns 0 or an errno. */
static int write_fully(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, data, n);
        if (put >= 0) {
            data += put;
            n -= (size_t)put;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int file_write_atomic(const char *path, const void *data, size_t n, struct err *e)
{
    char temporary[PATH_LIMIT];
    TRY(file_temporary(path, temporary, sizeof temporary, e));
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_set(e, ERR_RUN, "%s: cannot write: %s", path, strerror(errno));
    int fault = write_fully(fd, data, n);
    if (close(fd) != 0 && fault == 0)
        fault = errno;
    if (fault != 0) {
        file_drop(temporary);
        return err_set(e, ERR_RUN, "%s: cannot write: %s", path, strerror(fault));
    }
    return file_commit(temporary, path, e);
}

static int make_directory(const char *path, struct err *e)
{
    struct stat st;
    if (mkdir(path, 0777) == 0)
        return 0;
    int fault = errno;
    if (fault == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    return err_set(e, ERR_RUN, "%s: cannot make this folder: %s", path, strerror(fault));
}

int file_make_directories(const char *path, struct err *e)
{
    char part[PATH_LIMIT];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return err_set(e, ERR_RUN, "cannot make a folder: path is %s", n == 0 ? "empty" : "too long");
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++) {
        if (part[i] != '/' || part[i - 1] == '/')
            continue;
        part[i] = '\0';
        TRY(make_directory(part, e));
        part[i] = '/';
    }
    return make_directory(part, e);
}

int file_resolve(const char *base_file, const char *relative, char *out, size_t size, struct err *e)
{
    const char *slash = strrchr(base_file, '/');
    int folder = relative[0] == '/' || slash == NULL ? 0 : (int)(slash - base_file) + 1;
    int n = snprintf(out, size, "%.*s%s", folder, base_file, relative);
    if (n < 0 || (size_t)n >= size)
        return err_set(e, ERR_USAGE, "%s: path too long", relative);
    return 0;
}

int file_not_input(const char *output, const char *input, struct err *e)
{
    struct stat a, b;
    if (input == NULL || stat(output, &a) != 0 || stat(input, &b) != 0 || a.st_dev != b.st_dev ||
        a.st_ino != b.st_ino ||
        !S_ISREG(a.st_mode))
        return 0;
    return err_set(e, ERR_USAGE, "output %s: is the input %s; give another name", output, input);
}

const char *file_temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

int file_nameless(const char *folder, size_t bytes, int *fd)
{
    char path[PATH_LIMIT];
    if ((size_t)snprintf(path, sizeof path, "%s/.assay.XXXXXX", folder) >= sizeof path)
        return ENAMETOOLONG;
    *fd = mkstemp(path);
    if (*fd < 0)
        return errno;
    unlink(path);
    int fault = posix_fallocate(*fd, 0, (off_t)bytes);
    if (fault)
        close(*fd);
    return fault;
}
