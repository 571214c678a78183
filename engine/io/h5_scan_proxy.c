/* A scan asked of the reader process. */
#include <string.h>

#include "engine/io/h5_child.h"
#include "engine/io/h5_private.h"
#include "engine/io/h5_scan_local.h"

#define BLOCK_MAX (sizeof(struct h5_scan_head) + H5_SCAN_ENTRIES * sizeof(struct h5_entry) + H5_SCAN_TEXT)

int h5_scan(struct h5 *f, struct arena *a, struct h5_scan *out, struct err *e)
{
    struct h5_request q;
    struct h5_reply reply;
    memset(&q, 0, sizeof q);
    q.kind = H5_ASK_SCAN;
    strcpy(q.path, "/");
    TRY(h5_child_ask(f->child, &q, BLOCK_MAX, &reply, e));
    if (reply.bytes > BLOCK_MAX)
        return h5_child_distrust(f->child, &q, e);
    char *block = arena_alloc(a, reply.bytes);
    if (block == NULL)
        return err_set(e, ERR_RUN, "out of memory");
    TRY(h5_child_receive(f->child, &q, block, reply.bytes, e));
    return h5_scan_unpack(block, reply.bytes, a, out) == 0 ? 0 : h5_child_distrust(f->child, &q, e);
}
