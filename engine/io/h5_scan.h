/* What stands in an HDF5 file, hostile or not: every object, link and attribute, without following anything and without
 * reading a value. For verification; the reading functions of h5.h refuse what this only reports. */
#ifndef ASSAY_IO_H5_SCAN_H
#define ASSAY_IO_H5_SCAN_H
#include "engine/io/h5.h"

#define H5_SCAN_ENTRIES 100000      /* objects, links and attributes that are listed */
#define H5_SCAN_DEPTH 64            /* groups in groups */
#define H5_SCAN_TEXT ((size_t)32 << 20) /* bytes of all paths */
#define H5_SCAN_FILTERS 32

enum h5_entry_kind {
    H5_ENTRY_BROKEN, /* cannot be opened or examined */
    H5_ENTRY_LINK,   /* not a hard link: nothing else is known */
    H5_ENTRY_GROUP,
    H5_ENTRY_DATASET,
    H5_ENTRY_TYPE, /* a named data type */
    H5_ENTRY_ATTRIBUTE
};
enum h5_entry_link { H5_LINK_HARD, H5_LINK_SOFT, H5_LINK_EXTERNAL, H5_LINK_USER };
enum h5_entry_layout { H5_LAYOUT_NONE, H5_LAYOUT_COMPACT, H5_LAYOUT_CONTIGUOUS, H5_LAYOUT_CHUNKED, H5_LAYOUT_VIRTUAL };
/* Hard links that lead to an object seen before; it is not examined again. */
enum h5_entry_again { H5_FIRST, H5_AGAIN, H5_CYCLE /* a group above this one, or this one */ };

struct h5_entry {
    const char *path;   /* "/model_weights/dense"; attributes: "/model_weights@layer_names" */
    const char *target; /* of soft and external links; the first file of external and virtual storage; else "" */
    enum h5_entry_kind kind;
    enum h5_entry_link link;
    enum h5_entry_again again;
    /* data sets, and type, rank, dim, size and stored of attributes */
    enum h5_entry_layout layout;
    enum h5_type type;
    size_t type_bytes; /* of one element; 0 if unknown */
    size_t rank, dim[H5_MAX_RANK]; /* rank over H5_MAX_RANK: dim holds the first ones */
    size_t size;                   /* elements; SIZE_MAX if their number overflows */
    size_t stored;                 /* bytes in the file */
    size_t external_n;             /* files of external or virtual storage */
    size_t filters_n;              /* H5_SCAN_FILTERS at most are listed */
    int filter[H5_SCAN_FILTERS];
    size_t chunk_bytes; /* SIZE_MAX if it overflows; 0 if not chunked */
};

struct h5_scan {
    size_t n;
    const struct h5_entry *entry; /* groups before their members */
    int truncated;                /* more than the limits above */
    size_t file_bytes;            /* of the file */
    size_t user_block;            /* bytes in front of the HDF5 part */
    size_t end;                   /* where the HDF5 part ends, user block included; 0 if unknown */
};

int h5_scan(struct h5 *f, struct arena *a, struct h5_scan *out, struct err *e);

#endif
