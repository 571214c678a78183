#include "engine/io/png.h"

#include <png.h>
#include <stdlib.h>

#include "engine/base/file.h"

/* Below libpng's own limits, and far above any contact sheet. */
#define SIDE_MAX ((size_t)1 << 20)
#define PIXELS_MAX ((size_t)1 << 28)

int png_write(const char *path, size_t width, size_t height, size_t channels, const uint8_t *pixels, struct err *e)
{
    if ((channels != 1 && channels != 3) || width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX ||
        width * height > PIXELS_MAX)
        return err_set(e, ERR_RUN, "%s: cannot make a picture of %zux%zux%zu", path, width, height, channels);
    png_image image = {.version = PNG_IMAGE_VERSION, .width = (png_uint_32)width, .height = (png_uint_32)height};
    image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png_alloc_size_t n = PNG_IMAGE_PNG_SIZE_MAX(image);
    void *bytes = malloc(n);
    if (bytes == NULL)
        return err_set(e, ERR_RUN, "%s: out of memory for %zu bytes", path, (size_t)n);
    int status;
    if (png_image_write_to_memory(&image, bytes, &n, 0, pixels, 0, NULL))
        status = file_write_atomic(path, bytes, n, e);
    else
        status = err_set(e, ERR_RUN, "%s: libpng: %s", path, image.message);
    free(bytes);
    return status;
}

const char *png_version(void)
{
    return png_get_libpng_ver(NULL);
}
