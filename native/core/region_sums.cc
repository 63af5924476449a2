#include "region_sums.h"

#include <algorithm>
#include <cmath>

namespace dfxterm::extraction {
namespace {

constexpr int kLinesPerRow = 4;
constexpr int kUnitsPerPixel = 64;  // horizontal resolution of a line; 4 lines of 64 give a full weight of 256
constexpr double kFullWeight = kLinesPerRow * kUnitsPerPixel;
// Luma is summed as its distance from here: the square of that still fits 16 bits, which vectorises best.
constexpr std::int16_t kMiddle = 128;
// 256 pixels of weight 256 and the largest square fit 31 bits: 256 * 256 * 128 * 128 = 2^30.
constexpr std::size_t kBlock = 256;

// Inverse of the RGB to YCbCr matrices of ITU-R BT.601 and BT.709.
struct ColourMatrix {
  double red_v;
  double green_u;
  double green_v;
  double blue_u;
};
constexpr ColourMatrix kMatrix601{1.402, -0.344136, -0.714136, 1.772};
constexpr ColourMatrix kMatrix709{1.5748, -0.187324, -0.468124, 1.8556};

// Code value of a full-range grey level.
double LumaCode(double level, Range range) { return range == Range::kFull ? level : 16.0 + level * 219.0 / 255.0; }

}  // namespace

RegionMeans RegionScanner::Measure(const Picture& picture, const RegionShape& shape, const StudyLimits& limits) {
  if (shape.outer.empty()) return {};
  width_ = static_cast<std::size_t>(picture.width_px);
  if (cover_.size() < width_ + 2) {
    cover_.assign(width_ + 2, 0);
    kept_.assign(width_ + 2, 0);
  }
  StartEdges(shape);
  const auto [top, bottom] = std::minmax_element(shape.outer.begin(), shape.outer.end(),
                                                 [](const Point& a, const Point& b) { return a.y < b.y; });
  const int row_first = static_cast<int>(top->y) & ~1;
  const int row_end = std::min(picture.height_px, static_cast<int>(std::ceil(bottom->y)));
  const auto low = static_cast<std::int16_t>(std::ceil(LumaCode(limits.luma_min, picture.range)));
  const auto high = static_cast<std::int16_t>(std::floor(LumaCode(limits.luma_max, picture.range)));
  Sums sums;
  // Two rows at a time, because two rows share one row of chroma.
  for (int pair = row_first; pair < row_end; pair += 2) {
    pair_begin_ = width_;
    pair_end_ = 0;
    for (int row = pair; row < std::min(pair + 2, row_end); ++row) {
      CoverRow(row, sums);
      SumLuma(picture.y + static_cast<std::size_t>(row) * static_cast<std::size_t>(picture.width_px), low, high, sums);
    }
    const std::size_t chroma = static_cast<std::size_t>(pair / 2) * static_cast<std::size_t>(picture.chroma_width_px());
    SumChroma(picture.u + chroma, picture.v + chroma, sums);
  }
  return MeansOf(picture, sums, limits);
}

void RegionScanner::AddRing(const std::vector<Point>& ring, std::uint32_t bit) {
  for (std::size_t i = 0; i < ring.size(); ++i) {
    Point a = ring[i];
    Point b = ring[i + 1 == ring.size() ? 0 : i + 1];
    if (a.y == b.y) continue;
    if (a.y > b.y) std::swap(a, b);
    edges_.push_back({a.y, b.y, a.x, (b.x - a.x) / (b.y - a.y), bit});
  }
}

void RegionScanner::StartEdges(const RegionShape& shape) {
  edges_.clear();
  active_.clear();
  next_edge_ = 0;
  AddRing(shape.outer, 1U);
  for (std::size_t i = 0; i < shape.hole_count; ++i) AddRing(shape.holes[i], 2U << i);
  std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) { return a.top < b.top; });
}

// Cuts the row into lines and adds what each of them has inside the outer ring and in no hole.
void RegionScanner::CoverRow(int row, Sums& sums) {
  row_begin_ = width_;
  row_end_ = 0;
  for (int line = 0; line < kLinesPerRow; ++line) {
    MoveEdgesTo(row + (line + 0.5) / kLinesPerRow);
    std::uint32_t inside = 0;
    double from = 0;
    for (const Edge& edge : active_) {
      if (inside == 1U) sums.area += CoverSpan(from, edge.x);
      inside ^= edge.ring;
      from = edge.x;
    }
  }
}

// Lines come in order, a quarter of a row apart. Edges hardly ever change their order, so sorting by insertion
// costs one comparison each.
void RegionScanner::MoveEdgesTo(double line_y) {
  std::size_t kept = 0;
  for (Edge& edge : active_) {
    if (edge.bottom <= line_y) continue;
    edge.x += edge.slope / kLinesPerRow;
    active_[kept++] = edge;
  }
  active_.resize(kept);
  for (; next_edge_ < edges_.size() && edges_[next_edge_].top <= line_y; ++next_edge_) {
    Edge edge = edges_[next_edge_];
    if (edge.bottom <= line_y) continue;
    edge.x += edge.slope * (line_y - edge.top);
    active_.push_back(edge);
  }
  for (std::size_t i = 1; i < active_.size(); ++i) {
    for (std::size_t k = i; k > 0 && active_[k].x < active_[k - 1].x; --k) std::swap(active_[k], active_[k - 1]);
  }
}

// Adds a span of the current line to the row; returns its weight.
std::uint32_t RegionScanner::CoverSpan(double from, double to) {
  const auto units = [width = static_cast<double>(width_)](double x) {
    return static_cast<std::uint32_t>(std::clamp(x, 0.0, width) * kUnitsPerPixel + 0.5);
  };
  const std::uint32_t begin = units(from);
  const std::uint32_t end = units(to);
  if (begin >= end) return 0;
  const std::size_t first = begin / kUnitsPerPixel;
  const std::size_t last = end / kUnitsPerPixel;
  row_begin_ = std::min(row_begin_, first);
  row_end_ = std::max(row_end_, last + 1);
  std::int16_t* const cover = cover_.data();
  const auto add = [cover](std::size_t pixel, std::uint32_t weight) {
    cover[pixel] = static_cast<std::int16_t>(cover[pixel] + static_cast<std::int16_t>(weight));
  };
  if (first == last) {
    add(first, end - begin);
    return end - begin;
  }
  add(first, kUnitsPerPixel - begin % kUnitsPerPixel);
  for (std::size_t x = first + 1; x < last; ++x) add(x, kUnitsPerPixel);
  add(last, end % kUnitsPerPixel);
  return end - begin;
}

// Adds one row, moves its weights on to kept_ and clears them. The pixel behind the picture's last one may have
// been touched with weight 0, so the sum ends before it.
void RegionScanner::SumLuma(const std::uint8_t* luma, std::int16_t low, std::int16_t high, Sums& sums) {
  const std::size_t end = std::min(row_end_, width_);
  std::int16_t* const cover = cover_.data();
  std::int16_t* const kept = kept_.data();
  for (std::size_t block = row_begin_; block < end; block += kBlock) {
    std::int32_t d_sum = 0;
    std::int32_t dd_sum = 0;
    const std::size_t block_end = std::min(end, block + kBlock);
    for (std::size_t x = block; x < block_end; ++x) {
      const std::int16_t y = luma[x];
      const std::int16_t weight = y >= low && y <= high ? cover[x] : std::int16_t{0};
      const auto d = static_cast<std::int16_t>(y - kMiddle);
      const auto dd = static_cast<std::int16_t>(d * d);
      d_sum += weight * d;
      dd_sum += weight * dd;
      kept[x] = static_cast<std::int16_t>(kept[x] + weight);
      cover[x] = 0;
    }
    sums.d += d_sum;
    sums.dd += dd_sum;
  }
  pair_begin_ = std::min(pair_begin_, row_begin_);
  pair_end_ = std::max(pair_end_, end);
}

// Adds one row of chroma under the weights of its two rows of luma and clears these.
void RegionScanner::SumChroma(const std::uint8_t* u, const std::uint8_t* v, Sums& sums) {
  if (pair_begin_ >= pair_end_) return;
  std::int16_t* const kept = kept_.data();
  const std::size_t end = (pair_end_ + 1) / 2;
  for (std::size_t block = pair_begin_ / 2; block < end; block += kBlock) {
    std::uint32_t kept_sum = 0;
    std::uint32_t u_sum = 0;
    std::uint32_t v_sum = 0;
    const std::size_t block_end = std::min(end, block + kBlock);
    for (std::size_t x = block; x < block_end; ++x) {
      const auto weight = static_cast<std::uint32_t>(kept[2 * x] + kept[2 * x + 1]);
      kept_sum += weight;
      u_sum += weight * u[x];
      v_sum += weight * v[x];
    }
    sums.kept += kept_sum;
    sums.u += u_sum;
    sums.v += v_sum;
  }
  std::fill(kept + pair_begin_, kept + pair_end_, std::int16_t{0});
}

RegionMeans RegionScanner::MeansOf(const Picture& picture, const Sums& sums, const StudyLimits& limits) {
  RegionMeans means;
  if (static_cast<double>(sums.area) < limits.region_pixels_min * kFullWeight) return means;
  const double kept = static_cast<double>(sums.kept);
  means.clipped = static_cast<float>(1.0 - kept / static_cast<double>(sums.area));
  if (kept < limits.region_pixels_min * kFullWeight) return means;
  const bool is_full = picture.range == Range::kFull;
  const double luma_gain = is_full ? 1.0 : 255.0 / 219.0;
  const double chroma_gain = is_full ? 1.0 : 255.0 / 224.0;
  const double distance = static_cast<double>(sums.d) / kept;
  const double code = kMiddle + distance;
  const double y = (code - (is_full ? 0.0 : 16.0)) * luma_gain;
  const double u = (static_cast<double>(sums.u) / kept - 128.0) * chroma_gain;
  const double v = (static_cast<double>(sums.v) / kept - 128.0) * chroma_gain;
  const ColourMatrix& matrix = picture.matrix == Matrix::kBt709 ? kMatrix709 : kMatrix601;
  const double variance = static_cast<double>(sums.dd) / kept - distance * distance;
  means.pixels = static_cast<std::uint32_t>(kept / kFullWeight + 0.5);
  means.red = static_cast<float>(y + matrix.red_v * v);
  means.green = static_cast<float>(y + matrix.green_u * u + matrix.green_v * v);
  means.blue = static_cast<float>(y + matrix.blue_u * u);
  means.spread = static_cast<float>(std::sqrt(std::max(0.0, variance)) * luma_gain);
  return means;
}

}  // namespace dfxterm::extraction
