#define _GNU_SOURCE /* memmem */
#include "engine/batch/journal.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/crc32.h"
#include "engine/base/log.h"
#include "engine/batch/outcome.h"

static const char identity[SHA256_HEX] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
static const char another[SHA256_HEX] = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";
enum { HEAD = 28, UNITS = 9 };
static size_t header; /* bytes of an empty journal */

static char folder[32], path[64];

static void start(void)
{
    snprintf(folder, sizeof folder, "/tmp/assay-journal-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/journal.bin", folder);
    log_set_level(LOG_QUIET);
    struct journal *j;
    struct stat st;
    cr_assert_eq(journal_create(&j, path, identity, NULL), 0);
    cr_assert_eq(journal_close(j, NULL), 0);
    cr_assert_eq(stat(path, &st), 0);
    header = (size_t)st.st_size;
    unlink(path);
}

static void finish(void)
{
    unlink(path);
    rmdir(folder);
}

TestSuite(journal, .init = start, .fini = finish);


/* Rows of unit u; their number differs so that records do. */
static size_t make_unit(size_t u, struct outcome *rows)
{
    size_t n = u % 3 == 2 ? JOURNAL_BLOCK : 5 + 7 * u;
    memset(rows, 0, JOURNAL_BLOCK * sizeof *rows);
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct outcome){.index = u * 64 + i,
                                   .label = (int32_t)(i % 10),
                                   .predicted = (int32_t)(u % 10),
                                   .loss = (float)(i * 13 + u) / 7.0F,
                                   .l2 = (float)u * 0.37F,
                                   .steps = (uint32_t)(i * u),
                                   .success = i % 2 == 1};
    return n;
}

/* What a reader saw: units in order, each checked against make_unit. */
struct seen {
    size_t n;
    int refuse_at;
};

static int note(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows, double seconds,
                struct err *e)
{
    struct seen *seen = context;
    struct outcome wanted[JOURNAL_BLOCK];
    unsigned char a[OUTCOME_BYTES], b[OUTCOME_BYTES];
    size_t u = seen->n++;
    if (seen->refuse_at == (int)u)
        return err_set(e, ERR_INPUT, "unit refused");
    cr_expect_eq(scenario, u * 3);
    cr_expect_eq(block, u + (1ULL << 40));
    cr_assert_eq(n, make_unit(u, wanted));
    cr_expect_float_eq(seconds, 0.25 * (double)u, 1e-6);
    for (size_t i = 0; i < n; i++) {
        outcome_pack(&rows[i], a);
        outcome_pack(&wanted[i], b);
        cr_assert_arr_eq(a, b, OUTCOME_BYTES, "unit %zu, row %zu", u, i);
    }
    return 0;
}

static void append(struct journal *j, size_t u)
{
    struct err e = {0};
    struct outcome rows[JOURNAL_BLOCK];
    size_t n = make_unit(u, rows);
    cr_assert_eq(journal_append(j, (uint32_t)(u * 3), u + (1ULL << 40), n, rows, 0.25 * (double)u, &e), 0, "%s",
                 e.text);
}

/* A journal of `units` units; returns its bytes. */
static size_t write_units(size_t units)
{
    struct err e = {0};
    struct journal *j;
    struct stat st;
    cr_assert_eq(journal_create(&j, path, identity, &e), 0, "%s", e.text);
    for (size_t u = 0; u < units; u++)
        append(j, u);
    cr_assert_eq(journal_close(j, &e), 0);
    cr_assert_eq(stat(path, &st), 0);
    return (size_t)st.st_size;
}

/* Resume and close; the number of whole units. */
static size_t resume(void)
{
    struct err e = {0};
    struct journal *j;
    struct seen seen = {.refuse_at = -1};
    cr_assert_eq(journal_resume(&j, path, identity, note, &seen, &e), 0, "%s", e.text);
    cr_assert_eq(journal_close(j, &e), 0);
    return seen.n;
}

static void expect_refused(const char id[SHA256_HEX], int code, const char *text)
{
    struct err e = {0};
    struct journal *j = NULL;
    struct seen seen = {.refuse_at = -1};
    cr_expect_eq(journal_resume(&j, path, id, note, &seen, &e), code, "%s", e.text);
    cr_expect_eq(e.code, code);
    cr_expect_null(j);
    cr_expect_not_null(strstr(e.text, text), "%s", e.text);
    cr_expect_not_null(strstr(e.text, path), "%s", e.text);
}

static size_t unit_bytes(size_t u)
{
    struct outcome rows[JOURNAL_BLOCK];
    return HEAD + make_unit(u, rows) * OUTCOME_BYTES;
}

static void flip(long at)
{
    FILE *f = fopen(path, "r+b");
    cr_assert_not_null(f);
    fseek(f, at, SEEK_SET);
    int c = fgetc(f);
    fseek(f, at, SEEK_SET);
    fputc(c ^ 0x20, f);
    fclose(f);
}

Test(journal, what_is_appended_is_read_back)
{
    size_t bytes = header;
    for (size_t u = 0; u < UNITS; u++)
        bytes += unit_bytes(u);
    cr_expect_eq(write_units(UNITS), bytes);
    cr_expect_eq(resume(), UNITS);
    cr_expect_eq(resume(), UNITS, "resuming changes nothing");
}

Test(journal, a_resumed_journal_goes_on)
{
    struct err e = {0};
    struct journal *j;
    struct seen seen = {.refuse_at = -1};
    write_units(4);
    cr_assert_eq(journal_resume(&j, path, identity, note, &seen, &e), 0);
    for (size_t u = 4; u < UNITS; u++)
        append(j, u);
    cr_assert_eq(journal_close(j, &e), 0);
    cr_expect_eq(resume(), UNITS);
}

/* Cut at every place of the last record: what is before it stays, and the next unit is written over the rest. */
Test(journal, a_torn_tail_is_cut_at_any_byte)
{
    for (size_t lost = 1; lost <= unit_bytes(2); lost += lost < 40 || lost + 40 > unit_bytes(2) ? 1 : 97) {
        struct err e = {0};
        struct journal *j;
        struct seen seen = {.refuse_at = -1};
        size_t bytes = write_units(3);
        cr_assert_eq(truncate(path, (off_t)(bytes - lost)), 0);
        cr_assert_eq(journal_resume(&j, path, identity, note, &seen, &e), 0, "%zu bytes lost: %s", lost, e.text);
        cr_assert_eq(seen.n, 2);
        append(j, 2);
        cr_assert_eq(journal_close(j, &e), 0);
        cr_assert_eq(resume(), 3);
        unlink(path);
    }
}

Test(journal, a_torn_or_empty_header_begins_anew)
{
    for (off_t left = 0; left < (off_t)header; left += 5) {
        struct err e = {0};
        struct journal *j;
        struct seen seen = {.refuse_at = -1};
        write_units(0);
        cr_assert_eq(truncate(path, left), 0);
        cr_assert_eq(journal_resume(&j, path, identity, note, &seen, &e), 0, "%d bytes left: %s", (int)left, e.text);
        append(j, 0);
        cr_assert_eq(journal_close(j, &e), 0);
        cr_assert_eq(resume(), 1);
        unlink(path);
    }
}

Test(journal, a_damaged_last_record_is_dropped)
{
    size_t bytes = write_units(3);
    for (size_t at = bytes - unit_bytes(2); at < bytes; at += 331) {
        flip((long)at);
        cr_assert_eq(resume(), 2, "byte %zu", at);
        unlink(path);
        write_units(3);
    }
}

Test(journal, damage_further_back_is_refused)
{
    size_t bytes = write_units(UNITS);
    for (size_t at = header; at + 2 * (HEAD + JOURNAL_BLOCK * OUTCOME_BYTES) < bytes; at += 613) {
        flip((long)at);
        expect_refused(identity, ERR_INPUT, "damaged at byte");
        flip((long)at);
    }
    cr_expect_eq(resume(), UNITS, "the refusals left the file alone");
}

Test(journal, another_identity_is_a_usage_error)
{
    write_units(2);
    expect_refused(another, ERR_USAGE, "belongs to another ");
    cr_expect_eq(resume(), 2);
}

Test(journal, other_files_and_versions_are_refused)
{
    write_units(2);
    flip(7);
    expect_refused(identity, ERR_INPUT, "not a journal of this version");
    flip(7);
    flip(70);
    expect_refused(identity, ERR_INPUT, "header is damaged");
    flip(70);
    cr_assert_eq(truncate(path, 40), 0);
    expect_refused(another, ERR_INPUT, "header is damaged");
}

/* Rewrite the list of columns: `from` becomes `to`, of the same length; the header's checksum is put right. */
static void rename_column(const char *from, const char *to)
{
    unsigned char bytes[JOURNAL_HEADER_MOST];
    FILE *f = fopen(path, "r+b");
    cr_assert(f && fread(bytes, 1, header, f) == header);
    unsigned char *at = memmem(bytes, header, from, strlen(from));
    cr_assert(at && strlen(from) == strlen(to));
    memcpy(at, to, strlen(to));
    uint32_t crc = crc32_of(0, bytes, header - 4);
    for (size_t i = 0; i < 4; i++)
        bytes[header - 4 + i] = (unsigned char)(crc >> 8 * i);
    rewind(f);
    cr_assert_eq(fwrite(bytes, 1, header, f), header);
    fclose(f);
}

Test(journal, other_columns_are_refused_by_name)
{
    write_units(2);
    rename_column(" first_success:4", " queries_spent:4");
    expect_refused(identity, ERR_USAGE, "have a column 'queries_spent:4' that this program's have not");
    rename_column(" queries_spent:4", " first_success:4");
    rename_column(" first_success:4 ", " steps:4 steps:4 ");
    expect_refused(identity, ERR_USAGE, "lack the column 'first_success:4'");
    rename_column(" steps:4 steps:4 ", " first_success:4 ");
    rename_column("label:4 predicted:4", "predicted:4 label:4");
    expect_refused(identity, ERR_USAGE, "the columns in another order");
    rename_column("predicted:4 label:4", "label:4 predicted:4");
    cr_expect_eq(resume(), 2, "the refusals left the file alone");
}

Test(journal, the_reader_may_refuse)
{
    struct err e = {0};
    struct journal *j;
    struct seen seen = {.refuse_at = 1};
    write_units(3);
    cr_expect_neq(journal_resume(&j, path, identity, note, &seen, &e), 0);
    cr_expect_eq(e.code, ERR_INPUT);
    cr_expect_not_null(strstr(e.text, "unit refused"));
    cr_expect_not_null(strstr(e.text, path));
}

Test(journal, files_that_cannot_be_opened)
{
    struct err e = {0};
    struct journal *j;
    expect_refused(identity, ERR_RUN, "cannot open: No such file");
    write_units(0);
    cr_expect_eq(journal_create(&j, path, identity, &e), ERR_RUN, "an existing journal must not be written over");
    cr_expect_not_null(strstr(e.text, "cannot open: File exists"));
    cr_expect_eq(journal_create(&j, "/proc/no/journal.bin", identity, &e), ERR_RUN);
}

/* A file-size limit stands for a full disk: the unit is not there, the ones before it are. */
Test(journal, a_full_disk_is_an_error_and_the_journal_resumable)
{
    struct err e = {0};
    struct journal *j;
    struct outcome rows[JOURNAL_BLOCK];
    struct seen seen = {.refuse_at = -1};
    struct rlimit limit;
    size_t bytes = write_units(3), n = make_unit(3, rows);
    cr_assert_eq(journal_resume(&j, path, identity, note, &seen, &e), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes + 100;
    setrlimit(RLIMIT_FSIZE, &limit);
    cr_expect_eq(journal_append(j, 9, 3 + (1ULL << 40), n, rows, 0, &e), ERR_RUN);
    cr_expect_not_null(strstr(e.text, "cannot write: File too large"), "%s", e.text);
    cr_expect_not_null(strstr(e.text, "--resume"), "%s", e.text);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    journal_close(j, &e);
    cr_expect_eq(resume(), 3);
    cr_expect_eq(journal_close(NULL, &e), 0, "closing nothing is fine");
}

struct thread {
    pthread_t id;
    struct journal *j;
    uint32_t number;
};
enum { THREADS = 4, EACH = 50 };

static void *append_many(void *argument)
{
    struct thread *t = argument;
    struct outcome rows[JOURNAL_BLOCK];
    struct err e = {0};
    memset(rows, 0, sizeof rows);
    for (uint64_t b = 0; b < EACH; b++) {
        rows[0].index = t->number * 1000 + b;
        journal_append(t->j, t->number, b, 1 + (t->number * 31 + b) % JOURNAL_BLOCK, rows, 0, &e);
    }
    return NULL;
}

static int count_blocks(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows,
                        double seconds, struct err *e)
{
    unsigned char *seen = context;
    (void)e;
    (void)seconds;
    cr_assert_lt(scenario, THREADS);
    cr_assert_lt(block, EACH);
    cr_expect_eq(n, 1 + (scenario * 31 + block) % JOURNAL_BLOCK);
    cr_expect_eq(rows[0].index, scenario * 1000 + block);
    seen[scenario * EACH + block]++;
    return 0;
}

Test(journal, threads_append_whole_records)
{
    struct err e = {0};
    struct journal *j;
    struct thread thread[THREADS];
    unsigned char seen[THREADS * EACH] = {0};
    cr_assert_eq(journal_create(&j, path, identity, &e), 0);
    for (uint32_t t = 0; t < THREADS; t++) {
        thread[t] = (struct thread){.j = j, .number = t};
        cr_assert_eq(pthread_create(&thread[t].id, NULL, append_many, &thread[t]), 0);
    }
    for (int t = 0; t < THREADS; t++)
        pthread_join(thread[t].id, NULL);
    cr_assert_eq(journal_close(j, &e), 0);
    cr_assert_eq(journal_resume(&j, path, identity, count_blocks, seen, &e), 0, "%s", e.text);
    journal_close(j, &e);
    for (size_t i = 0; i < sizeof seen; i++)
        cr_expect_eq(seen[i], 1);
}
