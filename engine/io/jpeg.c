#include "engine/io/jpeg.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

/* One image of 1 or 3 channels; its neighbours in a row stand `step` bytes apart, in `pixels` and `back`. */
struct picture {
    size_t width, height, channels, step;
    const uint8_t *pixels;
    uint8_t *back;
    uint8_t *line;                 /* (width * channels) */
    unsigned char *file;
    unsigned long bytes;
    jmp_buf failed;
    struct jpeg_error_mgr errors;
};

static void fail(j_common_ptr c)
{
    longjmp(((struct picture *)c->client_data)->failed, 1);
}

static void keep_silent(j_common_ptr c, int level)
{
    (void)c, (void)level;
}

static struct jpeg_error_mgr *errors_of(struct picture *p)
{
    jpeg_std_error(&p->errors);
    p->errors.error_exit = fail;
    p->errors.emit_message = keep_silent;
    return &p->errors;
}

static int encode(struct picture *p, int quality)
{
    struct jpeg_compress_struct c;
    c.err = errors_of(p);
    c.client_data = p;
    jpeg_create_compress(&c);
    if (setjmp(p->failed)) {
        jpeg_destroy_compress(&c);
        return -1;
    }
    jpeg_mem_dest(&c, &p->file, &p->bytes);
    c.image_width = (JDIMENSION)p->width;
    c.image_height = (JDIMENSION)p->height;
    c.input_components = (int)p->channels;
    c.in_color_space = p->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    c.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        const uint8_t *row = p->pixels + c.next_scanline * p->width * p->step;
        for (size_t i = 0; i < p->width; i++)
            memcpy(p->line + i * p->channels, row + i * p->step, p->channels);
        jpeg_write_scanlines(&c, &(JSAMPROW){p->line}, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return 0;
}

static int decode(struct picture *p)
{
    struct jpeg_decompress_struct d;
    d.err = errors_of(p);
    d.client_data = p;
    jpeg_create_decompress(&d);
    if (setjmp(p->failed)) {
        jpeg_destroy_decompress(&d);
        return -1;
    }
    jpeg_mem_src(&d, p->file, p->bytes);
    jpeg_read_header(&d, TRUE);
    d.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&d);
    while (d.output_scanline < d.output_height) {
        uint8_t *row = p->back + d.output_scanline * p->width * p->step;
        jpeg_read_scanlines(&d, &(JSAMPROW){p->line}, 1);
        for (size_t i = 0; i < p->width; i++)
            memcpy(row + i * p->step, p->line + i * p->channels, p->channels);
    }
    jpeg_finish_decompress(&d);
    jpeg_destroy_decompress(&d);
    return 0;
}

void jpeg_round_trip(size_t width, size_t height, size_t channels, int quality, const uint8_t *pixels, uint8_t *back)
{
    struct picture p = {.width = width, .height = height, .channels = channels == 3 ? 3 : 1, .step = channels};
    int code = 0;
    p.line = malloc(width * p.channels);
    for (size_t first = 0; p.line && !code && first < channels; first += p.channels) {
        p.pixels = pixels + first;
        p.back = back + first;
        code = encode(&p, quality) || decode(&p);
        free(p.file);
        p.file = NULL;
        p.bytes = 0;
    }
    if (!p.line || code)
        memcpy(back, pixels, width * height * channels);
    free(p.line);
}

const char *jpeg_version(void)
{
    static char text[16];
    snprintf(text, sizeof text, "%d.%d.%d", LIBJPEG_TURBO_VERSION_NUMBER / 1000000,
             LIBJPEG_TURBO_VERSION_NUMBER / 1000 % 1000, LIBJPEG_TURBO_VERSION_NUMBER % 1000);
    return text;
}
