#include <algorithm>
#include <vector>

#include "check.h"
#include "face_pictures.h"
#include "thumbnail.h"

using namespace dfxterm;
using dfxterm::test::OwnedPicture;

namespace {

std::vector<std::uint8_t> Shrink(OwnedPicture& picture, const Crop& crop, int width_px, int height_px) {
  std::vector<std::uint8_t> rgb(3 * static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px), 99);
  Thumbnail(picture.picture(), crop, rgb, width_px, height_px);
  return rgb;
}

}  // namespace

TEST("a thumbnail holds the mean of what each pixel covers") {
  OwnedPicture picture(8, 4);
  picture.picture().range = Range::kFull;
  // Left half: 10 and 30 in turn; right half: 200.
  for (std::size_t i = 0; i < picture.luma_count(); ++i) {
    picture.y()[i] = static_cast<std::uint8_t>(i % 8 >= 4 ? 200 : i % 2 == 0 ? 10 : 30);
  }
  const auto rgb = Shrink(picture, {0, 0, 8, 4}, 2, 1);
  CHECK((rgb == std::vector<std::uint8_t>{20, 20, 20, 200, 200, 200}));
}

TEST("what a thumbnail shows beyond the picture is black") {
  OwnedPicture picture(5, 3);
  picture.Fill(235, 128, 128);
  const auto rgb = Shrink(picture, {-5, -3, 15, 9}, 3, 3);
  for (std::size_t i = 0; i < 9; ++i) CHECK(rgb[3 * i] == (i == 4 ? 255 : 0));
  const auto beside = Shrink(picture, {5000, 10, 4, 4}, 2, 2);
  CHECK(std::ranges::all_of(beside, [](std::uint8_t value) { return value == 0; }));
}

TEST("video range and colors are converted") {
  OwnedPicture picture(4, 4);
  picture.Fill(81, 90, 240);
  const auto rgb = Shrink(picture, {0, 0, 4, 4}, 1, 1);
  CHECK_NEAR(rgb[0], 255, 1);
  CHECK_NEAR(rgb[1], 0, 1);
  CHECK_NEAR(rgb[2], 0, 1);
}

TEST("thumbnails of any shape stay inside of their memory") {
  for (const auto& [width, height] : {std::pair{2, 2}, {3, 3}, {17, 5}, {64, 48}}) {
    OwnedPicture picture(width, height);
    picture.FillWithNoise(31);
    for (const Crop& crop : {Crop{0, 0, width, height}, Crop{-7, 3, 40, 1}, Crop{1, 1, 1, 1}, Crop{-65536, 0, 65536, 9},
                             Crop{65536, 65536, 65536, 65536}}) {
      for (const auto& [columns, rows] : {std::pair{1, 1}, {7, 13}, {100, 2}}) Shrink(picture, crop, columns, rows);
    }
  }
}

TEST("impossible thumbnails are refused") {
  OwnedPicture picture(4, 4);
  std::vector<std::uint8_t> rgb(12);
  CHECK_CODE(Thumbnail(picture.picture(), {0, 0, 0, 4}, rgb, 2, 2), "ENGINE_ARGUMENT");
  CHECK_CODE(Thumbnail(picture.picture(), {0, 0, 4, 4}, rgb, 3, 2), "ENGINE_ARGUMENT");
  CHECK_CODE(Thumbnail(picture.picture(), {0, 0, 4, 4}, rgb, 0, 2), "ENGINE_ARGUMENT");
  CHECK_CODE(Thumbnail(picture.picture(), {70000, 0, 4, 4}, rgb, 2, 2), "ENGINE_ARGUMENT");
}
