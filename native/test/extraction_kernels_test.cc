#include <algorithm>
#include <array>
#include <bit>
#include <random>

#include "check.h"
#include "cpu_features.h"
#include "extraction_fixture.h"
#include "region_sums.h"

using namespace dfxterm;
using namespace dfxterm::test;

namespace {

using kernels::Kernels;
using kernels::PixelSums;
using kernels::RowPair;

int Between(std::mt19937& random, int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }

// Two rows in buffers of exactly their size, at any alignment, so that the sanitizer sees any step outside.
class Rows {
 public:
  Rows(std::mt19937& random, std::size_t width, bool has_second)
      : width_(width), shift_(static_cast<std::size_t>(Between(random, 0, 63))), has_second_(has_second) {
    for (auto* bytes : {&luma_, &u_, &v_}) {
      bytes->resize(shift_ + (bytes == &luma_ ? width * (has_second ? 2 : 1) : (width + 1) / 2));
      // Some pictures are flat at the ends of the scale, where sums are largest.
      const int low = Between(random, 0, 3) == 0 ? 255 : 0;
      const int high = Between(random, 0, 3) == 0 ? low : 255;
      for (std::uint8_t& byte : *bytes) byte = static_cast<std::uint8_t>(Between(random, low, high));
    }
    for (auto& cover : cover_) cover.resize(shift_ + width + 1);
  }

  void Cover(std::mt19937& random, std::size_t begin, std::size_t end, int low) {
    begin_ = begin;
    end_ = end;
    for (std::size_t row = 0; row < (has_second_ ? 2U : 1U); ++row) {
      for (std::size_t x = begin; x < end; ++x) {
        cover_[row][shift_ + x] = static_cast<std::int16_t>(Between(random, low, 256));
      }
    }
  }

  RowPair Pair(std::int16_t low, std::int16_t high) {
    RowPair rows{};
    rows.luma[0] = luma_.data() + shift_;
    rows.luma[1] = has_second_ ? rows.luma[0] + width_ : rows.luma[0];
    rows.u = u_.data() + shift_;
    rows.v = v_.data() + shift_;
    for (int row = 0; row < 2; ++row) rows.cover[row] = cover_[row].data() + shift_;
    rows.begin = begin_;
    rows.end = end_;
    rows.width = width_;
    rows.low = low;
    rows.high = high;
    return rows;
  }

  bool IsCleared() const {
    return std::ranges::all_of(cover_, [](const auto& row) {
      return std::ranges::all_of(row, [](std::int16_t weight) { return weight == 0; });
    });
  }

 private:
  std::size_t width_;
  std::size_t shift_;
  bool has_second_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<std::uint8_t> luma_, u_, v_;
  std::array<std::vector<std::int16_t>, 2> cover_;
};

// The definition, pixel by pixel.
PixelSums Plainly(const RowPair& rows) {
  PixelSums sums{};
  for (int row = 0; row < 2; ++row) {
    for (std::size_t x = rows.begin; x < rows.end; ++x) {
      const std::int64_t level = rows.luma[row][x];
      if (level < rows.low || level > rows.high) continue;
      const std::int64_t weight = rows.cover[row][x];
      sums.kept += weight;
      sums.d += weight * (level - 128);
      sums.dd += weight * (level - 128) * (level - 128);
      sums.u += weight * rows.u[x / 2];
      sums.v += weight * rows.v[x / 2];
    }
  }
  return sums;
}

bool Same(const PixelSums& a, const PixelSums& b) {
  return a.kept == b.kept && a.d == b.d && a.dd == b.dd && a.u == b.u && a.v == b.v;
}

std::vector<Point> RandomRing(std::mt19937& random, int width, int height) {
  std::uniform_real_distribution<double> x(-10, width + 10);
  std::uniform_real_distribution<double> y(-10, height + 10);
  std::vector<Point> ring(static_cast<std::size_t>(Between(random, 3, 14)));
  for (Point& point : ring) point = {x(random), y(random)};
  return ring;
}

RegionShape RandomShape(std::mt19937& random, int width, int height) {
  std::vector<Point> scratch;
  RegionShape shape;
  shape.outer = RandomRing(random, width, height);
  ClipToPicture(shape.outer, scratch, width, height);
  for (int i = Between(random, 0, 2); i > 0; --i) {
    shape.holes.push_back(RandomRing(random, width, height));
    ClipToPicture(shape.holes.back(), scratch, width, height);
  }
  shape.hole_count = shape.holes.size();
  return shape;
}

std::array<std::uint32_t, 6> BitsOf(const RegionMeans& means) {
  const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  return {means.pixels, bits(means.red), bits(means.green), bits(means.blue), bits(means.spread), bits(means.clipped)};
}

}  // namespace

TEST("row sums of every instruction set are those of the definition, at any width, place and alignment") {
  std::mt19937 random(20250114);
  for (const Kernels* kernels : AvailableKernels()) {
    for (int round = 0; round < 3000; ++round) {
      const int width = Between(random, 2, round % 10 == 0 ? 300 : 70);
      const int begin = Between(random, 0, width - 1);
      const int end = round % 5 == 0 ? width : Between(random, begin + 1, width);
      Rows rows(random, static_cast<std::size_t>(width), Between(random, 0, 3) > 0);
      rows.Cover(random, static_cast<std::size_t>(begin), static_cast<std::size_t>(end), 0);
      const RowPair pair = rows.Pair(static_cast<std::int16_t>(Between(random, 0, 40)),
                                     static_cast<std::int16_t>(Between(random, 200, 255)));
      const PixelSums expected = Plainly(pair);
      PixelSums sums{};
      kernels->sum_row_pair(pair, sums);
      CHECK(Same(sums, expected));
      CHECK(rows.IsCleared());
    }
  }
}

TEST("row sums of the widest picture do not overflow") {
  std::mt19937 random(20250115);
  for (const Kernels* kernels : AvailableKernels()) {
    for (int round = 0; round < 12; ++round) {
      const auto width = static_cast<std::size_t>(kMaxSidePx - round % 2);
      Rows rows(random, width, true);
      rows.Cover(random, 0, width, 256);
      const RowPair pair = rows.Pair(0, 255);
      const PixelSums expected = Plainly(pair);
      PixelSums sums{};
      kernels->sum_row_pair(pair, sums);
      CHECK(Same(sums, expected));
    }
  }
}

TEST("a weight is added to exactly the pixels that are meant") {
  for (const Kernels* kernels : AvailableKernels()) {
    for (std::size_t count = 0; count < 100; ++count) {
      std::vector<std::int16_t> cover(count + 8, 7);
      kernels->add_weight(cover.data() + 3, count, 64);
      for (std::size_t i = 0; i < cover.size(); ++i) CHECK(cover[i] == (i >= 3 && i < 3 + count ? 71 : 7));
    }
  }
}

TEST("regions have the same means on every instruction set, to the last bit") {
  std::mt19937 random(20250116);
  std::vector<RegionScanner> scanners;
  for (const Kernels* kernels : AvailableKernels()) scanners.emplace_back(*kernels);
  int visible = 0;
  for (int round = 0; round < 250; ++round) {
    const int width = Between(random, 2, 180);
    const int height = Between(random, 2, 90);
    OwnedPicture owned(width, height, round % 2 ? Range::kFull : Range::kLimited,
                       round % 3 ? Matrix::kBt601 : Matrix::kBt709);
    owned.Randomise(random, 0, 255);
    const RegionShape shape = RandomShape(random, width, height);
    const StudyLimits limits{1, 0, 0, static_cast<double>(Between(random, 0, 60)),
                             static_cast<double>(Between(random, 190, 255))};
    const auto expected = BitsOf(scanners.front().Measure(owned.picture(), shape, limits));
    visible += expected[0] > 0;
    for (RegionScanner& scanner : scanners) {
      CHECK(BitsOf(scanner.Measure(owned.picture(), shape, limits)) == expected);
    }
  }
  CHECK(visible > 150);
}
