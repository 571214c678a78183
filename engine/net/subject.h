/* A net in a role: the target is judged; a source makes examples for it; surrogate and shadow were trained by a run; a
 * defence stands in front of the target. */
#ifndef ASSAY_NET_SUBJECT_H
#define ASSAY_NET_SUBJECT_H
#include "engine/net/net.h"

enum subject_role { ROLE_TARGET, ROLE_SOURCE, ROLE_SURROGATE, ROLE_SHADOW, ROLE_DEFENCE };
extern const char *const subject_role_names[]; /* "target", "source", "surrogate", "shadow", "defence", NULL */

struct subject {
    enum subject_role role;
    const char *name, *path;                 /* as the config calls it ("model": the target); its file. Borrowed */
    const struct net_preprocess *preprocess; /* borrowed */
    struct net *net;
    char sha256[SHA256_HEX], architecture_sha256[SHA256_HEX]; /* of the files as verified; "" if there is none */
};

/* Load its net, for samples of this shape (NULL: unknown). ERR_INPUT if a file is not the one that was verified. */
int subject_load(struct subject *s, const struct shape *samples, const struct kern *kern, struct err *e);
void subject_free(struct subject *s);

#endif
