/* An archive: members come within their caps, or nothing comes. It is taken apart in a process of its own, so libFuzzer
 * sees the requests and answers only. */
#include "engine/io/zip.h"
#include "tests/fuzz/fuzz.h"

fuzz_function fuzz_zip;

static const char *check(const struct zip_member *m)
{
    if (!m->data)
        return NULL;
    if (m->n > m->cap)
        return "a member is longer than its cap";
    return m->data[m->n] == '\0' ? NULL : "no NUL behind a member";
}

const char *fuzz_zip(const uint8_t *data, size_t n)
{
    struct zip_member member[] = {{"config.json", 1 << 16, 0, 0}, {"metadata.json", 200, 0, 0},
                                  {"model.weights.h5", 1 << 18, 0, 0}};
    struct err e = {0};
    const char *broken = NULL;
    if (!zip_is_archive(data, n))
        return NULL;
    int code = zip_read_members(data, n, member, 3, &e);
    for (size_t i = 0; i < 3 && !broken; i++)
        broken = code && member[i].data ? "refused, but something is held" : check(&member[i]);
    if (code && !e.text[0])
        broken = "refused without a message";
    if (!code)
        zip_free_members(member, 3);
    return broken;
}
