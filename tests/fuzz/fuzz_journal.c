/* A journal: the first byte says whether the rest is the file as it is (even), or records whose header and checksums
 * are to be put right first, so that mutations get behind them (odd). What is read can be appended to, and read
 * again. */
#include <stdio.h>
#include <string.h>

#include "engine/base/crc32.h"
#include "engine/batch/journal.h"
#include "engine/batch/outcome.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_journal;

enum { RECORD_HEAD = 28, FILE_MOST = 1 << 20 };
static const char identity[SHA256_HEX] = "5b1d2f6f6a6c0f3e9d84c7b2a190e8f7d6c5b4a39281706f5e4d3c2b1a098f7e";

struct tally {
    size_t units, rows;
    uint32_t sum; /* of all that was handed over */
};

static int count(void *context, uint32_t scenario, uint64_t block, size_t n, const struct outcome *rows,
                 double seconds, struct err *e)
{
    struct tally *t = context;
    unsigned char bytes[OUTCOME_BYTES];
    (void)scenario, (void)block, (void)seconds, (void)e;
    t->units++;
    t->rows += n;
    for (size_t i = 0; i < n; i++) {
        outcome_pack(&rows[i], bytes);
        t->sum = crc32_of(t->sum, bytes, sizeof bytes);
    }
    return 0;
}

static void put_crc(uint8_t *at, uint32_t crc)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(crc >> (8 * i));
}

/* Checksums of as many whole records as there are behind the header. */
static void put_right(uint8_t *file, size_t header, size_t n)
{
    for (size_t at = header; at + RECORD_HEAD <= n;) {
        size_t rows = (size_t)file[at + 12] % JOURNAL_BLOCK + 1, bytes = rows * OUTCOME_BYTES;
        if (at + RECORD_HEAD + bytes > n)
            return;
        memset(file + at + 12, 0, 4);
        file[at + 12] = (uint8_t)rows;
        put_crc(file + at + 24, crc32_of(crc32_of(0, file + at, 24), file + at + RECORD_HEAD, bytes));
        at += RECORD_HEAD + bytes;
    }
}

/* The header of a journal, as one without records has it; its bytes, or 0. */
static size_t make_header(uint8_t header[JOURNAL_HEADER_MOST])
{
    const char *path = fuzz_put("header.bin", (const uint8_t *)"", 0);
    struct journal *j;
    remove(path);
    if (journal_create(&j, path, identity, NULL) || journal_close(j, NULL))
        return 0;
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(header, 1, JOURNAL_HEADER_MOST, f) : 0;
    if (f)
        fclose(f);
    return n;
}

static const char *resume_twice(const char *path)
{
    struct journal *j;
    struct err e = {0};
    struct tally first = {0}, second = {0};
    struct outcome row = {.index = 7, .label = 1, .predicted = 2, .p_true = 0.375f};
    if (journal_resume(&j, path, identity, count, &first, &e))
        return e.text[0] ? NULL : "refused without a message";
    if (journal_append(j, 3, 5, 1, &row, 0.5, &e) || journal_close(j, &e))
        return "cannot be appended to";
    if (journal_resume(&j, path, identity, count, &second, &e))
        return "is refused the second time";
    journal_close(j, &e);
    count(&first, 3, 5, 1, &row, 0.5, &e);
    return first.units == second.units && first.rows == second.rows && first.sum == second.sum
               ? NULL
               : "gives other rows the second time";
}

const char *fuzz_journal(const uint8_t *data, size_t n)
{
    static uint8_t file[FILE_MOST];
    if (n == 0 || n > FILE_MOST - JOURNAL_HEADER_MOST)
        return NULL;
    if (data[0] % 2 == 0)
        return resume_twice(fuzz_put("journal.bin", data + 1, n - 1));
    size_t header = make_header(file);
    if (!header)
        return "no header";
    memcpy(file + header, data + 1, n - 1);
    put_right(file, header, header + n - 1);
    return resume_twice(fuzz_put("journal.bin", file, header + n - 1));
}
