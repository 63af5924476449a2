#include "warp.h"

#include <cmath>

namespace dfxterm {

SquareMap::SquareMap(const Square& square)
    : x_(square.x),
      y_(square.y),
      across_(square.size * std::cos(square.rotation)),
      down_(square.size * std::sin(square.rotation)) {}

kernels::Planes PlanesOf(const Picture& picture) {
  return {
      picture.y,         picture.u, picture.v, picture.width_px, picture.height_px, picture.range == Range::kFull,
      picture.matrix == Matrix::kBt709,
  };
}

kernels::Sampling SamplingOf(const Square& square, int side, InputRange range, bool black_outside) {
  const SquareMap map(square);
  const float step = 1.0f / static_cast<float>(side);
  const Place first = map.At(-0.5f + step / 2, -0.5f + step / 2);
  kernels::Sampling sampling;
  // The kernel counts from the centre of the first pixel.
  sampling.x0 = first.x - 0.5f;
  sampling.y0 = first.y - 0.5f;
  sampling.column_x = map.At(step, 0).x - square.x;
  sampling.column_y = map.At(step, 0).y - square.y;
  sampling.row_x = -sampling.column_y;
  sampling.row_y = sampling.column_x;
  sampling.scale = (range.white - range.black) / 255.0f;
  sampling.bias = range.black;
  sampling.side = side;
  // From about five picture pixels per output pixel on, one sample misses most of the picture.
  sampling.taps = square.size * step > 5.0f ? 2 : 1;
  sampling.black_outside = black_outside;
  return sampling;
}

}  // namespace dfxterm
