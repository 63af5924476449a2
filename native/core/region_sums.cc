#include "region_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dfxterm::extraction {
namespace {

constexpr int kLinesPerRow = 4;
constexpr int kUnitsPerPixel = 64;  // horizontal resolution of a line; 4 lines of 64 give a full weight of 256
constexpr double kFullWeight = kLinesPerRow * kUnitsPerPixel;

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
  // A span that ends with the picture touches the pixel behind it, with weight 0.
  const std::size_t row_words = width_ + 1;
  if (cover_.size() < 2 * row_words) cover_.assign(2 * row_words, 0);
  StartEdges(shape);
  const auto [top, bottom] = std::minmax_element(shape.outer.begin(), shape.outer.end(),
                                                 [](const Point& a, const Point& b) { return a.y < b.y; });
  const int row_first = static_cast<int>(top->y) & ~1;
  const int row_end = std::min(picture.height_px, static_cast<int>(std::ceil(bottom->y)));
  kernels::RowPair rows{};
  rows.width = width_;
  rows.low = static_cast<std::int16_t>(std::ceil(LumaCode(limits.luma_min, picture.range)));
  rows.high = static_cast<std::int16_t>(std::floor(LumaCode(limits.luma_max, picture.range)));
  rows.cover[0] = cover_.data();
  rows.cover[1] = cover_.data() + row_words;
  kernels::PixelSums sums{};
  area_ = 0;
  for (int pair = row_first; pair < row_end; pair += 2) {
    begin_ = width_;
    end_ = 0;
    const bool has_second = pair + 1 < row_end;
    CoverRow(pair, rows.cover[0]);
    if (has_second) CoverRow(pair + 1, rows.cover[1]);
    rows.begin = begin_;
    rows.end = std::min(end_, width_);
    if (rows.begin >= rows.end) continue;
    rows.luma[0] = picture.y + static_cast<std::size_t>(pair) * width_;
    rows.luma[1] = has_second ? rows.luma[0] + width_ : rows.luma[0];
    const std::size_t chroma = static_cast<std::size_t>(pair / 2) * static_cast<std::size_t>(picture.chroma_width_px());
    rows.u = picture.u + chroma;
    rows.v = picture.v + chroma;
    kernels_.sum_row_pair(rows, sums);
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
  change_y_ = -std::numeric_limits<double>::infinity();
  AddRing(shape.outer, 1U);
  for (std::size_t i = 0; i < shape.hole_count; ++i) AddRing(shape.holes[i], 2U << i);
  std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) { return a.top < b.top; });
}

// Cuts the row into lines and adds what each of them has inside the outer ring and in no hole.
void RegionScanner::CoverRow(int row, std::int16_t* cover) {
  for (int line = 0; line < kLinesPerRow; ++line) {
    MoveEdgesTo(row + (line + 0.5) / kLinesPerRow);
    std::uint32_t inside = 0;
    double from = 0;
    for (const Edge& edge : active_) {
      if (inside == 1U) CoverSpan(from, edge.x, cover);
      inside ^= edge.ring;
      from = edge.x;
    }
  }
}

// Lines come in order, a quarter of a row apart, and most of them cross the same edges as the line before.
void RegionScanner::MoveEdgesTo(double line_y) {
  if (line_y >= change_y_) {
    TakeEdges(line_y);
  } else {
    for (Edge& edge : active_) edge.x += edge.slope / kLinesPerRow;
  }
  SortActive();
}

// Moves on too, and lets edges go that have ended and come that have begun.
void RegionScanner::TakeEdges(double line_y) {
  std::erase_if(active_, [line_y](const Edge& edge) { return edge.bottom <= line_y; });
  for (Edge& edge : active_) edge.x += edge.slope / kLinesPerRow;
  for (; next_edge_ < edges_.size() && edges_[next_edge_].top <= line_y; ++next_edge_) {
    Edge edge = edges_[next_edge_];
    if (edge.bottom <= line_y) continue;
    edge.x += edge.slope * (line_y - edge.top);
    active_.push_back(edge);
  }
  change_y_ = next_edge_ < edges_.size() ? edges_[next_edge_].top : std::numeric_limits<double>::infinity();
  for (const Edge& edge : active_) change_y_ = std::min(change_y_, edge.bottom);
}

// Edges hardly ever change their order, so sorting by insertion costs one comparison each.
void RegionScanner::SortActive() {
  for (std::size_t i = 1; i < active_.size(); ++i) {
    for (std::size_t k = i; k > 0 && active_[k].x < active_[k - 1].x; --k) std::swap(active_[k], active_[k - 1]);
  }
}

// Adds a span of the current line to its row.
void RegionScanner::CoverSpan(double from, double to, std::int16_t* cover) {
  const auto units = [width = static_cast<double>(width_)](double x) {
    return static_cast<std::uint32_t>(std::clamp(x, 0.0, width) * kUnitsPerPixel + 0.5);
  };
  const std::uint32_t begin = units(from);
  const std::uint32_t end = units(to);
  if (begin >= end) return;
  area_ += end - begin;
  const std::size_t first = begin / kUnitsPerPixel;
  const std::size_t last = end / kUnitsPerPixel;
  begin_ = std::min(begin_, first);
  end_ = std::max(end_, last + 1);
  const auto add = [cover](std::size_t pixel, std::uint32_t weight) {
    cover[pixel] = static_cast<std::int16_t>(cover[pixel] + static_cast<std::int16_t>(weight));
  };
  if (first == last) return add(first, end - begin);
  add(first, kUnitsPerPixel - begin % kUnitsPerPixel);
  kernels_.add_weight(cover + first + 1, last - first - 1, kUnitsPerPixel);
  add(last, end % kUnitsPerPixel);
}

RegionMeans RegionScanner::MeansOf(const Picture& picture, const kernels::PixelSums& sums,
                                   const StudyLimits& limits) const {
  RegionMeans means;
  if (static_cast<double>(area_) < limits.region_pixels_min * kFullWeight) return means;
  const double kept = static_cast<double>(sums.kept);
  means.clipped = static_cast<float>(1.0 - kept / static_cast<double>(area_));
  if (kept < limits.region_pixels_min * kFullWeight) return means;
  const bool is_full = picture.range == Range::kFull;
  const double luma_gain = is_full ? 1.0 : 255.0 / 219.0;
  const double chroma_gain = is_full ? 1.0 : 255.0 / 224.0;
  const double distance = static_cast<double>(sums.d) / kept;
  const double code = kernels::kLumaMiddle + distance;
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
