#pragma once

#include <cstdint>
#include <vector>

#include "picture.h"
#include "region_shape.h"
#include "study.h"

// Mean colour of a region of a YUV 4:2:0 picture, without converting the picture.
namespace dfxterm::extraction {

// What a region says in one frame. Colours and spread are in full-range grey levels, not rounded.
struct RegionMeans {
  std::uint32_t pixels = 0;  // averaged pixels (area, rounded); 0: not visible, the colours mean nothing
  float red = 0;
  float green = 0;
  float blue = 0;
  float spread = 0;   // standard deviation of luma
  float clipped = 0;  // share of the region's area that was left out as too dark or too bright, 0 to 1
};

// Sums Y, U and V under the exact coverage of a polygon. Horizontally the coverage is exact to 1/64 pixel,
// vertically each row is cut into four lines, so a region that moves by parts of a pixel changes its mean
// smoothly. A chroma sample weighs as much as the luma pixels that share it. Buffers grow to the picture's
// width once; after that nothing is allocated.
class RegionScanner {
 public:
  // The shape must be clipped to the picture (ClipToPicture does that).
  RegionMeans Measure(const Picture& picture, const RegionShape& shape, const StudyLimits& limits);

 private:
  // A side of a ring, and where the current line crosses it.
  struct Edge {
    double top = 0;
    double bottom = 0;
    double x = 0;            // at `top` until the edge becomes active, then on the current line
    double slope = 0;        // x per y
    std::uint32_t ring = 0;  // bit of its ring; the outer ring is bit 0
  };
  struct Sums {
    std::uint64_t area = 0;  // all weights; 256 are one pixel
    std::uint64_t kept = 0;  // weights that are not clipped
    std::int64_t d = 0;      // of luma less kMiddle
    std::int64_t dd = 0;     // of its square
    std::uint64_t u = 0;
    std::uint64_t v = 0;
  };

  void AddRing(const std::vector<Point>& ring, std::uint32_t bit);
  void StartEdges(const RegionShape& shape);
  void CoverRow(int row, Sums& sums);
  void MoveEdgesTo(double line_y);
  std::uint32_t CoverSpan(double from, double to);
  void SumLuma(const std::uint8_t* luma, std::int16_t low, std::int16_t high, Sums& sums);
  void SumChroma(const std::uint8_t* u, const std::uint8_t* v, Sums& sums);
  static RegionMeans MeansOf(const Picture& picture, const Sums& sums, const StudyLimits& limits);

  std::vector<Edge> edges_;   // by top
  std::vector<Edge> active_;  // those that the current line crosses, by x
  std::size_t next_edge_ = 0;
  std::vector<std::int16_t> cover_;  // weight of each pixel of the current row, 0 to 256
  std::vector<std::int16_t> kept_;   // weights of two rows without clipped pixels, 0 to 512
  std::size_t width_ = 0;            // of the picture at hand
  std::size_t row_begin_ = 0;        // touched part of cover_
  std::size_t row_end_ = 0;
  std::size_t pair_begin_ = 0;       // touched part of kept_
  std::size_t pair_end_ = 0;
};

}  // namespace dfxterm::extraction
