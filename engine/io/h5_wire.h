/* What crosses the socket between assay and the reader process. Both are one binary, so plain structs do. The reader
 * may trust requests; assay may trust no reply. */
#ifndef ASSAY_IO_H5_WIRE_H
#define ASSAY_IO_H5_WIRE_H
#include "engine/io/h5.h"

#define H5_WIRE_PATH 4096
#define H5_WIRE_NAME 1024
/* Strings of one data set, attribute or group: in number, and in bytes with their ends. */
#define H5_WIRE_STRINGS ((size_t)1 << 24)
#define H5_WIRE_TEXT ((size_t)256 << 20)
/* Numbers of one attribute. */
#define H5_WIRE_REALS ((size_t)64 << 20)

enum h5_request_kind {
    H5_ASK_KIND,
    H5_ASK_LIST,
    H5_ASK_INFO,
    H5_ASK_VALUES, /* `count` values of `type` */
    H5_ASK_ROWS,   /* `count` rows of `row` values of `type`, from `first` on */
    H5_ASK_STRINGS,
    H5_ASK_ATTR_STRINGS,
    H5_ASK_ATTR_REALS,
    H5_ASK_SCAN
};

struct h5_request {
    enum h5_request_kind kind;
    enum h5_type type;
    size_t first, count, row;
    char path[H5_WIRE_PATH], name[H5_WIRE_NAME];
};

/* Followed by `bytes` of payload. */
struct h5_reply {
    int failed;   /* payload: the message */
    int present;  /* attributes */
    size_t n;     /* strings or numbers; KIND: the kind */
    size_t bytes;
};

/* Bytes of one value; 0 for a type that does not cross. */
size_t h5_wire_size(enum h5_type type);
/* Send the whole of a reply; nonzero if the other end is gone. */
int h5_wire_reply(int socket, const struct h5_reply *reply, const void *payload);
/* Strings one behind the other, each with its NUL. The block comes from the arena. */
int h5_wire_pack(const char *const *text, size_t n, struct arena *a, char **block, size_t *bytes, struct err *e);
/* Point out[0 .. n) at the strings of a block that may be anything; nonzero unless it holds just n strings. */
int h5_wire_unpack(const char *block, size_t bytes, size_t n, const char **out);
/* Make a message printable: other bytes become '?'. */
void h5_wire_clean(char *text);
/* Whether rank, dimensions, size and type are possible ones. */
int h5_wire_info_valid(const struct h5_info *info);

#endif
