// SSE2 on x86-64, NEON on ARM64: what every such machine has.
#define KERNEL_TABLE kBaseline
#define KERNEL_NAME "baseline"
#define KERNEL_LANES 4
#if defined(__aarch64__)
#define KERNEL_TILE_PIXELS 6
#else
#define KERNEL_TILE_PIXELS 2
#endif
#include "kernels.inc"
