/* A scan as bytes, and back again without trusting them. */
#include <stdlib.h>
#include <string.h>

#include "engine/io/h5_scan_local.h"
#include "engine/io/h5_wire.h"

static int grow(void **data, size_t *capacity, size_t wanted, size_t element)
{
    size_t n = *capacity;
    if (wanted <= n)
        return 0;
    while (n < wanted)
        n = n > 0 ? 2 * n : 1024;
    void *more = realloc(*data, n * element);
    if (more == NULL)
        return -1;
    *data = more;
    *capacity = n;
    return 0;
}

int h5_scan_add(struct h5_scan_list *list, const struct h5_entry *entry)
{
    size_t path = strlen(entry->path) + 1, target = strlen(entry->target) + 1;
    if (list->n >= H5_SCAN_ENTRIES || path + target > H5_SCAN_TEXT - list->text_n) {
        list->truncated = 1;
        return 0;
    }
    void *entries = list->entry, *text = list->text;
    int failed = grow(&entries, &list->capacity, list->n + 1, sizeof *list->entry) != 0;
    list->entry = entries;
    if (!failed)
        failed = grow(&text, &list->text_capacity, list->text_n + path + target, 1) != 0;
    list->text = text;
    if (failed)
        return -1;
    memcpy(list->text + list->text_n, entry->path, path);
    memcpy(list->text + list->text_n + path, entry->target, target);
    list->text_n += path + target;
    list->entry[list->n] = *entry;
    list->entry[list->n].path = list->entry[list->n].target = NULL;
    list->n++;
    return 0;
}

void h5_scan_list_free(struct h5_scan_list *list)
{
    free(list->entry);
    free(list->text);
    memset(list, 0, sizeof *list);
}

int h5_scan_pack(const struct h5_scan_list *list, struct arena *a, const void **block, size_t *bytes, struct err *e)
{
    struct h5_scan_head head = {list->n,          list->text_n, list->file_bytes, list->user_block,
                                list->end,        list->truncated};
    size_t records = list->n * sizeof *list->entry;
    *bytes = sizeof head + records + list->text_n;
    char *to = arena_alloc(a, *bytes);
    if (to == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    *block = to;
    memcpy(to, &head, sizeof head);
    if (list->n > 0) {
        memcpy(to + sizeof head, list->entry, records);
        memcpy(to + sizeof head + records, list->text, list->text_n);
    }
    return 0;
}

static int entry_valid(const struct h5_entry *entry)
{
    return entry->kind <= H5_ENTRY_ATTRIBUTE && entry->link <= H5_LINK_USER && entry->again <= H5_CYCLE &&
           entry->layout <= H5_LAYOUT_VIRTUAL && entry->type <= H5_OTHER;
}

int h5_scan_unpack(char *block, size_t bytes, struct arena *a, struct h5_scan *out)
{
    struct h5_scan_head head;
    if (bytes < sizeof head)
        return -1;
    memcpy(&head, block, sizeof head);
    if (head.n > H5_SCAN_ENTRIES || head.text_bytes > H5_SCAN_TEXT ||
        bytes != sizeof head + head.n * sizeof(struct h5_entry) + head.text_bytes)
        return -1;
    struct h5_entry *entry = arena_array(a, head.n, sizeof *entry);
    const char **text = arena_array(a, 2 * head.n, sizeof *text);
    if (entry == NULL || text == NULL)
        return -1;
    memcpy(entry, block + sizeof head, head.n * sizeof *entry);
    if (h5_wire_unpack(block + bytes - head.text_bytes, head.text_bytes, 2 * head.n, text) != 0)
        return -1;
    for (size_t i = 0; i < head.n; i++) {
        if (!entry_valid(&entry[i]))
            return -1;
        entry[i].path = text[2 * i];
        entry[i].target = text[2 * i + 1];
    }
    *out = (struct h5_scan){head.n, entry, head.truncated != 0, head.file_bytes, head.user_block, head.end};
    return 0;
}
