/* Fuzz targets. Each takes any bytes, may refuse them, and must not crash, hang or leak; beyond that it says so when
 * the code under test breaks a promise. The same functions are run by libFuzzer (libfuzzer/entry.c, `make fuzz`) and
 * over stored inputs by `make test` (test_replay.c). A new target is a file and a row in targets.def. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H
#include <stddef.h>
#include <stdint.h>

/* NULL, or the promise that was broken. */
typedef const char *fuzz_function(const uint8_t *data, size_t n);

struct fuzz_target {
    const char *name;
    fuzz_function *run;
};
extern const struct fuzz_target fuzz_targets[]; /* ends in a NULL name */
const struct fuzz_target *fuzz_find(const char *name);

/* A place for files of this process in memory (/dev/shm where there is one); good until fuzz_clean. */
const char *fuzz_path(const char *name);
/* The bytes as a file there; returns its path. */
const char *fuzz_put(const char *name, const uint8_t *data, size_t n);
/* A whole file by malloc with a NUL behind it, or NULL. */
uint8_t *fuzz_get(const char *path, size_t *n);
/* A promise and what was said; good until the next call. */
const char *fuzz_note(const char *promise, const char *said);
/* Remove what fuzz_path named. */
void fuzz_clean(void);
/* Cut the input in two at the first line "----" (neither part holds it); without it the second part is empty. */
void fuzz_split(const uint8_t *data, size_t n, size_t *first, size_t *second);

#endif
