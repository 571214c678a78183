/* Archives and other files that the model's reader refuses: what is code in them is called code. */
#include <stdlib.h>
#include <string.h>

#include "engine/io/zip.h"
#include "engine/verify/verify_private.h"

#define NAMES_MAX 64
#define NAME_MAX_BYTES 256
#define HEADER_BYTES 30 /* of a member, as the zip format has it: its name behind it, whose length stands at byte 26 */
#define MEMBER_MAX ((size_t)256 << 20)
#define CONFIG_MAX ((size_t)64 << 20)
#define NUMPY_HEADER 256 /* the type of an array stands in its first bytes */

struct bytes {
    const char *data;
    size_t n;
};

static const char *find(struct bytes in, const char *text, size_t length)
{
    for (size_t i = 0; i + length <= in.n; i++)
        if (in.data[i] == text[0] && memcmp(in.data + i, text, length) == 0)
            return in.data + i;
    return NULL;
}

/* Pickles of protocol 2 and later say so; a NumPy array of objects ("|O") has one inside. */
static int is_pickle(struct bytes b)
{
    struct bytes header = {b.data, b.n < NUMPY_HEADER ? b.n : NUMPY_HEADER};
    if (b.n > 2 && b.data[0] == '\x80' && b.data[1] >= 2 && b.data[1] <= 5)
        return 1;
    return b.n > 6 && memcmp(b.data, "\x93NUMPY", 6) == 0 && find(header, "'|O'", 4);
}

static void say_pickle(struct findings *out, const char *place, struct bytes b)
{
    char hex[SHA256_HEX];
    sha256_hex(b.data, b.n, hex);
    findings_add(out, FINDING_MODEL_PICKLE, "model", place, "%zu bytes of pickled objects, sha256 %s", b.n, hex);
}

/* Names of the members, as their headers have them; *n of them. */
static void list_names(struct bytes zip, char (*name)[NAME_MAX_BYTES], size_t *n)
{
    const char *at = zip.data, *end = zip.data + zip.n;
    for (*n = 0; *n < NAMES_MAX; at++) {
        at = find((struct bytes){at, (size_t)(end - at)}, "PK\3\4", 4);
        if (!at || end - at < HEADER_BYTES)
            return;
        size_t length = (unsigned char)at[26] | (size_t)(unsigned char)at[27] << 8;
        if (length == 0 || length >= NAME_MAX_BYTES || length > (size_t)(end - at) - HEADER_BYTES)
            continue;
        memcpy(name[*n], at + HEADER_BYTES, length);
        name[*n][length] = '\0';
        ++*n;
    }
}

/* The bytes of one member, by malloc; data NULL: it has none, or cannot be read. */
static struct bytes read_member(struct bytes zip, const char *name)
{
    struct zip_member m = {.name = name, .cap = MEMBER_MAX};
    struct err fault = {0};
    if (zip_read_members(zip.data, zip.n, &m, 1, &fault) != 0)
        return (struct bytes){NULL, 0};
    return (struct bytes){m.data, m.n};
}

/* Members that are pickles, or archives (.npz) that hold some. */
static void check_members(struct findings *out, struct bytes zip, const char *inside)
{
    char(*name)[NAME_MAX_BYTES] = malloc(NAMES_MAX * sizeof *name);
    size_t n = 0;
    if (!name) {
        out->failed = 1;
        return;
    }
    list_names(zip, name, &n);
    for (size_t i = 0; i < n; i++) {
        struct bytes member = read_member(zip, name[i]);
        if (member.data && is_pickle(member))
            say_pickle(out, inside ? inside : name[i], inside ? zip : member);
        else if (member.data && !inside && zip_is_archive(member.data, member.n))
            check_members(out, member, name[i]);
        free((char *)member.data);
        if (inside && findings_have(out, FINDING_MODEL_PICKLE, "model"))
            break; /* one of them is enough: the size and hash are the archive's */
    }
    free(name);
}

static void check_config(struct verify_model *m, struct bytes zip, struct findings *out)
{
    const struct keras_dialect dialect = keras_dialect(NULL, NULL, 3);
    struct bytes config = read_member(zip, "config.json");
    if (config.data && config.n <= CONFIG_MAX && (m->config = verify_parse_config(config.data, config.n)))
        verify_config(m->config, &dialect, out);
    free((char *)config.data);
}

int verify_archive(struct verify_model *m, const char *data, size_t n, struct findings *out)
{
    const struct bytes file = {data, n};
    if (is_pickle(file)) {
        say_pickle(out, "", file);
        return 1;
    }
    if (!zip_is_archive(data, n))
        return 0;
    check_config(m, file, out);
    check_members(out, file, NULL);
    return 1;
}
