#include <cmath>
#include <limits>
#include <vector>

#include "check.h"
#include "cpu_features.h"
#include "face_landmarks_filter.h"
#include "face_pictures.h"
#include "face_tracker.h"

using namespace dfxterm;
using dfxterm::test::OwnedPicture;
using dfxterm::test::Random;

namespace {

// Runs a filter of one value and returns what comes out.
std::vector<float> Filtered(const std::vector<float>& values, double interval_ms, float size_px) {
  LandmarkFilter filter(1);
  std::vector<float> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    float smooth = 0;
    filter.Apply({&values[i], 1}, static_cast<double>(i) * interval_ms, size_px, {&smooth, 1});
    out.push_back(smooth);
  }
  return out;
}

double Tremble(const std::vector<float>& values) {
  double sum = 0;
  for (std::size_t i = 61; i < values.size(); ++i) sum += std::pow(values[i] - values[i - 1], 2);
  return std::sqrt(sum);
}

}  // namespace

TEST("no face is found in pictures without one, of any size") {
  const auto detector = test::DetectorModel();
  const auto mesh = test::MeshModel();
  FaceTracker tracker(detector, mesh, DetectStrategy::kSmart);
  std::vector<float> landmarks(kLandmarkFloats, -1.0f);
  double time_ms = 0;
  for (const auto& [width, height] : {std::pair{2, 2}, {3, 5}, {129, 127}, {2, 300}}) {
    OwnedPicture picture(width, height);
    picture.FillWithNoise(11);
    CHECK(!tracker.Track(picture.picture(), time_ms += 33, landmarks));
    CHECK(tracker.state().presence == 0);
  }
  CHECK(landmarks[0] == -1.0f);
}

TEST("landmarks are looked for safely in regions beside, around and inside of tiny pictures") {
  const auto model = test::MeshModel();
  FaceLandmarks landmarks(model, ChooseKernels());
  std::vector<float> points(kLandmarkFloats);
  OwnedPicture picture(3, 3);
  picture.FillWithNoise(12);
  for (const Square& square : {Square{1, 1, 2, 0}, Square{-500, 2, 80, 1}, Square{1, 1, 4000, 2}}) {
    const float presence = landmarks.Find(picture.picture(), square, points);
    CHECK(presence >= 0 && presence <= 1);
  }
}

TEST("fast looks for a missing face four times a second, smart on every frame") {
  const auto detector = test::DetectorModel();
  const auto mesh = test::MeshModel();
  OwnedPicture picture(64, 64);
  std::vector<float> landmarks(kLandmarkFloats);
  const auto frames_with_runs = [&](DetectStrategy strategy) {
    FaceTracker tracker(detector, mesh, strategy);
    int frames = 0;
    std::int64_t runs = 0;
    for (int i = 0; i < 16; ++i) {
      tracker.Track(picture.picture(), i * 50.0, landmarks);
      frames += tracker.state().detector_runs > runs;
      runs = tracker.state().detector_runs;
    }
    return frames;
  };
  CHECK(frames_with_runs(DetectStrategy::kFast) == 4);
  CHECK(frames_with_runs(DetectStrategy::kSmart) == 16);
}

TEST("the filter lets the first value pass and settles on a constant") {
  const auto out = Filtered(std::vector<float>(10, 42.0f), 33, 100);
  for (const float value : out) CHECK(value == 42.0f);
}

TEST("the filter takes most of the tremble away") {
  Random random(21);
  std::vector<float> values;
  for (int i = 0; i < 300; ++i) values.push_back(200 + 0.2f * random.Signed());
  CHECK(Tremble(Filtered(values, 33, 150)) < 0.3 * Tremble(values));
}

TEST("the filter never lags by more than half a percent of the face") {
  constexpr float kFacePx = 200;
  for (const float speed_px_per_s : {5.0f, 50.0f, 500.0f}) {
    for (const double interval_ms : {8.0, 33.0, 100.0}) {
      std::vector<float> values;
      for (int i = 0; i < 300; ++i) {
        values.push_back(speed_px_per_s * static_cast<float>(i) * static_cast<float>(interval_ms) / 1000);
      }
      const auto out = Filtered(values, interval_ms, kFacePx);
      CHECK_NEAR(out.back(), values.back(), 0.005 * kFacePx);
    }
  }
}

TEST("the filter starts anew after a pause, a step back in time or a repeated time") {
  for (const double time_ms : {2000.0, 100.0, 50.0}) {
    LandmarkFilter filter(1);
    float smooth = 0;
    float value = 10;
    filter.Apply({&value, 1}, 50, 100, {&smooth, 1});
    filter.Apply({&value, 1}, 100, 100, {&smooth, 1});
    value = 90;
    filter.Apply({&value, 1}, time_ms, 100, {&smooth, 1});
    CHECK(smooth == 90);
  }
}
