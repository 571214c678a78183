#define _XOPEN_SOURCE 700
#include "tests/datasets/fixture.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/io/h5.h"

struct paths paths;

void fixture_start(void)
{
    strcpy(paths.folder, "/tmp/assay-import-XXXXXX");
    cr_assert_not_null(mkdtemp(paths.folder));
    snprintf(paths.csv, sizeof paths.csv, "%s/table.csv", paths.folder);
    snprintf(paths.schema, sizeof paths.schema, "%s/schema.json", paths.folder);
    snprintf(paths.images, sizeof paths.images, "%s/images", paths.folder);
    snprintf(paths.labels, sizeof paths.labels, "%s/labels", paths.folder);
    snprintf(paths.out, sizeof paths.out, "%s/out.h5", paths.folder);
    h5_start();
}

static int drop(const char *path, const struct stat *s, int type, struct FTW *where)
{
    (void)s, (void)type, (void)where;
    return remove(path);
}

void fixture_finish(void)
{
    nftw(paths.folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}

void fixture_put(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

void fixture_put_gzip(const char *path, const void *bytes, size_t n)
{
    gzFile f = gzopen(path, "wb");
    cr_assert(f && gzwrite(f, bytes, (unsigned)n) == (int)n && gzclose(f) == Z_OK);
}

void fixture_expect_error(int status, const struct err *e, int code, const char *text, const char *what)
{
    cr_assert_eq(status, code, "%s: status %d, wanted %d (%s)", what, status, code, e->text);
    cr_assert_eq(e->code, code, "%s", what);
    cr_assert(strstr(e->text, text), "%s: '%s' does not contain '%s'", what, e->text, text);
    cr_assert_null(strchr(e->text, '\n'), "%s: more than one line", what);
    cr_assert_neq(access(paths.out, F_OK), 0, "%s: an output was left", what);
}
