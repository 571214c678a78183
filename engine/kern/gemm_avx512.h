/* Sizes of the register tiles of body_gemm_block.h on 32 registers. */
/* 28 sums, 2 vectors of B, 1 broadcast: 31 of 32 registers; wide 24, 4 and 1 */
#define GEMM_SUMS 28
#define GEMM_ROWS 14
#define GEMM_PANELS 2
#define GEMM_HALF_ROWS 14
#define GEMM_WIDE_ROWS 6
#define GEMM_WIDEST 4
#define GEMM_LOW(F, panels) F(1, panels) F(2, panels) F(3, panels) F(4, panels) F(5, panels) F(6, panels)
#define GEMM_HIGH(F, panels)                                                                                           \
    F(7, panels) F(8, panels) F(9, panels) F(10, panels) F(11, panels) F(12, panels) F(13, panels) F(14, panels)
#define GEMM_TILES(F) GEMM_LOW(F, 1) GEMM_HIGH(F, 1) GEMM_LOW(F, 2) GEMM_HIGH(F, 2) GEMM_LOW(F, 3) GEMM_LOW(F, 4)
#define GEMM_HALF_TILES(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14)
