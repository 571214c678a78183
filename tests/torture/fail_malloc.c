/* LD_PRELOAD: let one allocation fail, and tell what is never freed.
 *
 * Counted are the allocations that the program itself or cJSON asks for; the other libraries and the C library are left
 * alone, for what they do without memory is not ours to mend. Environment:
 *   FAIL_AT=k     the k-th fails (0 or absent: none)
 *   FAIL_ON=1     all that follow it fail too
 *   FAIL_LOG=F    file to which lines are appended: "fired PID", and at exit "count N" and one "leak BYTES CALLER"
 *                 a block
 * A child made by fork goes on counting from where its parent was. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t alignment, size_t n);
void __libc_free(void *p);

/* Blocks of ours that live: open addressing, deleted entries keep their place. */
enum { BLOCKS_MOST = 1 << 18 };
static const void *const gone = &gone;
static struct block {
    const void *at, *caller;
    size_t n;
} blocks[BLOCKS_MOST];
static size_t used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct range {
    uintptr_t low, high;
};
static struct range ranges[8];
static size_t ranges_n;
static atomic_long calls;
static long fail_at;
static int fail_on, log_file = -1, ready;

static int is_ours(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    /* the program comes first and has no name */
    if (info->dlpi_name[0] && !strstr(info->dlpi_name, "libcjson"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum && ranges_n < 8; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X))
            ranges[ranges_n++] = (struct range){info->dlpi_addr + p->p_vaddr,
                                                info->dlpi_addr + p->p_vaddr + p->p_memsz};
    }
    return 0;
}

static void say(const char *format, unsigned long a, unsigned long b)
{
    char line[96];
    int n = snprintf(line, sizeof line, format, a, b);
    if (log_file >= 0 && write(log_file, line, (size_t)n) != n)
        _exit(99);
}

__attribute__((constructor)) static void start(void)
{
    const char *at = getenv("FAIL_AT"), *on = getenv("FAIL_ON"), *path = getenv("FAIL_LOG");
    fail_at = at ? atol(at) : 0;
    fail_on = on && *on == '1';
    log_file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (log_file >= 0)
        log_file = fcntl(log_file, F_DUPFD_CLOEXEC, 700);
    dl_iterate_phdr(is_ours, NULL);
    ready = 1;
}

static int ours(const void *caller)
{
    for (size_t i = 0; i < ranges_n; i++)
        if ((uintptr_t)caller >= ranges[i].low && (uintptr_t)caller < ranges[i].high)
            return 1;
    return 0;
}

/* Whether this allocation is to fail. */
static int fails(void)
{
    long k = atomic_fetch_add(&calls, 1) + 1;
    if (fail_at == 0 || k < fail_at || (k > fail_at && !fail_on))
        return 0;
    if (k == fail_at)
        say("fired %lu\n", (unsigned long)getpid(), 0);
    errno = ENOMEM;
    return 1;
}

static struct block *place(const void *p)
{
    size_t i = ((uintptr_t)p >> 4) * 11400714819323198485u >> 46;
    while (blocks[i].at && blocks[i].at != p)
        i = (i + 1) % BLOCKS_MOST;
    return &blocks[i];
}

static void *record(void *p, size_t n, const void *caller)
{
    if (!p)
        return p;
    pthread_mutex_lock(&lock);
    struct block *b = place(p);
    if (b->at || used < BLOCKS_MOST / 2) {
        used += b->at == NULL;
        *b = (struct block){p, caller, n};
    }
    pthread_mutex_unlock(&lock);
    return p;
}

static void forget(const void *p)
{
    pthread_mutex_lock(&lock);
    struct block *b = place(p);
    if (b->at)
        b->at = gone;
    pthread_mutex_unlock(&lock);
}

__attribute__((destructor)) static void finish(void)
{
    say("count %lu\n", (unsigned long)atomic_load(&calls), 0);
    for (size_t i = 0; i < BLOCKS_MOST; i++)
        if (blocks[i].at && blocks[i].at != gone)
            say("leak %lu %#lx\n", blocks[i].n, (uintptr_t)blocks[i].caller - ranges[0].low);
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t n)
{
    if (!ready || !ours(CALLER))
        return __libc_malloc(n);
    return fails() ? NULL : record(__libc_malloc(n), n, CALLER);
}

void *calloc(size_t count, size_t size)
{
    if (!ready || !ours(CALLER))
        return __libc_calloc(count, size);
    return fails() ? NULL : record(__libc_calloc(count, size), count * size, CALLER);
}

void *realloc(void *p, size_t n)
{
    if (!ready || !ours(CALLER))
        return __libc_realloc(p, n);
    if (fails())
        return NULL;
    void *moved = __libc_realloc(p, n);
    if (moved && p)
        forget(p);
    return record(moved, n, CALLER);
}

static void *aligned(size_t alignment, size_t n, const void *caller)
{
    if (!ready || !ours(caller))
        return __libc_memalign(alignment, n);
    return fails() ? NULL : record(__libc_memalign(alignment, n), n, caller);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    return aligned(alignment, n, CALLER);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    void *p = aligned(alignment, n, CALLER);
    if (p)
        *out = p;
    return p ? 0 : ENOMEM;
}

char *strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = NULL;
    if (!ready || !ours(CALLER))
        copy = __libc_malloc(n);
    else if (!fails())
        copy = record(__libc_malloc(n), n, CALLER);
    return copy ? memcpy(copy, s, n) : NULL;
}

void free(void *p)
{
    if (p && ready)
        forget(p);
    __libc_free(p);
}
