// Compiled with AVX-512 F, VL, DQ and BW.
#define KERNEL_TABLE kAvx512
#define KERNEL_NAME "avx512"
#define KERNEL_LANES 16
#define KERNEL_TILE_PIXELS 12
#include "kernels.inc"
