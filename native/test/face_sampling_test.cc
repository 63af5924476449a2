#include <cmath>
#include <limits>
#include <vector>

#include "check.h"
#include "cpu_features.h"
#include "face_pictures.h"
#include "warp.h"

using namespace dfxterm;
using dfxterm::test::OwnedPicture;

namespace {

constexpr int kSide = 16;

std::vector<float> SampleWith(const kernels::Kernels& kernels, OwnedPicture& picture, const Square& square,
                              bool black_outside) {
  std::vector<float> out(3 * kSide * kSide);
  kernels.sample(PlanesOf(picture.picture()), SamplingOf(square, kSide, {0, 255}, black_outside), out.data(),
                 3 * kSide);
  return out;
}

}  // namespace

TEST("a square that covers the picture gives back its pixels") {
  OwnedPicture picture(kSide, kSide);
  picture.picture().range = Range::kFull;
  for (std::size_t i = 0; i < picture.luma_count(); ++i) picture.y()[i] = static_cast<std::uint8_t>(i);
  for (const kernels::Kernels* kernels : AvailableKernels()) {
    const auto rgb = SampleWith(*kernels, picture, {8, 8, 16, 0}, true);
    for (std::size_t i = 0; i < picture.luma_count(); ++i) CHECK_NEAR(rgb[3 * i], static_cast<double>(i), 1e-3);
  }
}

TEST("a turned square is read along its own axes") {
  OwnedPicture picture(kSide, kSide);
  picture.picture().range = Range::kFull;
  for (std::size_t i = 0; i < picture.luma_count(); ++i) picture.y()[i] = static_cast<std::uint8_t>(i);
  for (const kernels::Kernels* kernels : AvailableKernels()) {
    // A quarter turn clockwise: along a row of the result, the picture is read downwards.
    const auto rgb = SampleWith(*kernels, picture, {8, 8, 16, 1.5707963f}, true);
    for (std::size_t i = 0; i < kSide; ++i) CHECK_NEAR(rgb[3 * i], static_cast<double>(i * 16 + 15), 1e-3);
  }
}

TEST("colors follow range and matrix") {
  OwnedPicture picture(32, 32);
  const auto center = [&](Range range, Matrix matrix) {
    picture.picture().range = range;
    picture.picture().matrix = matrix;
    const auto rgb = SampleWith(*AvailableKernels().front(), picture, {16, 16, 16, 0}, true);
    return std::vector<float>(rgb.begin(), rgb.begin() + 3);
  };
  // Pure red of each standard, rounded to eight bits.
  picture.Fill(81, 90, 240);
  CHECK_NEAR(center(Range::kLimited, Matrix::kBt601)[0], 255, 1.5);
  CHECK_NEAR(center(Range::kLimited, Matrix::kBt601)[1], 0, 1.5);
  picture.Fill(63, 102, 240);
  CHECK_NEAR(center(Range::kLimited, Matrix::kBt709)[0], 255, 1.5);
  CHECK_NEAR(center(Range::kLimited, Matrix::kBt709)[2], 0, 1.5);
  picture.Fill(76, 85, 255);
  CHECK_NEAR(center(Range::kFull, Matrix::kBt601)[0], 254, 1.5);
}

TEST("outside of the picture it is black or like the border") {
  OwnedPicture picture(9, 7);
  picture.Fill(235, 128, 128);
  for (const kernels::Kernels* kernels : AvailableKernels()) {
    for (const float value : SampleWith(*kernels, picture, {-50, -50, 20, 0}, true)) CHECK_NEAR(value, 0, 1e-3);
    for (const float value : SampleWith(*kernels, picture, {-50, -50, 20, 0}, false)) CHECK_NEAR(value, 255, 1e-2);
  }
}

TEST("no square reads beside the picture, whatever its size and place") {
  constexpr float kHuge = 1e30f;
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  const Square squares[] = {{0, 0, 1, 0},         {1, 1, 2, 0.3f},       {3, 2, 500, 1},        {-9, 40, 30, 2},
                            {kHuge, -kHuge, 5, 0}, {1, 1, kHuge, 0.1f},   {kNone, 1, 4, 0},      {1, 1, kNone, kNone},
                            {1e9f, 1e9f, 1e9f, 3}, {2, 2, 1e-9f, -1},     {1, 1, -3, 0}};
  for (const auto& [width, height] : {std::pair{2, 2}, {3, 3}, {2, 9}, {17, 5}, {33, 31}}) {
    OwnedPicture picture(width, height);
    picture.FillWithNoise(5);
    for (const kernels::Kernels* kernels : AvailableKernels()) {
      for (const Square& square : squares) {
        for (const bool black_outside : {false, true}) {
          for (const float value : SampleWith(*kernels, picture, square, black_outside)) {
            CHECK(value >= 0 && value <= 255.01f);
          }
        }
      }
    }
  }
}
