/* gemm_bf16 on AMX tiles. It has never run: no processor with AMX was at hand. What was tested is this source on tiles
 * in plain C (kern_amx_emulated.c); on a processor with AMX the two are compared before the slot is filled. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "engine/kern/kern_variants.h"
#include "engine/kern/simd_bf16.h"

#define AMX_REQUEST 0x1023 /* ARCH_REQ_XCOMP_PERM */
#define AMX_TILE_DATA 18

/* 8 tiles of 16 rows of 64 bytes; the layout is the instruction's. */
struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
};

/* The intrinsics do not say what memory they read: what was written before must have got there. */
#define WRITTEN() __asm__ volatile("" ::: "memory")

static void tile_begin(void)
{
    struct tile_config c = {.palette = 1};
    for (int t = 0; t < 8; t++) {
        c.row_bytes[t] = 64;
        c.rows[t] = 16;
    }
    WRITTEN();
    _tile_loadconfig(&c);
}

static void tile_end(void) { _tile_release(); }
#define tile_load(t, p, step)                           \
    do {                                                \
        WRITTEN();                                      \
        _tile_loadd(t, p, (step) * sizeof(float));      \
    } while (0)
#define tile_store(t, p, step) _tile_stored(t, p, (step) * sizeof(float))
#define tile_product(c, a, b) _tile_dpbf16ps(c, a, b)
#define bf16_float kern_avx512_gemm
#include "engine/kern/body_amx.h"

/* The system gives a process the tiles' state only when asked. */
int kern_init_amx(struct kern *k)
{
    if (syscall(SYS_arch_prctl, AMX_REQUEST, AMX_TILE_DATA) != 0 || !kern_amx_agrees(gemm_bf16)) return 1;
    k->bf16 = "amx_bf16";
    k->gemm_bf16 = gemm_bf16;
    return 0;
}
