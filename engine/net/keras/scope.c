#include "engine/net/keras/scope.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "engine/net/keras/text.h"

#define MAX_DEPTH 8
#define MAX_ENTRIES (4 * GRAPH_MAX_NODES)
#define PATH_BYTES 1024

/* "MaxPooling2D" -> "max_pooling2d", "PReLU" -> "p_re_lu", as Keras names groups by class. */
static void snake_case(const char *class_name, char *out, size_t size)
{
    size_t n = 0;
    for (const char *c = class_name; *c && n + 2 < size; c++) {
        int up = isupper((unsigned char)*c), before = c > class_name ? (unsigned char)c[-1] : 0;
        if (before && up && (islower((unsigned char)c[1]) || islower(before)))
            out[n++] = '_';
        if (isalnum((unsigned char)*c) || *c == '_')
            out[n++] = (char)tolower((unsigned char)*c);
    }
    out[n] = '\0';
}

/* How many layers of that class stand before this one in the model. */
static int count_class(struct keras_scope *s, const char *class_name, size_t *before, struct err *e)
{
    size_t i = 0;
    while (i < s->classes_n && strcmp(s->class[i].name, class_name) != 0)
        i++;
    if (i == KERAS_MAX_CLASSES)
        return err_set(e, ERR_INPUT, "the model has layers of more than %d classes", KERAS_MAX_CLASSES);
    if (i == s->classes_n)
        s->class[s->classes_n++] = (struct keras_class_count){class_name, 0};
    *before = s->class[i].n++;
    return 0;
}

static int join(struct graph *g, const char *a, const char *b, const char *c, const char **out, struct err *e)
{
    char text[PATH_BYTES];
    int length = snprintf(text, sizeof text, "%s%s%s", a, b, c);
    if (length < 0 || (size_t)length >= sizeof text)
        return err_set(e, ERR_INPUT, "the names of the nested models are too long");
    *out = arena_strdup(&g->arena, text);
    return *out ? 0 : err_set(e, ERR_RUN, "out of memory");
}

static int layer_path(struct keras_scope *s, const struct keras_layer *layer, const char **out, struct err *e)
{
    char name[GRAPH_MAX_NAME * 2], number[24] = "";
    size_t before = 0;
    TRY(count_class(s, layer->class_name, &before, e));
    snake_case(layer->class_name, name, sizeof name);
    if (before > 0)
        snprintf(number, sizeof number, "_%zu", before);
    return join(s->reader->g, s->path, name, number, out, e);
}

static int is_trainable(const struct json *config)
{
    const struct json *flag = json_get(config, "trainable");
    return !keras_is(flag, JSON_FALSE);
}

int keras_place_layer(struct keras_scope *s, struct keras_layer *layer, struct err *e)
{
    struct graph *g = s->reader->g;
    struct graph_weights *w = arena_alloc(&g->arena, sizeof *w);
    if (!w)
        return err_set(e, ERR_RUN, "out of memory");
    if (++s->reader->entries > MAX_ENTRIES)
        return err_set(e, ERR_INPUT, "the nested models have more than %d layers", MAX_ENTRIES);
    TRY(join(g, s->prefix, layer->name, "", &layer->label, e));
    TRY(layer_path(s, layer, &w->path, e));
    w->group = s->group ? s->group : layer->name;
    w->layer = layer->name;
    w->nested = s->group != NULL;
    w->trainable = is_trainable(layer->config);
    w->order = *s->order;
    *s->order += !layer->is_model;
    layer->weights = w;
    layer->scope = s->id;
    layer->place = s->place ? s->place : layer->number;
    return 0;
}

int keras_nested_scope(struct keras_scope *outer, const struct keras_layer *layer, const struct keras_refs *inputs,
                       struct keras_scope *inner, struct err *e)
{
    struct graph *g = outer->reader->g;
    memset(inner, 0, sizeof *inner);
    inner->reader = outer->reader;
    inner->depth = outer->depth + 1;
    if (inner->depth > MAX_DEPTH)
        return err_set(e, ERR_INPUT, "models are nested more than %d deep", MAX_DEPTH);
    inner->id = ++outer->reader->scopes;
    inner->inputs = inputs;
    inner->group = layer->weights->group;
    inner->place = layer->place;
    inner->order = outer->order;
    TRY(join(g, layer->label, "/", "", &inner->prefix, e));
    return join(g, layer->weights->path, "/layers/", "", &inner->path, e);
}
