/* bfloat16, the upper half of a float32, which Keras 3 stores as opaque values of two bytes. A conversion of HDF5's own
 * kind, so that such data sets are read as any other of floats. */
#include <stdint.h>
#include <string.h>

#include "engine/io/h5_local.h"

#define STORED sizeof(uint16_t)

int h5_is_bfloat16(hid_t type)
{
    return H5Tget_class(type) == H5T_OPAQUE && H5Tget_size(type) == STORED;
}

/* In place: values grow, so the last comes first. stride 0: they lie side by side, before and after. */
static void widen(size_t n, size_t stride, unsigned char *buffer)
{
    for (size_t i = n; i-- > 0;) {
        uint16_t half;
        memcpy(&half, buffer + i * (stride ? stride : STORED), sizeof half);
        uint32_t bits = (uint32_t)half << 16;
        memcpy(buffer + i * (stride ? stride : sizeof bits), &bits, sizeof bits);
    }
}

static herr_t convert(hid_t from, hid_t to, H5T_cdata_t *data, size_t n, size_t stride, size_t background_stride,
                      void *buffer, void *background, hid_t plist)
{
    (void)background_stride;
    (void)background;
    (void)plist;
    if (data->command == H5T_CONV_INIT)
        return h5_is_bfloat16(from) && H5Tequal(to, H5T_NATIVE_FLOAT) > 0 ? 0 : -1;
    if (data->command == H5T_CONV_CONV)
        widen(n, stride, buffer);
    return 0;
}

int h5_register_bfloat16(void)
{
    hid_t stored = H5Tcreate(H5T_OPAQUE, STORED);
    herr_t status = stored < 0 ? -1 : H5Tregister(H5T_PERS_SOFT, "bfloat16", stored, H5T_NATIVE_FLOAT, convert);
    if (stored >= 0)
        H5Tclose(stored);
    return status < 0 ? -1 : 0;
}
