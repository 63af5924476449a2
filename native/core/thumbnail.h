#pragma once

#include <cstdint>
#include <span>

#include "picture.h"

namespace dfxterm {

// A part of a picture in pixels; it may reach beyond the borders.
struct Crop {
  int x;
  int y;
  int width;
  int height;
};

constexpr int kMaxThumbnailSidePx = 4096;

// Shrinks (or stretches) a part of the picture into width_px x height_px pixels of RGB24. Each pixel is the mean of
// the samples it covers; the means are converted, not the samples. What lies outside of the picture is black.
// Throws EngineError("ENGINE_ARGUMENT") unless all sizes are at least 1, the crop within +-65536, the sides of the
// result at most kMaxThumbnailSidePx and `rgb24` at least width_px * height_px * 3 bytes.
void Thumbnail(const Picture& picture, const Crop& crop, std::span<std::uint8_t> rgb24, int width_px, int height_px);

}  // namespace dfxterm
