#pragma once

#include <cstddef>
#include <cstdint>

// The inner loops, compiled once for each instruction set. This header and the kernels*.inc files are included
// by files that are compiled with different flags, so they hold no inline function with external linkage and no
// part of the standard library: the linker might otherwise keep the AVX copy of a shared function for everybody.
namespace dfxterm::kernels {

// Channels of every tensor but the input are padded with zeros to a multiple of this.
constexpr int kChannelBlock = 8;
// Convolution weights are packed in blocks of this many output channels (the last may be kChannelBlock).
constexpr int kOutputBlock = 16;

enum class Activation : std::int32_t { kNone, kRelu, kPrelu };

// A convolution. Weights of one block of output channels:
//
//   [kernel row 0: row_floats x block][kernel row 1: ...] ...
struct Convolution {
  int kernel_rows;
  // Kernel width times channels of the input: floats that lie side by side in one row of the input.
  int row_floats;
  // Padded.
  int out_channels;
  const float* weights;
  const float* bias;
  // Of PReLU, per output channel; null otherwise.
  const float* slope;
  Activation activation;
};

// A row of input patches: pixel i of the output reads `kernel_rows` rows from first + i * pixel_stride on.
// Strides are in floats.
struct Patches {
  const float* first;
  std::size_t pixel_stride;
  std::size_t row_stride;
};

// What is added before the activation: null, or a row with `channels` (padded) channels.
struct Residual {
  const float* first;
  std::size_t pixel_stride;
  int channels;
};

struct OutputRow {
  float* first;
  std::size_t pixel_stride;
  int pixels;
};

// A 3 x 3 depthwise convolution; weights are [9][channels].
struct Depthwise {
  const float* weights;
  const float* bias;
  int channels;
  int stride;
};

struct Planes {
  const std::uint8_t* y;
  const std::uint8_t* u;
  const std::uint8_t* v;
  int width;
  int height;
  bool full_range;
  bool bt709;
};

// How a square of RGB is sampled out of a picture: output pixel (column, row) looks at
//   x = x0 + column * column_x + row * row_x,   y likewise,
// where whole numbers are centres of picture pixels. Each of red, green and blue in [0, 255] becomes
// value * scale + bias.
struct Sampling {
  float x0, y0;
  float column_x, column_y;
  float row_x, row_y;
  float scale, bias;
  // Pixels per side, a multiple of 8.
  int side;
  // Samples per side of an output pixel: 1, or 2 where the picture is shrunk a lot.
  int taps;
  // Outside of the picture: black, or the nearest pixel.
  bool black_outside;
};

// A luma sample counts as its distance from here, whose square fits 16 bits.
constexpr std::int16_t kLumaMiddle = 128;

// Two rows of a picture, the row of chroma that they share, and how much of each pixel belongs to a region.
struct RowPair {
  // Where the picture ends with the first row: that row twice, the second without weights.
  const std::uint8_t* luma[2];
  const std::uint8_t* u;
  const std::uint8_t* v;
  // Weight of each pixel, 0 to 256; all others are 0, and afterwards these are too.
  std::int16_t* cover[2];
  // Columns that may have a weight.
  std::size_t begin, end;
  // Of the picture.
  std::size_t width;
  // Luma outside of these is clipped: such pixels do not count.
  std::int16_t low, high;
};

// Sums over pixels, each times its weight.
struct PixelSums {
  std::int64_t kept;  // of 1
  std::int64_t d;     // of luma less kLumaMiddle
  std::int64_t dd;    // of its square
  std::int64_t u;
  std::int64_t v;
};

struct Kernels {
  const char* name;
  void (*convolve_row)(const Convolution& convolution, const Patches& in, const Residual& residual,
                       const OutputRow& out);
  // `in` is the top left pixel of the first patch.
  void (*depthwise_row)(const Depthwise& depthwise, const float* in, std::size_t row_stride, float* out, int pixels);
  // 2 x 2, stride 2.
  void (*max_pool_row)(const float* in, std::size_t row_stride, int channels, float* out, int pixels);
  // `row_stride` is the distance of output rows in floats.
  void (*sample)(const Planes& planes, const Sampling& sampling, float* out, std::size_t row_stride);
  // Adds the pixels of two rows to `sums` and clears their weights.
  void (*sum_row_pair)(const RowPair& rows, PixelSums& sums);
  void (*add_weight)(std::int16_t* cover, std::size_t count, std::int16_t weight);
};

extern const Kernels kBaseline;
#if defined(__x86_64__)
extern const Kernels kAvx2;
extern const Kernels kAvx512;
#endif

}  // namespace dfxterm::kernels
