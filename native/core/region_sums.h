#pragma once

#include <cstdint>
#include <vector>

#include "cpu_features.h"
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
// width once; after that nothing is allocated. All kernels give the same, to the last bit.
class RegionScanner {
 public:
  explicit RegionScanner(const kernels::Kernels& kernels = ChooseKernels()) : kernels_(kernels) {}

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

  void AddRing(const std::vector<Point>& ring, std::uint32_t bit);
  void StartEdges(const RegionShape& shape);
  void CoverRow(int row, std::int16_t* cover);
  void MoveEdgesTo(double line_y);
  void TakeEdges(double line_y);
  void SortActive();
  void CoverSpan(double from, double to, std::int16_t* cover);
  RegionMeans MeansOf(const Picture& picture, const kernels::PixelSums& sums, const StudyLimits& limits) const;

  const kernels::Kernels& kernels_;
  std::vector<Edge> edges_;   // by top
  std::vector<Edge> active_;  // those that the current line crosses, by x
  std::size_t next_edge_ = 0;
  double change_y_ = 0;              // before this line no edge begins or ends
  std::vector<std::int16_t> cover_;  // weight of each pixel of the current two rows, 0 to 256; all 0 in between
  std::size_t width_ = 0;            // of the picture at hand
  std::size_t begin_ = 0;            // columns of the current two rows that have been touched
  std::size_t end_ = 0;
  std::uint64_t area_ = 0;  // all weights so far; 256 are one pixel
};

}  // namespace dfxterm::extraction
