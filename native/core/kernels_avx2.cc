// Compiled with -mavx2 -mfma.
#define KERNEL_TABLE kAvx2
#define KERNEL_NAME "avx2"
#define KERNEL_LANES 8
#define KERNEL_TILE_PIXELS 6
#include "kernels.inc"
