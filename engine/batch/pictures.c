#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/batch/batch.h"
#include "engine/io/png.h"

/* A contact sheet: cells of three pictures (clean, presented, amplified difference), several cells a line. */
struct sheet {
    size_t height, width, channels;  /* of one picture */
    size_t zoom, per_line, lines, gap;
    size_t sheet_width, sheet_height;
    uint8_t *pixels;
};

static void plan_sheet(struct sheet *s, const struct shape *shape, size_t n)
{
    s->height = shape->dim[0];
    s->width = shape->dim[1];
    s->channels = shape->dim[2];
    s->zoom = s->width >= 96 ? 1 : (96 + s->width - 1) / s->width;
    s->gap = 8;
    size_t cell = 3 * s->width * s->zoom + 2 * s->gap;
    s->per_line = cell >= 1200 ? 1 : 1200 / cell;
    s->per_line = s->per_line > n ? n : s->per_line;
    s->lines = (n + s->per_line - 1) / s->per_line;
    s->sheet_width = s->per_line * (cell + 2 * s->gap) + s->gap;
    s->sheet_height = s->lines * (s->height * s->zoom + s->gap) + s->gap;
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
    size_t step = s->width * s->zoom + s->gap;
    size_t top = s->gap + i / s->per_line * (s->height * s->zoom + s->gap);
    size_t left = s->gap + i % s->per_line * (3 * step + s->gap);
    for (size_t j = 0; j < data->size; j++) {
        size_t c = j % s->channels, x = j / s->channels % s->width, y = j / s->channels / s->width;
        float a = in_box(clean[j], data->low[j], data->high[j]), b = in_box(shown[j], data->low[j], data->high[j]);
        put_value(s, top, left, y, x, c, a);
        put_value(s, top, left + step, y, x, c, b);
        put_value(s, top, left + 2 * step, y, x, c, 0.5F + gain * (b - a));
    }
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
    for (size_t i = 0; i < r->picture_rows; i++)
        put_cell(&s, i, data, clean + i * data->size, shown + i * data->size, gain);
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
