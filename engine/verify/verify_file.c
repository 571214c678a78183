/* The HDF5 container: links, storage, sizes, names, and what lies outside of it. */
#include <stdio.h>
#include <string.h>

#include "engine/io/utf8.h"
#include "engine/verify/verify_private.h"

#define BOMB_BYTES ((size_t)64 << 20)
#define BOMB_RATIO 1100 /* deflate reaches 1032:1 at best */
#define CHUNK_BYTES ((size_t)64 << 20)
#define ATTRIBUTE_BYTES ((size_t)1 << 20)

struct container {
    const char *subject;
    const struct h5_scan *scan;
    struct findings *out;
};

static void check_link(const struct container *c, const struct h5_entry *entry)
{
    const char *target = entry->target[0] ? entry->target : "?";
    switch (entry->link) {
    case H5_LINK_SOFT:
        findings_add(c->out, FINDING_FILE_SOFT_LINK, c->subject, entry->path, "soft link to '%.300s'", target);
        break;
    case H5_LINK_EXTERNAL:
        findings_add(c->out, FINDING_FILE_EXTERNAL_LINK, c->subject, entry->path,
                     "external link into the file '%.300s'", target);
        break;
    default:
        findings_add(c->out, FINDING_FILE_USER_LINK, c->subject, entry->path, "user-defined link");
    }
}

static void check_again(const struct container *c, const struct h5_entry *entry)
{
    if (entry->again == H5_CYCLE)
        findings_add(c->out, FINDING_FILE_LINK_CYCLE, c->subject, entry->path,
                     "hard link to a group that contains it");
    else if (entry->again == H5_AGAIN)
        findings_add(c->out, FINDING_FILE_SHARED, c->subject, entry->path,
                     "the same object stands at another place of the file too");
}

static void check_storage(const struct container *c, const struct h5_entry *entry)
{
    if (entry->layout == H5_LAYOUT_VIRTUAL)
        findings_add(c->out, FINDING_FILE_VIRTUAL, c->subject, entry->path,
                     "virtual data set over %zu mappings, the first into the file '%.300s'", entry->external_n,
                     entry->target);
    else if (entry->external_n > 0)
        findings_add(c->out, FINDING_FILE_EXTERNAL_STORAGE, c->subject, entry->path,
                     "values in %zu other files, the first '%.300s'", entry->external_n, entry->target);
}

/* HDF5's numbers: 1 deflate, 2 shuffle, 3 fletcher32. */
static void check_filters(const struct container *c, const struct h5_entry *entry)
{
    if (entry->filters_n > 3)
        findings_add(c->out, FINDING_FILE_FILTER, c->subject, entry->path, "%zu filters; at most 3 are read",
                     entry->filters_n);
    for (size_t i = 0; i < entry->filters_n && i < H5_SCAN_FILTERS; i++)
        if (entry->filter[i] < 1 || entry->filter[i] > 3)
            findings_add(c->out, FINDING_FILE_FILTER, c->subject, entry->path, "filter number %d", entry->filter[i]);
}

static void check_size(const struct container *c, const struct h5_entry *entry)
{
    size_t element = entry->type_bytes ? entry->type_bytes : 1, file = c->scan->file_bytes;
    size_t bytes = entry->size > SIZE_MAX / element ? SIZE_MAX : entry->size * element;
    if (entry->rank > H5_MAX_RANK)
        findings_add(c->out, FINDING_FILE_SIZE_BOMB, c->subject, entry->path, "%zu dimensions; at most %d are read",
                     entry->rank, H5_MAX_RANK);
    else if (entry->size == SIZE_MAX || bytes == SIZE_MAX)
        findings_add(c->out, FINDING_FILE_SIZE_BOMB, c->subject, entry->path, "its dimensions overflow");
    else if (entry->chunk_bytes > CHUNK_BYTES)
        findings_add(c->out, FINDING_FILE_SIZE_BOMB, c->subject, entry->path,
                     "chunks of more than %zu MiB in a file of %zu bytes", CHUNK_BYTES >> 20, file);
    else if (bytes > BOMB_BYTES && bytes / BOMB_RATIO > entry->stored)
        findings_add(c->out, FINDING_FILE_SIZE_BOMB, c->subject, entry->path, "declares %zu bytes and holds %zu", bytes,
                     entry->stored);
    else if (entry->stored > file)
        findings_add(c->out, FINDING_FILE_SIZE_BOMB, c->subject, entry->path, "%zu bytes stored in a file of %zu",
                     entry->stored, file);
    else if (bytes > 0 && entry->stored == 0)
        findings_add(c->out, FINDING_FILE_NO_VALUES, c->subject, entry->path, "declares %zu bytes and holds none",
                     bytes);
}

static void check_set(const struct container *c, const struct h5_entry *entry)
{
    check_storage(c, entry);
    check_filters(c, entry);
    if (entry->external_n == 0 && entry->layout != H5_LAYOUT_VIRTUAL)
        check_size(c, entry);
}

/* Text of variable length lies elsewhere; only the place it takes here is known. */
static void check_attribute(const struct container *c, const struct h5_entry *entry)
{
    if (entry->stored > ATTRIBUTE_BYTES)
        findings_add(c->out, FINDING_FILE_BIG_ATTRIBUTE, c->subject, entry->path, "attribute of %zu bytes",
                     entry->stored);
}

static void check_name(const struct container *c, const struct h5_entry *entry)
{
    const char *name = entry->path + strlen(entry->path);
    int odd = !utf8_valid(entry->path, strlen(entry->path));
    while (name > entry->path && name[-1] != '/')
        name--;
    for (; *name && !odd; name++)
        odd = (unsigned char)*name < 0x20 || *name == 0x7f;
    if (odd)
        findings_add(c->out, FINDING_FILE_NAME, c->subject, entry->path,
                     "the name holds control characters or is not UTF-8");
}

static void check_entry(const struct container *c, const struct h5_entry *entry)
{
    const char *path = entry->path[0] ? entry->path : "/";
    check_name(c, entry);
    switch (entry->kind) {
    case H5_ENTRY_BROKEN:
        findings_add(c->out, FINDING_FILE_BROKEN_OBJECT, c->subject, path, "cannot be opened or examined");
        break;
    case H5_ENTRY_LINK:
        check_link(c, entry);
        break;
    case H5_ENTRY_ATTRIBUTE:
        check_attribute(c, entry);
        break;
    default:
        check_again(c, entry);
        if (entry->kind == H5_ENTRY_DATASET && entry->again == H5_FIRST)
            check_set(c, entry);
    }
}

static void check_ends(const struct container *c)
{
    const struct h5_scan *s = c->scan;
    if (s->user_block > 0)
        findings_add(c->out, FINDING_FILE_USER_BLOCK, c->subject, "", "a user block of %zu bytes", s->user_block);
    if (s->end > 0 && s->file_bytes > s->end)
        findings_add(c->out, FINDING_FILE_TRAILING, c->subject, "", "%zu bytes from byte %zu on",
                     s->file_bytes - s->end, s->end);
    if (s->truncated)
        findings_add(c->out, FINDING_FILE_TOO_MANY, c->subject, "",
                     "more than %d objects, %d levels, or %zu MiB of names", H5_SCAN_ENTRIES, H5_SCAN_DEPTH,
                     H5_SCAN_TEXT >> 20);
}

const char *verify_message(const char *text, const char *path)
{
    size_t n = strlen(path);
    if (strncmp(text, "data: ", 6) == 0)
        text += 6;
    return strncmp(text, path, n) == 0 && text[n] == ':' && text[n + 1] == ' ' ? text + n + 2 : text;
}

int verify_container(struct h5 *f, const char *subject, struct arena *a, struct h5_scan *scan, struct findings *out,
                     struct err *e)
{
    struct container c = {subject, scan, out};
    struct err fault = {0};
    memset(scan, 0, sizeof *scan);
    if (h5_scan(f, a, scan, &fault) != 0) {
        memset(scan, 0, sizeof *scan);
        if (fault.code == ERR_RUN)
            return err_set(e, fault.code, "%s", fault.text);
        findings_add(out, FINDING_FILE_BROKEN_OBJECT, subject, "/", "%s", fault.text);
        return 0;
    }
    for (size_t i = 0; i < scan->n; i++)
        check_entry(&c, &scan->entry[i]);
    check_ends(&c);
    return 0;
}

void verify_library(const char *version, const char *subject, struct findings *out)
{
    unsigned part[3] = {0, 0, 0};
    if (sscanf(version, "%u.%u.%u", &part[0], &part[1], &part[2]) != 3)
        part[0] = 0;
    for (size_t i = 0, safe[] = {1, 14, 4}; i < 3; i++) {
        if (part[i] > safe[i])
            return;
        if (part[i] < safe[i]) {
            findings_add(out, FINDING_FILE_OLD_LIBRARY, subject, "",
                         "read by HDF5 %.20s; versions before 1.14.4 have known faults in decoding", version);
            return;
        }
    }
}
