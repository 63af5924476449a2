#pragma once

#include <cstdint>
#include <vector>

#include "face_models.h"
#include "picture.h"

namespace dfxterm::test {

// A picture that owns exactly the bytes it needs, so that the sanitizer sees every step beside it.
class OwnedPicture {
 public:
  OwnedPicture(int width_px, int height_px) : bytes_(PictureBytes(width_px, height_px), 128) {
    picture_.width_px = width_px;
    picture_.height_px = height_px;
    picture_.y = bytes_.data();
    picture_.u = picture_.y + luma_count();
    picture_.v = picture_.u + chroma_count();
  }
  OwnedPicture(const OwnedPicture&) = delete;
  OwnedPicture& operator=(const OwnedPicture&) = delete;

  Picture& picture() { return picture_; }
  std::uint8_t* y() { return bytes_.data(); }
  std::size_t luma_count() const {
    return static_cast<std::size_t>(picture_.width_px) * static_cast<std::size_t>(picture_.height_px);
  }
  std::size_t chroma_count() const {
    return static_cast<std::size_t>(picture_.chroma_width_px()) *
           static_cast<std::size_t>(picture_.chroma_height_px());
  }

  void Fill(std::uint8_t y, std::uint8_t u, std::uint8_t v) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      bytes_[i] = i < luma_count() ? y : i < luma_count() + chroma_count() ? u : v;
    }
  }
  void FillWithNoise(std::uint32_t seed) {
    Random random(seed);
    for (std::uint8_t& byte : bytes_) byte = random.Byte();
  }

 private:
  std::vector<std::uint8_t> bytes_;
  Picture picture_;
};

}  // namespace dfxterm::test
