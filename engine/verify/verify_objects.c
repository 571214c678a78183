/* Objects of a data set that nothing reads: a misspelt name would be left out without a word. */
#include <string.h>

#include "engine/verify/verify_private.h"

static const char *const at_root[] = {"x", "y", "attributes", "member", "id", "scores", "weight", "features",
                                      "source"};
static const char *const of_source[] = {"row", "scenario"};
static const char *const of_features[] = {"names", "kind", "low", "high", "mutable", "budget"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static int is_among(const char *name, const char *const *known, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(name, known[i]))
            return 1;
    return 0;
}

static int check_group(struct h5 *h5, const char *group, const char *const *known, size_t known_n, struct arena *a,
                       const char *subject, struct findings *out)
{
    struct err fault = {0};
    const char *const *name;
    size_t n;
    if (h5_list(h5, group, a, &name, &n, &fault))
        return fault.code == ERR_RUN;
    for (size_t i = 0; i < n; i++) {
        if (is_among(name[i], known, known_n))
            continue;
        const char *near = err_nearest(name[i], known, known_n);
        findings_add(out, FINDING_DATA_UNKNOWN_OBJECT, subject, group, "'%s' is read by nothing%s%s%s", name[i],
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return 0;
}

int verify_objects(struct h5 *h5, const char *subject, struct findings *out, struct err *e)
{
    struct arena a;
    enum h5_object kind;
    struct err fault = {0};
    if (arena_init(&a, 0))
        return err_set(e, ERR_RUN, "out of memory");
    int failed = check_group(h5, "/", at_root, COUNT(at_root), &a, subject, out);
    if (!failed && !h5_kind(h5, "/features", &kind, &fault) && kind == H5_GROUP)
        failed = check_group(h5, "/features", of_features, COUNT(of_features), &a, subject, out);
    if (!failed && !h5_kind(h5, "/source", &kind, &fault) && kind == H5_GROUP)
        failed = check_group(h5, "/source", of_source, COUNT(of_source), &a, subject, out);
    arena_free(&a);
    return failed ? err_set(e, ERR_RUN, "out of memory") : 0;
}
