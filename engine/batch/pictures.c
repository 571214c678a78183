#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/batch/batch.h"
#include "engine/batch/lettering.h"
#include "engine/io/png.h"

/* Pixels that a picture is wide at least, and letters that fit below one of any width. */
enum { PICTURE_WIDTH = 96, PICTURE_LETTERS = PICTURE_WIDTH / LETTERING_WIDTH, LINE_MOST = 128 };

/* A contact sheet: cells of three pictures (clean, presented, amplified difference) between two lines of text, several
 * cells a line. */
struct sheet {
    size_t height, width, channels;  /* of one picture */
    size_t zoom, per_line, lines, gap;
    size_t scale, text_height;       /* of the letters, and of a line of them with what stands free */
    size_t sheet_width, sheet_height;
    uint8_t *pixels;
};

/* Of one cell. */
struct place { size_t top, left; };

static void plan_sheet(struct sheet *s, const struct shape *shape, size_t n)
{
    s->height = shape->dim[0];
    s->width = shape->dim[1];
    s->channels = shape->dim[2];
    s->zoom = s->width >= PICTURE_WIDTH ? 1 : (PICTURE_WIDTH + s->width - 1) / s->width;
    s->gap = 8;
    s->scale = s->width * s->zoom / PICTURE_WIDTH;
    s->text_height = (LETTERING_HEIGHT + 2) * s->scale;
    size_t cell = 3 * s->width * s->zoom + 2 * s->gap;
    s->per_line = cell >= 1200 ? 1 : 1200 / cell;
    s->per_line = s->per_line > n ? n : s->per_line;
    s->lines = (n + s->per_line - 1) / s->per_line;
    s->sheet_width = s->per_line * (cell + 2 * s->gap) + s->gap;
    s->sheet_height = s->lines * (s->height * s->zoom + 2 * s->text_height + s->gap) + s->gap;
}

static struct place place_of(const struct sheet *s, size_t i)
{
    const size_t step = s->width * s->zoom + s->gap;
    return (struct place){s->gap + i / s->per_line * (s->height * s->zoom + 2 * s->text_height + s->gap),
                          s->gap + i % s->per_line * (3 * step + s->gap)};
}

/* value in [0, 1] at picture pixel (y, x), channel c, zoomed into the sheet from (top, left). */
static void put_value(struct sheet *s, size_t top, size_t left, size_t y, size_t x, size_t c, float value)
{
    uint8_t byte = (uint8_t)(255.0F * (value < 0 ? 0 : value > 1 ? 1 : value) + 0.5F);
    for (size_t dy = 0; dy < s->zoom; dy++)
        for (size_t dx = 0; dx < s->zoom; dx++)
            s->pixels[((top + y * s->zoom + dy) * s->sheet_width + left + x * s->zoom + dx) * s->channels + c] = byte;
}

static float in_box(float v, float low, float high)
{
    return high > low ? (v - low) / (high - low) : 0;
}

static void put_cell(struct sheet *s, size_t i, const struct dataset *data, const float *clean, const float *shown,
                     float gain)
{
    const struct place at = place_of(s, i);
    const size_t step = s->width * s->zoom + s->gap, top = at.top + s->text_height;
    for (size_t j = 0; j < data->size; j++) {
        size_t c = j % s->channels, x = j / s->channels % s->width, y = j / s->channels / s->width;
        float a = in_box(clean[j], data->low[j], data->high[j]), b = in_box(shown[j], data->low[j], data->high[j]);
        put_value(s, top, at.left, y, x, c, a);
        put_value(s, top, at.left + step, y, x, c, b);
        put_value(s, top, at.left + 2 * step, y, x, c, 0.5F + gain * (b - a));
    }
}

/* The class's name if it fits into `room` letters of those that there are, else its number. */
static const char *class_text(const struct dataset *data, int32_t class, size_t room, char *number, size_t size)
{
    const char *name = data->class_name != NULL && class >= 0 && (size_t)class < data->classes
                           ? data->class_name[class] : "";
    if (name[0] != '\0' && strlen(name) <= room && lettering_has(name))
        return name;
    snprintf(number, size, "%d", class);
    return number;
}

static void put_text(const struct sheet *s, size_t top, size_t left, size_t room, const char *text)
{
    const struct lettering_page page = {s->pixels, s->sheet_width, s->sheet_height, s->channels};
    lettering_draw(&page, top, left, s->scale, room, text);
}

/* Below a picture: what the net took it for, and how probable it held that. */
static void put_prediction(const struct sheet *s, size_t top, size_t left, const struct dataset *data,
                           const struct outcome *row)
{
    char text[LINE_MOST], number[16];
    const size_t digits = strlen(" 0.000"), room = s->width * s->zoom / (LETTERING_WIDTH * s->scale);
    if (row->status == OUTCOME_NOT_FINITE)
        snprintf(text, sizeof text, "not finite");
    else
        snprintf(text, sizeof text, "%s %.3f", class_text(data, row->predicted, room - digits, number, sizeof number),
                 (double)row->confidence);
    put_text(s, top, left, room, text);
}

/* Above: which sample this is, and what it is. */
static void put_sample(const struct sheet *s, const struct place *at, const struct dataset *data, size_t i)
{
    char text[LINE_MOST], id[LINE_MOST / 2] = "", number[24];
    const size_t room = (3 * s->width * s->zoom + 2 * s->gap) / (LETTERING_WIDTH * s->scale);
    const char *known = dataset_id(&data->id, i, number);
    if (known != NULL)
        snprintf(id, sizeof id, "  id %s", known);
    const int used = snprintf(text, sizeof text, "row %zu  label %s", i, id);
    const size_t left = (size_t)used < room ? room - (size_t)used : 0;
    snprintf(text, sizeof text, "row %zu  label %s%s", i,
             class_text(data, data->label[i], left < LINE_MOST / 2 ? left : LINE_MOST / 2, number, sizeof number), id);
    put_text(s, at->top, at->left, room, text);
}

static void put_captions(const struct sheet *s, size_t i, const struct dataset *data, const struct outcome *clean,
                         const struct outcome *shown, float gain)
{
    char text[LINE_MOST];
    const struct place at = place_of(s, i);
    const size_t step = s->width * s->zoom + s->gap, below = at.top + s->text_height + s->height * s->zoom + s->scale;
    put_sample(s, &at, data, i);
    put_prediction(s, below, at.left, data, clean);
    put_prediction(s, below, at.left + step, data, shown);
    snprintf(text, sizeof text, "difference x%.3g", (double)gain);
    put_text(s, below, at.left + 2 * step, PICTURE_LETTERS, gain > 0 ? text : "no difference");
}

/* Half the scale over the largest difference, so that it is seen whatever its size. */
static float gain_of(const struct dataset *data, size_t n, const float *clean, const float *shown)
{
    float most = 0;
    for (size_t i = 0; i < n * data->size; i++) {
        size_t j = i % data->size;
        float d = fabsf(in_box(shown[i], data->low[j], data->high[j]) - in_box(clean[i], data->low[j], data->high[j]));
        most = d > most ? d : most;
    }
    return most > 0 ? 0.5F / most : 0;
}

static int write_sheet(const struct batch_input *in, const struct batch_result *r, size_t scenario, const char *path,
                       struct err *e)
{
    struct sheet s;
    const struct dataset *data = in->data;
    const float *clean = r->picture[0], *shown = r->picture[scenario];
    plan_sheet(&s, &data->shape, r->picture_rows);
    size_t bytes = s.sheet_width * s.sheet_height * s.channels;
    s.pixels = malloc(bytes);
    if (!s.pixels)
        return err_set(e, ERR_RUN, "out of memory for a contact sheet");
    memset(s.pixels, 255, bytes);
    float gain = gain_of(data, r->picture_rows, clean, shown);
    for (size_t i = 0; i < r->picture_rows; i++) {
        put_cell(&s, i, data, clean + i * data->size, shown + i * data->size, gain);
        put_captions(&s, i, data, &r->outcomes[0].row[i], &r->outcomes[scenario].row[i], gain);
    }
    int code = png_write(path, s.sheet_width, s.sheet_height, s.channels, s.pixels, e);
    free(s.pixels);
    return code;
}

int batch_write_pictures(const struct batch_input *in, const struct batch_result *r, const char *directory,
                         struct arena *arena, const char **paths, struct err *e)
{
    char name[512], path[4096];
    for (size_t s = 0; s < r->outcomes_n; s++)
        paths[s] = NULL;
    for (size_t s = 1; r->picture && s < in->plan->scenarios_n; s++) {
        if (!r->picture[s])
            continue;
        snprintf(name, sizeof name, "%s.png", in->plan->scenario[s].id);
        if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, name) >= sizeof path)
            return err_set(e, ERR_USAGE, "%s: the path is too long", directory);
        TRY(write_sheet(in, r, s, path, e));
        if (!(paths[s] = arena_strdup(arena, name)))
            return err_set(e, ERR_RUN, "out of memory");
    }
    return 0;
}
