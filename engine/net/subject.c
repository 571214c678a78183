#include "engine/net/subject.h"

#include <string.h>

const char *const subject_role_names[] = {"target", "source", "surrogate", "shadow", "defence", NULL};

int subject_load(struct subject *s, const struct shape *samples, const struct kern *kern, struct err *e)
{
    struct net_preprocess pre = *s->preprocess;
    pre.input = samples;
    TRY(net_load(&s->net, s->path, &pre, kern, e));
    const char *architecture = net_architecture_sha256(s->net);
    if (strcmp(net_sha256(s->net), s->sha256) == 0 &&
        strcmp(architecture ? architecture : "", s->architecture_sha256) == 0)
        return 0;
    return err_set(e, ERR_INPUT, "model %s: the file was changed while it was verified", s->path);
}

void subject_free(struct subject *s)
{
    net_free(s->net);
    s->net = NULL;
}
