#pragma once

#include <cstdint>
#include <vector>

namespace dfxterm::test {

// The two networks out of the npm package. Throws when the package is not installed.
std::vector<std::uint8_t> DetectorModel();
std::vector<std::uint8_t> MeshModel();

// Numbers that look random and are the same everywhere.
class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed) {}
  std::uint32_t Next() {
    state_ = state_ * 1664525u + 1013904223u;
    return state_ >> 8;
  }
  // In [0, limit).
  std::size_t Below(std::size_t limit) { return (static_cast<std::size_t>(Next()) << 16 | (Next() & 0xffffu)) % limit; }
  // In [-1, 1).
  float Signed() { return static_cast<float>(Next()) / 8388608.0f - 1.0f; }
  std::uint8_t Byte() { return static_cast<std::uint8_t>(Next() >> 4); }

 private:
  std::uint32_t state_;
};

}  // namespace dfxterm::test
