/* A scan on its way from the reader process: fixed records and one block of text. */
#ifndef ASSAY_IO_H5_SCAN_LOCAL_H
#define ASSAY_IO_H5_SCAN_LOCAL_H
#include "engine/io/h5_scan.h"

struct h5_local;

/* As it crosses the socket: this head, the records with path and target NULL, and two strings a record. */
struct h5_scan_head {
    size_t n, text_bytes, file_bytes, user_block, end;
    int truncated;
};

struct h5_scan_list {
    size_t n, capacity;
    struct h5_entry *entry; /* by malloc */
    size_t text_n, text_capacity;
    char *text; /* path and target of each entry, one behind the other, with their ends */
    int truncated;
    size_t file_bytes, user_block, end;
};

/* Nonzero when out of memory. Past the limits of h5_scan.h nothing is added, and `truncated` is set. */
int h5_scan_add(struct h5_scan_list *list, const struct h5_entry *entry);
void h5_scan_list_free(struct h5_scan_list *list);
/* The payload of a reply: head, records and text in one block of the arena. */
int h5_scan_pack(const struct h5_scan_list *list, struct arena *a, const void **block, size_t *bytes, struct err *e);
/* A block that may be anything: nonzero unless it is a possible scan. */
int h5_scan_unpack(char *block, size_t bytes, struct arena *a, struct h5_scan *out);

/* The walk; needs h5_scan_list_free whatever it returns. */
int h5_local_scan(struct h5_local *f, struct h5_scan_list *out, struct err *e);

#endif
