/* The walk over a file's objects. Runs in the reader process: what it says is checked by h5_scan_wire.c. */
#include <stdlib.h>
#include <string.h>

#include "engine/io/h5_local.h"
#include "engine/io/h5_scan_local.h"

struct walk {
    struct h5_local *f;
    struct h5_scan_list *list;
    char path[H5_PATH_MAX];
    size_t length; /* of path */
    haddr_t above[H5_SCAN_DEPTH + 1];
    size_t depth;
    haddr_t *seen; /* open addressing; HADDR_UNDEF: free */
    size_t seen_n, seen_capacity;
    int failed;
};

/* ---- objects seen ---- */

static size_t slot_of(const struct walk *w, haddr_t address)
{
    size_t at = (size_t)((uint64_t)address * 0x9E3779B97F4A7C15u >> 20) & (w->seen_capacity - 1);
    while (w->seen[at] != HADDR_UNDEF && w->seen[at] != address)
        at = (at + 1) & (w->seen_capacity - 1);
    return at;
}

static int grow_seen(struct walk *w)
{
    haddr_t *old = w->seen;
    size_t old_n = w->seen_capacity;
    w->seen_capacity = old_n ? 2 * old_n : 256;
    w->seen = malloc(w->seen_capacity * sizeof *w->seen);
    if (w->seen == NULL) {
        w->seen = old;
        w->seen_capacity = old_n;
        return -1;
    }
    for (size_t i = 0; i < w->seen_capacity; i++)
        w->seen[i] = HADDR_UNDEF;
    for (size_t i = 0; i < old_n; i++)
        if (old[i] != HADDR_UNDEF)
            w->seen[slot_of(w, old[i])] = old[i];
    free(old);
    return 0;
}

static enum h5_entry_again note_seen(struct walk *w, haddr_t address)
{
    for (size_t i = 0; i < w->depth; i++)
        if (w->above[i] == address)
            return H5_CYCLE;
    if (2 * w->seen_n >= w->seen_capacity && grow_seen(w) != 0) {
        w->failed = 1;
        return H5_AGAIN;
    }
    size_t at = slot_of(w, address);
    if (w->seen[at] == address)
        return H5_AGAIN;
    w->seen[at] = address;
    w->seen_n++;
    return H5_FIRST;
}

/* ---- facts of one entry ---- */

static size_t times(size_t a, size_t b)
{
    return b != 0 && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

static void describe_extent(hid_t space, struct h5_entry *out)
{
    hsize_t dim[H5S_MAX_RANK];
    int rank = space >= 0 ? H5Sget_simple_extent_ndims(space) : -1;
    if (rank < 0 || rank > H5S_MAX_RANK || (rank > 0 && H5Sget_simple_extent_dims(space, dim, NULL) < 0)) {
        out->kind = H5_ENTRY_BROKEN;
        return;
    }
    out->rank = (size_t)rank;
    out->size = H5Sget_simple_extent_type(space) == H5S_NULL ? 0 : 1;
    int zero = 0;
    for (size_t i = 0; i < out->rank; i++) {
        if (i < H5_MAX_RANK)
            out->dim[i] = (size_t)dim[i];
        zero |= dim[i] == 0;
        out->size = times(out->size, dim[i] != 0 ? (size_t)dim[i] : 1);
    }
    out->size = zero ? 0 : out->size;
}

static void describe_type(hid_t type, struct h5_entry *out)
{
    out->type_bytes = type >= 0 ? H5Tget_size(type) : 0;
    if (out->type_bytes == 0)
        out->kind = H5_ENTRY_BROKEN;
    else
        out->type = h5_classify(type);
    if (type >= 0)
        H5Tclose(type);
}

static void describe_filters(hid_t plist, struct h5_entry *out)
{
    unsigned flags, config;
    int n = H5Pget_nfilters(plist);
    out->filters_n = n > 0 ? (size_t)n : 0;
    for (unsigned i = 0; i < out->filters_n && i < H5_SCAN_FILTERS; i++) {
        size_t values = 0;
        out->filter[i] = (int)H5Pget_filter2(plist, i, &flags, &values, NULL, 0, NULL, &config);
    }
}

static void describe_chunks(hid_t plist, struct h5_entry *out)
{
    hsize_t dim[H5S_MAX_RANK];
    int rank = H5Pget_chunk(plist, H5S_MAX_RANK, dim);
    out->chunk_bytes = out->type_bytes;
    for (int i = 0; i < rank; i++)
        out->chunk_bytes = times(out->chunk_bytes, (size_t)dim[i]);
}

static void describe_layout(hid_t plist, struct h5_entry *out, char *target, size_t target_size)
{
    switch (H5Pget_layout(plist)) {
    case H5D_COMPACT:
        out->layout = H5_LAYOUT_COMPACT;
        break;
    case H5D_CONTIGUOUS:
        out->layout = H5_LAYOUT_CONTIGUOUS;
        break;
    case H5D_CHUNKED:
        out->layout = H5_LAYOUT_CHUNKED;
        describe_chunks(plist, out);
        break;
    case H5D_VIRTUAL:
        out->layout = H5_LAYOUT_VIRTUAL;
        H5Pget_virtual_count(plist, &out->external_n);
        if (out->external_n > 0)
            H5Pget_virtual_filename(plist, 0, target, target_size);
        break;
    default:
        out->kind = H5_ENTRY_BROKEN;
    }
    describe_filters(plist, out);
    int files = H5Pget_external_count(plist);
    if (files > 0) {
        out->external_n = (size_t)files;
        H5Pget_external(plist, 0, target_size, target, NULL, NULL);
    }
    target[target_size - 1] = '\0';
}

/* The extent of a virtual data set is not asked for: HDF5 would look for its files. */
static void describe_set(hid_t id, struct h5_entry *out, char *target, size_t target_size)
{
    hid_t plist = H5Dget_create_plist(id);
    describe_type(H5Dget_type(id), out);
    if (plist < 0) {
        out->kind = H5_ENTRY_BROKEN;
        return;
    }
    describe_layout(plist, out, target, target_size);
    H5Pclose(plist);
    if (out->layout == H5_LAYOUT_VIRTUAL)
        return;
    hid_t space = H5Dget_space(id);
    describe_extent(space, out);
    if (space >= 0)
        H5Sclose(space);
    out->stored = (size_t)H5Dget_storage_size(id);
}

/* ---- links ---- */

/* External links are not followed by this process; a class for them that only shows their value. */
static hid_t follow_nothing(const char *name, hid_t group, const void *value, size_t size, hid_t access, hid_t transfer)
{
    (void)name;
    (void)group;
    (void)value;
    (void)size;
    (void)access;
    (void)transfer;
    return -1;
}

static ssize_t show_value(const char *name, const void *value, size_t size, void *buffer, size_t buffer_size)
{
    (void)name;
    if (buffer != NULL)
        memcpy(buffer, value, size < buffer_size ? size : buffer_size);
    return (ssize_t)size;
}

static void show_links(void)
{
    H5L_class_t external = {H5L_LINK_CLASS_T_VERS, H5L_TYPE_EXTERNAL, "external, shown only", NULL, NULL, NULL,
                            follow_nothing, NULL, show_value};
    H5Lregister(&external);
}

/* ---- the walk ---- */

static void add(struct walk *w, struct h5_entry *entry, const char *target)
{
    entry->path = w->path;
    entry->target = target;
    w->failed |= h5_scan_add(w->list, entry);
}

/* Put "/name" or "@name" behind the path; 0 if it does not fit. The caller cuts it off again. */
static int extend(struct walk *w, char separator, const char *name)
{
    size_t n = strlen(name);
    if (w->length + n + 2 > sizeof w->path) {
        w->list->truncated = 1;
        return 0;
    }
    w->path[w->length] = separator;
    memcpy(w->path + w->length + 1, name, n + 1);
    w->length += n + 1;
    return 1;
}

static void cut(struct walk *w, size_t length)
{
    w->length = length;
    w->path[length] = '\0';
}

static herr_t visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    struct walk *w = context;
    size_t length = w->length;
    struct h5_entry entry = {.kind = H5_ENTRY_ATTRIBUTE};
    (void)info;
    if (!extend(w, '@', name))
        return 0;
    hid_t id = H5Aopen(object, name, H5P_DEFAULT);
    if (id < 0) {
        entry.kind = H5_ENTRY_BROKEN;
    } else {
        describe_type(H5Aget_type(id), &entry);
        hid_t space = H5Aget_space(id);
        describe_extent(space, &entry);
        if (space >= 0)
            H5Sclose(space);
        entry.stored = (size_t)H5Aget_storage_size(id);
        H5Aclose(id);
    }
    add(w, &entry, "");
    cut(w, length);
    return w->list->truncated;
}

static void visit_attributes(struct walk *w, hid_t id)
{
    struct h5_entry broken = {.kind = H5_ENTRY_BROKEN};
    hsize_t at = 0;
    if (H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_NATIVE, &at, visit_attribute, w) < 0)
        add(w, &broken, "");
}

static void visit_members(struct walk *w, hid_t group);

static void visit_object(struct walk *w, hid_t id)
{
    H5O_info_t info;
    char target[1024] = "";
    struct h5_entry entry = {.kind = H5_ENTRY_GROUP};
    H5I_type_t type = H5Iget_type(id);
    if (H5Oget_info2(id, &info, H5O_INFO_BASIC) < 0) {
        entry.kind = H5_ENTRY_BROKEN;
        add(w, &entry, "");
        return;
    }
    entry.again = note_seen(w, info.addr);
    entry.kind = type == H5I_GROUP ? H5_ENTRY_GROUP : type == H5I_DATASET ? H5_ENTRY_DATASET : H5_ENTRY_TYPE;
    if (entry.again == H5_FIRST && type == H5I_DATASET)
        describe_set(id, &entry, target, sizeof target);
    add(w, &entry, target);
    if (entry.again != H5_FIRST)
        return;
    visit_attributes(w, id);
    if (type != H5I_GROUP)
        return;
    if (w->depth >= H5_SCAN_DEPTH) {
        w->list->truncated = 1;
        return;
    }
    w->above[w->depth++] = info.addr;
    visit_members(w, id);
    w->depth--;
}

static void visit_link(struct walk *w, hid_t group, const char *name, const H5L_info_t *link)
{
    struct h5_entry entry = {.kind = H5_ENTRY_LINK};
    char value[4096] = "";
    const char *file = "", *object = value;
    entry.link = link->type == H5L_TYPE_SOFT       ? H5_LINK_SOFT
                 : link->type == H5L_TYPE_EXTERNAL ? H5_LINK_EXTERNAL
                                                   : H5_LINK_USER;
    if (entry.link != H5_LINK_USER && link->u.val_size < sizeof value)
        H5Lget_val(group, name, value, sizeof value - 1, H5P_DEFAULT);
    if (entry.link == H5_LINK_EXTERNAL && H5Lunpack_elink_val(value, link->u.val_size, NULL, &file, &object) < 0)
        file = "";
    add(w, &entry, entry.link == H5_LINK_EXTERNAL ? file : object);
}

static herr_t visit_member(hid_t group, const char *name, const H5L_info_t *link, void *context)
{
    struct walk *w = context;
    size_t length = w->length;
    if (!extend(w, '/', name))
        return 0;
    if (link->type != H5L_TYPE_HARD) {
        visit_link(w, group, name, link);
    } else {
        hid_t id = H5Oopen(group, name, H5P_DEFAULT);
        struct h5_entry broken = {.kind = H5_ENTRY_BROKEN};
        if (id < 0)
            add(w, &broken, "");
        else
            visit_object(w, id);
        if (id >= 0)
            H5Oclose(id);
    }
    H5Eclear2(H5E_DEFAULT);
    cut(w, length);
    return w->list->truncated || w->failed;
}

static void visit_members(struct walk *w, hid_t group)
{
    struct h5_entry broken = {.kind = H5_ENTRY_BROKEN};
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, visit_member, w) < 0)
        add(w, &broken, "");
}

static void describe_file(struct h5_local *f, struct h5_scan_list *out)
{
    hsize_t block = 0;
    hid_t plist = H5Fget_create_plist(f->id);
    if (plist >= 0) {
        H5Pget_userblock(plist, &block);
        H5Pclose(plist);
    }
    out->file_bytes = f->bytes;
    out->user_block = (size_t)block;
    out->end = h5_superblock_end(f, (size_t)block);
}

int h5_local_scan(struct h5_local *f, struct h5_scan_list *out, struct err *e)
{
    struct walk *w = calloc(1, sizeof *w);
    if (w == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    w->f = f;
    w->list = out;
    describe_file(f, out);
    show_links();
    hid_t root = H5Gopen2(f->id, "/", H5P_DEFAULT);
    int status = root < 0 ? h5_fail(e, ERR_INPUT, "broken root group") : 0;
    if (root >= 0) {
        visit_object(w, root);
        H5Gclose(root);
    }
    if (status == 0 && w->failed)
        status = err_set(e, ERR_RUN, "out of memory");
    H5Eclear2(H5E_DEFAULT);
    free(w->seen);
    free(w);
    return status;
}
