/* Damaged files, made from good and bad ones: every call on them succeeds or refuses; nothing crashes this process,
 * hangs or takes gigabytes. A case is a file and a seed; the seed decides everything. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/io/h5.h"

#define CASES_A_FILE 170
#define FILES_LEAST 12 /* fixtures, models, a data set: at least 2,000 cases */
#define VALUES_MOST ((size_t)1 << 18)
#define DEPTH_MOST 6

static char folder[64];
static struct err e;

/* What is under test, for the report of a failure or crash. */
static const char *file;
static unsigned long long seed;
static size_t crashed, slow; /* cases */
static int lost;             /* the reader of this case has ended */

/* ---- a generator, and the mutations ---- */

static uint64_t state;

static uint64_t draw(void) /* splitmix64 */
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t below(size_t n)
{
    return (size_t)(draw() % n);
}

struct bytes {
    unsigned char *data;
    size_t n;
};

/* Where HDF5 keeps its structures: most of a model is weights, of which any bits are good. */
static size_t place(const struct bytes *b)
{
    static const char *const signatures[] = {"TREE", "SNOD", "HEAP", "GCOL", "OHDR", "FRHP", "BTHD"};
    size_t at = below(b->n);
    switch (below(4)) {
    case 0:
        return at;
    case 1:
        return below(b->n < 2048 ? b->n : 2048);
    default:
        for (size_t tried = 0; tried < 1 << 16 && at + 4 <= b->n; tried++, at++)
            for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
                if (memcmp(b->data + at, signatures[i], 4) == 0)
                    return (at + below(320)) % b->n;
        return below(b->n < 4096 ? b->n : 4096);
    }
}

static void flip_bits(struct bytes *b)
{
    for (size_t i = 1 + below(6); i > 0; i--)
        b->data[place(b)] ^= (unsigned char)(1u << below(8));
}

static void truncate_bytes(struct bytes *b)
{
    b->n = 1 + below(b->n);
}

static void overwrite_run(struct bytes *b)
{
    size_t at = place(b), length = 1 + below(64);
    unsigned value = (unsigned)below(3);
    for (size_t i = at; i < b->n && i < at + length; i++)
        b->data[i] = value == 0 ? 0 : value == 1 ? 0xff : (unsigned char)draw();
}

static void put_little_endian(struct bytes *b, size_t at, size_t width, uint64_t value)
{
    for (size_t i = 0; i < width && at + i < b->n; i++)
        b->data[at + i] = (unsigned char)(value >> (8 * i));
}

/* Sizes, counts and addresses are fields of 1, 2, 4 or 8 bytes. */
static void set_field(struct bytes *b)
{
    const uint64_t values[] = {0, 1, 7, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000u, UINT32_MAX, b->n - 1,
        b->n, (uint64_t)1 << 40, INT64_MAX, UINT64_MAX, UINT64_MAX - 7, below(b->n)};
    size_t width = (size_t)1 << below(4);
    put_little_endian(b, place(b) / width * width, width, values[below(sizeof values / sizeof *values)]);
}

static void swap_fields(struct bytes *b)
{
    size_t width = (size_t)4 << below(2), first = place(b) / width * width, second = place(b) / width * width;
    for (size_t i = 0; i < width && first + i < b->n && second + i < b->n; i++) {
        unsigned char kept = b->data[first + i];
        b->data[first + i] = b->data[second + i];
        b->data[second + i] = kept;
    }
}

static void copy_run(struct bytes *b)
{
    size_t from = place(b), to = place(b), length = 8 + below(120);
    for (size_t i = 0; i < length && from + i < b->n && to + i < b->n; i++)
        b->data[to + i] = b->data[from + i];
}

/* A data type is a byte of version 1 and class, three of flags, four of size. */
static void change_type(struct bytes *b)
{
    size_t at = place(b);
    for (size_t i = at; i + 8 <= b->n && i < at + 8192; i++) {
        if (b->data[i] >> 4 != 1 || (b->data[i] & 15) > 10 || b->data[i + 4] == 0 || b->data[i + 4] > 64 ||
            b->data[i + 5] != 0 || b->data[i + 6] != 0 || b->data[i + 7] != 0)
            continue;
        if (below(2) == 0)
            b->data[i] = (unsigned char)(0x10 + below(11));
        else
            put_little_endian(b, i + 4, 4, below(2) == 0 ? below(70) : draw());
        return;
    }
    flip_bits(b);
}

static void mutate(struct bytes *b)
{
    static void (*const kinds[])(struct bytes *) = {flip_bits, truncate_bytes, overwrite_run, set_field, swap_fields,
        copy_run, change_type};
    for (size_t i = 1 + below(2); i > 0; i--)
        kinds[below(sizeof kinds / sizeof *kinds)](b);
}

/* ---- reading all there is ---- */

static int fine(int status)
{
    cr_assert(status == 0 || (status == ERR_INPUT && e.code == ERR_INPUT && e.text[0] != '\0'),
        "%s, seed %llu: status %d, %s", file, seed, status, e.text);
    if (status != 0 && !lost && strstr(e.text, "the file is damaged or hostile") != NULL) {
        lost = 1;
        crashed += strstr(e.text, "crashed") != NULL;
        slow += strstr(e.text, "had not read it") != NULL;
    }
    return status == 0;
}

static void read_attributes(struct h5 *f, const char *path, struct arena *a)
{
    static const char *const names[] = {"model_config", "keras_version", "layer_names", "weight_names", "class_names",
        "name", "vlen", "old", "space_padded", "low", "high", "assay_dataset", "real", "reals", "flag", "compound"};
    const char *const *text;
    const double *v;
    size_t n;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (i < 9)
            fine(h5_attr_strings(f, path, names[i], a, &text, &n, &e));
        else
            fine(h5_attr_reals(f, path, names[i], a, &v, &n, &e));
}

static void read_set(struct h5 *f, const char *path, struct arena *a)
{
    static float values[VALUES_MOST];
    struct h5_info info;
    const char *const *text;
    size_t n;
    if (!fine(h5_info(f, path, &info, &e)))
        return;
    if (info.type == H5_STRING)
        fine(h5_read_strings(f, path, a, &text, &n, &e));
    if (info.size > VALUES_MOST)
        return;
    fine(h5_read_f32(f, path, info.size, values, &e));
    fine(h5_read_i32(f, path, info.size, (int32_t *)values, &e));
    if (info.rank > 0 && info.dim[0] > 1)
        fine(h5_read_rows(f, path, 1, info.dim[0] - 1, info.type == H5_UINT8 ? H5_UINT8 : H5_FLOAT32, values, &e));
}

static void read_object(struct h5 *f, const char *path, struct arena *a, int depth)
{
    enum h5_object kind;
    const char *const *names;
    size_t n;
    char member[512];
    if (depth > DEPTH_MOST || lost || !fine(h5_kind(f, path, &kind, &e)))
        return;
    read_attributes(f, path, a);
    if (kind == H5_DATASET)
        read_set(f, path, a);
    if (kind != H5_GROUP || !fine(h5_list(f, path, a, &names, &n, &e)))
        return;
    for (size_t i = 0; i < n && i < 50; i++)
        if (snprintf(member, sizeof member, "%s/%s", path, names[i]) < (int)sizeof member)
            read_object(f, member, a, depth + 1);
}

static void read_file(const char *path)
{
    struct h5 *f;
    struct arena a;
    char hex[SHA256_HEX];
    lost = 0;
    if (!fine(seed % 2 == 0 ? h5_open_hashed(path, 1 << 24, &f, hex, &e) : h5_open(path, &f, &e)))
        return;
    arena_init(&a, 0);
    read_object(f, "", &a, 0);
    arena_free(&a);
    h5_close(f);
}

/* ---- the cases ---- */

static double processor_time(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Processor time that a file may take, here or in the reader. */
#if defined(__SANITIZE_THREAD__)
enum { SECONDS = 50 };
#else
enum { SECONDS = 5 };
#endif

static void run_case(const struct bytes *good, unsigned char *scratch)
{
    char path[128];
    struct bytes b = {scratch, good->n};
    memcpy(scratch, good->data, good->n);
    state = seed;
    mutate(&b);
    snprintf(path, sizeof path, "%s/mutated.h5", folder);
    FILE *out = fopen(path, "wb");
    cr_assert(out != NULL && fwrite(b.data, 1, b.n, out) == b.n && fclose(out) == 0);
    double own = processor_time(RUSAGE_SELF), reader = processor_time(RUSAGE_CHILDREN);
    read_file(path);
    own = processor_time(RUSAGE_SELF) - own;
    reader = processor_time(RUSAGE_CHILDREN) - reader;
    cr_assert(own < SECONDS && reader < SECONDS,
              "%s, seed %llu: %.1f s here, %.1f s in the reader", file, seed, own, reader);
}

static void run_file(const char *name, unsigned long long first_seed)
{
    char *data;
    struct bytes good;
    file = name;
    cr_assert(file_read(name, 1 << 24, ERR_INPUT, &data, &good.n, &e) == 0, "%s", e.text);
    good.data = (unsigned char *)data;
    unsigned char *scratch = malloc(good.n);
    cr_assert(scratch != NULL);
    for (seed = first_seed; seed < first_seed + CASES_A_FILE; seed++)
        run_case(&good, scratch);
    free(scratch);
    free(data);
}

static void write_data_set(const char *path)
{
    static uint8_t x[60 * 48];
    static int32_t y[60];
    static const char *const names[] = {"bag", "boot", "coat"};
    struct h5 *f;
    for (size_t i = 0; i < sizeof x; i++)
        x[i] = (uint8_t)draw();
    for (size_t i = 0; i < 60; i++)
        y[i] = (int32_t)below(3);
    cr_assert(h5_create(path, &f, &e) == 0, "%s", e.text);
    cr_assert(h5_write(f, "/x", H5_UINT8, 4, (size_t[]){60, 4, 4, 3}, x, &e) == 0);
    cr_assert(h5_write(f, "/y", H5_INT32, 1, (size_t[]){60}, y, &e) == 0);
    cr_assert(h5_write(f, "/attributes/sex", H5_INT32, 1, (size_t[]){60}, y, &e) == 0);
    cr_assert(h5_write_strings(f, "/features/name", names, 3, &e) == 0);
    cr_assert(h5_put_attr_reals(f, "/", "assay_dataset", &(double){1}, 1, &e) == 0);
    cr_assert(h5_put_attr_reals(f, "/x", "low", (double[]){0, 0, 0}, 3, &e) == 0);
    cr_assert(h5_put_attr_reals(f, "/x", "high", &(double){255}, 1, &e) == 0);
    cr_assert(h5_put_attr_strings(f, "/y", "class_names", names, 3, &e) == 0);
    cr_assert(h5_commit(f, &e) == 0, "%s", e.text);
}

/* A crash of this process must name its case too. */
static void on_crash(int number)
{
    char text[256];
    int n = snprintf(text, sizeof text, "signal %d in %s, seed %llu\n", number, file, seed);
    if (write(2, text, (size_t)n) == n)
        signal(number, SIG_DFL);
    raise(number);
}

static void enter(void)
{
    strcpy(folder, "/tmp/assay-mutations-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL);
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGABRT, &action, NULL);
    h5_start();
}

static void leave(void)
{
    char path[128];
    snprintf(path, sizeof path, "%s/mutated.h5", folder);
    remove(path);
    snprintf(path, sizeof path, "%s/data.h5", folder);
    remove(path);
    rmdir(folder);
}

Test(h5_mutations, succeed_or_refuse, .init = enter, .fini = leave, .timeout = 900)
{
    glob_t found;
    char path[128];
    struct rusage u;
    snprintf(path, sizeof path, "%s/data.h5", folder);
    write_data_set(path);
    cr_assert(glob("tests/io/data/*.h5", 0, NULL, &found) == 0);
    cr_assert(glob("datasets/models/*.h5", GLOB_APPEND, NULL, &found) == 0);
    cr_assert(found.gl_pathc + 1 >= FILES_LEAST);
    run_file(path, 1);
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_file(found.gl_pathv[i], 1000 * (i + 1));
    getrusage(RUSAGE_CHILDREN, &u);
    cr_log_info("%zu cases: libhdf5 crashed in %zu and hung in %zu; its readers took %.1f s, %ld MiB at most\n",
        (found.gl_pathc + 1) * CASES_A_FILE, crashed, slow, processor_time(RUSAGE_CHILDREN), u.ru_maxrss / 1024);
    globfree(&found);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* memory is not limited there */
    cr_assert(u.ru_maxrss < 2L << 20, "a reader took %ld KiB", u.ru_maxrss);
#endif
}
