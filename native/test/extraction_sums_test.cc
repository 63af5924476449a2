#include <algorithm>
#include <cmath>
#include <random>

#include "check.h"
#include "extraction_fixture.h"
#include "region_sums.h"

using namespace dfxterm;
using namespace dfxterm::test;

namespace {

constexpr StudyLimits kOpen{1, 0, 0, 0, 255};  // nothing is too small, too dark or too bright

RegionShape ShapeOf(std::vector<Point> outer, std::vector<std::vector<Point>> holes = {}) {
  RegionShape shape;
  shape.outer = std::move(outer);
  shape.hole_count = holes.size();
  shape.holes = std::move(holes);
  return shape;
}

RegionShape BoxShape(double left, double top, double right, double bottom) {
  return ShapeOf({{left, top}, {right, top}, {right, bottom}, {left, bottom}});
}

bool IsInside(const std::vector<Point>& ring, double x, double y) {
  bool inside = false;
  for (std::size_t i = 0, k = ring.size() - 1; i < ring.size(); k = i++) {
    if ((ring[i].y > y) == (ring[k].y > y)) continue;
    if (x < ring[i].x + (y - ring[i].y) / (ring[k].y - ring[i].y) * (ring[k].x - ring[i].x)) inside = !inside;
  }
  return inside;
}

// The definition, slowly: every pixel is sampled at 4 x 64 places; colours are converted pixel by pixel.
struct Slow {
  double pixels = 0;
  double red = 0;
  double green = 0;
  double blue = 0;
  double spread = 0;
  double clipped = 0;
};

Slow BruteForce(const Picture& picture, const RegionShape& shape, const StudyLimits& limits) {
  const bool is_full = picture.range == Range::kFull;
  double all = 0;
  double luma = 0;
  double luma_squared = 0;
  Slow slow;
  for (int y = 0; y < picture.height_px; ++y) {
    for (int x = 0; x < picture.width_px; ++x) {
      int hits = 0;
      for (int s = 0; s < 4 * 64; ++s) {
        const double px = x + (s % 64 + 0.5) / 64;
        const double py = y + (s / 64 + 0.5) / 4;
        bool inside = IsInside(shape.outer, px, py);
        for (std::size_t h = 0; h < shape.hole_count; ++h) inside = inside && !IsInside(shape.holes[h], px, py);
        hits += inside ? 1 : 0;
      }
      if (hits == 0) continue;
      const double weight = hits / 256.0;
      const std::size_t at = static_cast<std::size_t>(y * picture.width_px + x);
      const std::size_t chroma = static_cast<std::size_t>(y / 2 * picture.chroma_width_px() + x / 2);
      const double level = is_full ? picture.y[at] : (picture.y[at] - 16) * 255.0 / 219.0;
      const double gain = is_full ? 1.0 : 255.0 / 224.0;
      const double u = (picture.u[chroma] - 128) * gain;
      const double v = (picture.v[chroma] - 128) * gain;
      all += weight;
      if (level < limits.luma_min || level > limits.luma_max) continue;
      const bool is_709 = picture.matrix == Matrix::kBt709;
      slow.pixels += weight;
      luma += weight * level;
      luma_squared += weight * level * level;
      slow.red += weight * (level + (is_709 ? 1.5748 : 1.402) * v);
      slow.green += weight * (level - (is_709 ? 0.187324 : 0.344136) * u - (is_709 ? 0.468124 : 0.714136) * v);
      slow.blue += weight * (level + (is_709 ? 1.8556 : 1.772) * u);
    }
  }
  slow.clipped = 1 - slow.pixels / all;
  slow.red /= slow.pixels;
  slow.green /= slow.pixels;
  slow.blue /= slow.pixels;
  luma /= slow.pixels;
  slow.spread = std::sqrt(std::max(0.0, luma_squared / slow.pixels - luma * luma));
  return slow;
}

std::vector<Point> RandomRing(std::mt19937& random, double cx, double cy, double radius_max, int corners) {
  std::uniform_real_distribution<double> radius(0.3 * radius_max, radius_max);
  std::vector<Point> ring;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * 3.14159265358979 * i / corners;
    const double r = radius(random);
    ring.push_back({cx + r * std::cos(angle), cy + r * std::sin(angle)});
  }
  return ring;
}

}  // namespace

TEST("region sums agree with brute force on random pictures, polygons and holes") {
  std::mt19937 random(20240611);
  std::uniform_real_distribution<double> place(-5, 75);
  std::uniform_int_distribution<int> corners(3, 12);
  RegionScanner scanner;
  std::vector<Point> scratch;
  int compared = 0;
  for (int round = 0; round < 60; ++round) {
    const int width = 50 + round % 21;
    const int height = 40 + round % 17;
    OwnedPicture owned(width, height, round % 2 ? Range::kFull : Range::kLimited,
                       round % 3 ? Matrix::kBt601 : Matrix::kBt709);
    owned.Randomise(random, 0, 255);
    std::vector<Point> outer = RandomRing(random, place(random), place(random), 40, corners(random));
    std::vector<Point> hole = RandomRing(random, place(random), place(random), 15, corners(random));
    ClipToPicture(outer, scratch, width, height);
    ClipToPicture(hole, scratch, width, height);
    if (outer.empty()) continue;
    const RegionShape shape = ShapeOf(outer, {hole, {}});
    const StudyLimits limits{1, 0, 0, 20.5, 230.5};
    const Slow slow = BruteForce(owned.picture(), shape, limits);
    if (slow.pixels < 20) continue;
    ++compared;
    const RegionMeans means = scanner.Measure(owned.picture(), shape, limits);
    // Spans end on 1/64 pixel in both; they are rounded in different ways, which moves some weight by 1/256.
    CHECK_NEAR(means.pixels, slow.pixels, 1 + 0.002 * slow.pixels);
    CHECK_NEAR(means.red, slow.red, 0.35);
    CHECK_NEAR(means.green, slow.green, 0.35);
    CHECK_NEAR(means.blue, slow.blue, 0.35);
    CHECK_NEAR(means.spread, slow.spread, 0.2);
    CHECK_NEAR(means.clipped, slow.clipped, 0.003);
  }
  CHECK(compared >= 40);
}

TEST("a flat picture gives its colour, whatever the range and matrix") {
  struct Colour {
    Range range;
    Matrix matrix;
    std::uint8_t y, u, v;
    double red, green, blue;
  };
  // Skin (180, 130, 110) in each form of YUV, and what the rounded codes mean exactly.
  const Colour colours[] = {
      {Range::kFull, Matrix::kBt601, 143, 109, 154, 179.452, 130.971, 109.332},
      {Range::kLimited, Matrix::kBt601, 139, 112, 151, 179.927, 130.792, 110.942},
      {Range::kFull, Matrix::kBt709, 139, 112, 154, 179.945, 129.826, 109.310},
      {Range::kLimited, Matrix::kBt709, 136, 114, 151, 180.957, 130.443, 110.151},
  };
  RegionScanner scanner;
  for (const Colour& colour : colours) {
    OwnedPicture owned(64, 48, colour.range, colour.matrix);
    owned.Fill(colour.y, colour.u, colour.v);
    const RegionMeans means = scanner.Measure(owned.picture(), BoxShape(3.3, 4.7, 50.1, 40.9), kOpen);
    CHECK_NEAR(means.red, colour.red, 0.1);
    CHECK_NEAR(means.green, colour.green, 0.1);
    CHECK_NEAR(means.blue, colour.blue, 0.1);
    CHECK_NEAR(means.spread, 0, 1e-6);
    CHECK_NEAR(means.clipped, 0, 1e-6);
    CHECK_NEAR(means.pixels, (50.1 - 3.3) * (40.9 - 4.7), 10);
  }
}

TEST("pixels at the edge count by the part that is covered") {
  OwnedPicture owned(20, 20);
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 20; ++x) owned.Y(x, y) = x == 4 ? 200 : 100;
  }
  RegionScanner scanner;
  // Three quarters of column 4 and four whole columns.
  const RegionMeans means = scanner.Measure(owned.picture(), BoxShape(4.25, 2, 9, 10), kOpen);
  CHECK_NEAR(means.green, (0.75 * 200 + 4 * 100) / 4.75, 0.01);
  // A quarter of row 3 is left out, so half of the weight of a 2-row region is 1 : 0.75.
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 20; ++x) owned.Y(x, y) = y == 3 ? 200 : 100;
  }
  const RegionMeans rows = scanner.Measure(owned.picture(), BoxShape(2, 3.25, 10, 5), kOpen);
  CHECK_NEAR(rows.green, (0.75 * 200 + 100) / 1.75, 0.01);
}

TEST("a polygon that moves by a fiftieth of a pixel changes its mean without steps") {
  OwnedPicture owned(80, 60);
  for (int y = 0; y < 60; ++y) {
    for (int x = 0; x < 80; ++x) owned.Y(x, y) = static_cast<std::uint8_t>(60 + 2 * x + y / 2);
  }
  RegionScanner scanner;
  double before = 0;
  for (int step = 0; step < 200; ++step) {
    const double dx = step * 0.02;
    std::vector<Point> ring{{20 + dx, 10.3}, {40.5 + dx, 14.1}, {38.2 + dx, 40.7}, {18.9 + dx, 33.3}};
    const double green = scanner.Measure(owned.picture(), ShapeOf(ring), kOpen).green;
    // Two grey levels a pixel: 0.04 a step. Whole-pixel edges would stay put and then jump by 0.1 and more.
    if (step > 0) CHECK_NEAR(green - before, 0.04, 0.03);
    before = green;
  }
}

TEST("clipped pixels are left out of the colour and counted") {
  OwnedPicture owned(40, 40);
  owned.Fill(120, 100, 150);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 10; ++x) {
      owned.Y(x, y) = 255;
      owned.U(x / 2, y / 2) = 0;
    }
  }
  RegionScanner scanner;
  const RegionMeans half = scanner.Measure(owned.picture(), BoxShape(0, 0, 20, 20), {24, 0, 0, 10, 250});
  CHECK_NEAR(half.clipped, 0.5, 1e-6);
  CHECK(half.pixels == 200);
  CHECK_NEAR(half.blue, 120 + 1.772 * (100 - 128), 0.01);
  const RegionMeans none = scanner.Measure(owned.picture(), BoxShape(0, 0, 10, 20), {24, 0, 0, 10, 250});
  CHECK(none.pixels == 0);
  CHECK_NEAR(none.clipped, 1, 1e-6);
}

TEST("a region below the smallest size is not visible") {
  OwnedPicture owned(40, 40);
  RegionScanner scanner;
  CHECK(scanner.Measure(owned.picture(), BoxShape(5, 5, 9, 9), {24, 0, 0, 10, 250}).pixels == 0);
  CHECK(scanner.Measure(owned.picture(), BoxShape(5, 5, 10, 10), {24, 0, 0, 10, 250}).pixels == 25);
  CHECK(scanner.Measure(owned.picture(), RegionShape{}, kOpen).pixels == 0);
}

TEST("one scanner serves pictures of changing size and regions at their very edge") {
  RegionScanner scanner;
  for (const auto& [width, height] : {std::pair{641, 33}, {3, 3}, {2, 2}, {64, 101}, {7, 400}}) {
    OwnedPicture owned(width, height);
    owned.Fill(90, 128, 128);
    const RegionMeans means = scanner.Measure(owned.picture(), BoxShape(0, 0, width, height), kOpen);
    CHECK(means.pixels == static_cast<std::uint32_t>(width * height));
    CHECK_NEAR(means.red, 90, 1e-4);
  }
}

TEST("clipping keeps what is inside the picture") {
  std::vector<Point> scratch;
  std::vector<Point> ring{{-10, -10}, {10, -10}, {10, 10}, {-10, 10}};
  ClipToPicture(ring, scratch, 30, 20);
  double area = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& a = ring[i];
    const Point& b = ring[(i + 1) % ring.size()];
    area += (a.x * b.y - b.x * a.y) / 2;
  }
  CHECK_NEAR(area, 100, 1e-9);
  std::vector<Point> outside{{-10, -10}, {-1, -10}, {-1, -1}};
  ClipToPicture(outside, scratch, 30, 20);
  CHECK(outside.empty());
}
