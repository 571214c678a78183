#include "engine/io/jpeg.h"

#include <math.h>

#include "attacks/defences/defences.h"

struct jpeg_quality {
    long quality;
};

/* Pixels as bytes, from low to high; they stand in the scratch, as do those that come back. */
static size_t scratch(const void *params, const struct shape *s)
{
    (void)params;
    return (2 * shape_size(s) + sizeof(float) - 1) / sizeof(float);
}

static void apply(const struct defence_call *c, const float *x, float *out)
{
    const struct jpeg_quality *p = c->params;
    uint8_t *pixels = (uint8_t *)c->scratch, *back = pixels + c->size;
    for (size_t j = 0; j < c->size; j++)
        pixels[j] = (uint8_t)floor(fmin(fmax(defence_share(c, j, x[j]), 0), 1) * 255 + 0.5);
    jpeg_round_trip(c->shape->dim[1], c->shape->dim[0], c->shape->dim[2], (int)p->quality, pixels, back);
    for (size_t j = 0; j < c->size; j++)
        out[j] = defence_value(c, j, back[j] / 255.0);
}

static const struct param rows[] = {
    {"quality", PARAM_INT, offsetof(struct jpeg_quality, quality), 75, 1, 100, "", "of the JPEG encoder", NULL, 0},
    DEFENCE_ROWS_END};

const struct defence_kind defence_jpeg = {
    .name = "jpeg",
    .source = "Dziugaite et al. 2016, arXiv:1608.00853; libjpeg-turbo, integer DCT",
    .doc = "write the image as a JPEG file, and read it again",
    .images = 1,
    .param_size = sizeof(struct jpeg_quality),
    .params = rows,
    .scratch = scratch,
    .apply = apply};
