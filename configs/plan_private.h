/* Shared by the files of configs/ only. */
#ifndef ASSAY_CONFIGS_PLAN_PRIVATE_H
#define ASSAY_CONFIGS_PLAN_PRIVATE_H
#include "configs/plan.h"
#include "configs/plan_text.h"

struct plan_port_keys { const char *output; int shared; };
struct plan_top {
    const char *model, *architecture, *data; struct plan_port_keys ports;
    long seed; int search; long defence_draws;
};
struct plan_leakage { const char *members; };
struct plan_source_keys { const char *model, *architecture; struct plan_port_keys ports; };

/* plan_sources.c: the section "sources", the "source" of an attack (node NULL: the target; where it has a defence
 * and `both`, without it, too), and "ensemble". */
int plan_read_sources(const struct json *root, struct plan *plan, struct err *e);
int plan_read_source(const struct json *node, struct plan *plan, int both, struct plan_nets *out, struct err *e);
/* plan_ports.c: "model_inputs" and what stands beside it, of an object that names a model; and written again. */
int plan_read_ports(const struct json *object, const struct plan_port_keys *keys, struct plan *plan,
                    struct net_ports *out, struct err *e);
void plan_write_ports(const struct net_ports *ports, struct json_writer *w);
/* plan_judges.c: fill in plan->judged, once all scenarios are there. */
int plan_add_judges(struct plan *plan, struct err *e);
int plan_read_ensemble(const struct json *root, struct plan *plan, struct err *e);

/* plan_defences.c: the section "defence", read, written and held against the data. */
struct plan_defence_keys { const char *name; };
int plan_read_defences(const struct json *root, struct plan *plan, struct err *e);
int plan_check_defences(const struct plan *plan, const struct dataset *data, struct err *e);

/* plan_tokens.c: whether a scenario goes with samples of token ids, or without; and whether an attack on tokens can see
 * through this net (NULL: yes). */
int plan_check_tokens(const struct plan *plan, const struct scenario *s, const struct dataset *data,
                      const struct net *net, struct err *e);
int plan_check_embedding(const char *model, const struct net *net, struct err *e);

/* plan_probes.c: the section "probes", read and written. */
int plan_read_probes(const struct json *root, struct plan *plan, struct err *e);
void plan_write_probes(const struct plan *plan, struct json_writer *w);

/* plan_chain.c: the components of a chain, up to ATTACK_COMPONENTS_MOST, as entries. */
int plan_expand_chain(struct plan *plan, const struct plan_entry *chain, struct plan_entry *out, size_t *n,
                      struct err *e);
/* Expand entries into scenarios; ids must be unique. */
int plan_expand(struct plan *plan, struct err *e);

#endif
