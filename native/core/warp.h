#pragma once

#include "kernels.h"
#include "picture.h"

namespace dfxterm {

// A square part of a picture, perhaps turned, perhaps partly outside. In pixels of the picture, where (0, 0) is the
// top left corner of the first pixel; rotation in radians, clockwise on the screen.
struct Square {
  float x = 0;  // Centre.
  float y = 0;
  float size = 0;
  float rotation = 0;
};

// A point of the square, with u and v in [-0.5, 0.5], in picture pixels.
struct Place {
  float x;
  float y;
};

// Carries points of a square into the picture.
class SquareMap {
 public:
  explicit SquareMap(const Square& square);
  Place At(float u, float v) const { return {x_ + u * across_ - v * down_, y_ + u * down_ + v * across_}; }

 private:
  float x_, y_;
  // Size times cosine and sine of the rotation.
  float across_, down_;
};

kernels::Planes PlanesOf(const Picture& picture);

// What the pixels of a network input mean: 0 becomes `black`, 255 becomes `white`.
struct InputRange {
  float black;
  float white;
};

// How to sample the square into side x side pixels (a multiple of 8).
kernels::Sampling SamplingOf(const Square& square, int side, InputRange range, bool black_outside);

}  // namespace dfxterm
