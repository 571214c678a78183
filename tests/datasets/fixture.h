/* What the tests of the importers share: a folder of their own, files, and the form of a good error. */
#ifndef TESTS_DATASETS_FIXTURE_H
#define TESTS_DATASETS_FIXTURE_H
#include <stddef.h>
#include "engine/base/err.h"

struct paths {
    char folder[32], csv[64], schema[64], images[64], labels[64], out[64];
};
extern struct paths paths;

/* A new empty folder, its paths in `paths`; and its removal. */
void fixture_start(void);
void fixture_finish(void);
void fixture_put(const char *path, const void *bytes, size_t n);
void fixture_put_gzip(const char *path, const void *bytes, size_t n);
/* The error must have the code, one line, and contain the text; nothing may have been written to paths.out. */
void fixture_expect_error(int status, const struct err *e, int code, const char *text, const char *what);

#endif
