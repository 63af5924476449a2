#pragma once

#include <cstddef>
#include <cstdint>

namespace dfxterm {

enum class Range : std::uint8_t { kLimited, kFull };
enum class Matrix : std::uint8_t { kBt601, kBt709 };

// A borrowed YUV 4:2:0 picture with three planes, 8 bits a sample. Chroma planes are
// (width_px + 1) / 2 by (height_px + 1) / 2. Whoever makes one has checked that the planes are that long.
struct Picture {
  const std::uint8_t* y = nullptr;
  const std::uint8_t* u = nullptr;
  const std::uint8_t* v = nullptr;
  int width_px = 0;
  int height_px = 0;
  Range range = Range::kLimited;
  Matrix matrix = Matrix::kBt601;

  int chroma_width_px() const { return (width_px + 1) / 2; }
  int chroma_height_px() const { return (height_px + 1) / 2; }
};

// Bytes of a packed picture (Y, then U, then V, no padding).
constexpr std::size_t PictureBytes(int width_px, int height_px) {
  const std::size_t luma = static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px);
  const std::size_t chroma =
      static_cast<std::size_t>((width_px + 1) / 2) * static_cast<std::size_t>((height_px + 1) / 2);
  return luma + 2 * chroma;
}

// The largest side accepted anywhere in the engine; keeps every product of sizes far from overflow.
constexpr int kMaxSidePx = 16384;

}  // namespace dfxterm
