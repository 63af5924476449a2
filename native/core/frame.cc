#include "frame.h"

#include <algorithm>
#include <cmath>

namespace dfxterm::extraction {
namespace {

// Both comparisons are false for what is no number.
bool IsPlace(float value) { return value > -static_cast<float>(kMaxSidePx) && value < 2.0F * kMaxSidePx; }

}  // namespace

void PointsFromFloats(std::span<const float> floats, std::span<PosePoint> points) {
  const std::size_t count = std::min(points.size(), floats.size() / kFloatsPerPoint);
  for (std::size_t i = 0; i < count; ++i) {
    const float* group = &floats[i * kFloatsPerPoint];
    const float quality = group[3];
    if (IsPlace(group[0]) && IsPlace(group[1]) && std::isfinite(quality) && quality > 0) {
      points[i] = {group[0], group[1], std::min(quality, 1.0F)};
    } else {
      points[i] = {};
    }
  }
  std::fill(points.begin() + static_cast<std::ptrdiff_t>(count), points.end(), PosePoint{});
}

}  // namespace dfxterm::extraction
