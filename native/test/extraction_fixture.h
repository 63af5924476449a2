#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "collector.h"
#include "factory.h"
#include "picture.h"
#include "region_shape.h"
#include "study.h"

// Pictures, studies and faces for the tests of the extraction engine.
namespace dfxterm::test {

using namespace dfxterm::extraction;

// A picture that owns its planes in buffers of exactly their size, so that the sanitizer sees any step outside.
class OwnedPicture {
 public:
  OwnedPicture(int width_px, int height_px, Range range = Range::kFull, Matrix matrix = Matrix::kBt601)
      : y_(static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px), 128),
        u_(static_cast<std::size_t>((width_px + 1) / 2) * static_cast<std::size_t>((height_px + 1) / 2), 128),
        v_(u_) {
    picture_ = {y_.data(), u_.data(), v_.data(), width_px, height_px, range, matrix};
  }

  const Picture& picture() const { return picture_; }
  std::uint8_t& Y(int x, int y) { return y_[At(x, y, picture_.width_px)]; }
  std::uint8_t& U(int x, int y) { return u_[At(x, y, picture_.chroma_width_px())]; }
  std::uint8_t& V(int x, int y) { return v_[At(x, y, picture_.chroma_width_px())]; }

  void Fill(std::uint8_t y, std::uint8_t u, std::uint8_t v) {
    std::fill(y_.begin(), y_.end(), y);
    std::fill(u_.begin(), u_.end(), u);
    std::fill(v_.begin(), v_.end(), v);
  }

  void Randomise(std::mt19937& random, int low, int high) {
    std::uniform_int_distribution<int> level(low, high);
    for (auto* plane : {&y_, &u_, &v_}) {
      for (std::uint8_t& sample : *plane) sample = static_cast<std::uint8_t>(level(random));
    }
  }

 private:
  static std::size_t At(int x, int y, int width) {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
  }

  std::vector<std::uint8_t> y_;
  std::vector<std::uint8_t> u_;
  std::vector<std::uint8_t> v_;
  Picture picture_;
};

inline Ring RingOf(std::vector<std::uint32_t> points, double scale = 1) {
  Ring ring;
  ring.scale = scale;
  for (const std::uint32_t point : points) ring.vertices.push_back({{point, 1.0}});
  return ring;
}

// The points that every collector needs, on an upright face of eye distance 60 px around (cx, cy), and four
// corners of a square cheek.
inline const std::vector<std::string>& PointNames() {
  static const std::vector<std::string> names{"3.7", "3.11", "3.8", "3.12", "9.3", "8.3", "8.4", "a", "b", "c", "d"};
  return names;
}

inline std::vector<PosePoint> FacePoints(double cx, double cy) {
  return {{cx + 45, cy - 30, 1}, {cx + 15, cy - 30, 1}, {cx - 15, cy - 30, 1}, {cx - 45, cy - 30, 1},
          {cx, cy, 1},           {cx + 20, cy + 36, 1}, {cx - 20, cy + 36, 1}, {cx + 10, cy, 1},
          {cx + 40, cy, 1},      {cx + 40, cy + 30, 1}, {cx + 10, cy + 30, 1}};
}

// One square region of skin and the background patch.
inline Study SquareStudy() {
  Study study;
  study.id = "square";
  study.point_names = PointNames();
  study.required_points = 7;
  study.regions.push_back({"cheek", RegionKind::kSkin, {{RingOf({7, 8, 9, 10}), {}}}});
  study.regions.push_back({"background", RegionKind::kBackground, {}});
  return study;
}

// A collector and a picture to feed it with.
class Bench {
 public:
  explicit Bench(double chunk_s, std::uint32_t chunks, double rate_hz = 30, Study study = SquareStudy())
      : picture_(160, 120) {
    Factory factory;
    factory.InitializeStudy(std::move(study));
    collector_ = factory.CreateCollector(PointNames());
    collector_->SetTargetFps(rate_hz);
    collector_->SetChunkDurationSeconds(chunk_s);
    collector_->SetNumberChunks(chunks);
    points_ = FacePoints(80, 60);
  }

  Collector& collector() { return *collector_; }
  OwnedPicture& picture() { return picture_; }
  std::vector<PosePoint>& points() { return points_; }

  CollectorState Feed(std::uint32_t number, double timestamp_ms, bool has_face = true) {
    Face face{true, true, points_};
    Frame frame;
    frame.video = {picture_.picture(), number, timestamp_ms};
    frame.face = has_face ? &face : nullptr;
    return collector_->ExtractChannels(frame);
  }

 private:
  OwnedPicture picture_;
  std::unique_ptr<Collector> collector_;
  std::vector<PosePoint> points_;
};

}  // namespace dfxterm::test
