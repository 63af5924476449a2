#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "check.h"
#include "extraction_fixture.h"
#include "head_pose.h"
#include "region_shape.h"
#include "study.h"

using namespace dfxterm;
using namespace dfxterm::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> kLimits{24, 1, 0.1, 10, 250};

Study FromNumbers(const std::vector<double>& layout, const std::vector<double>& limits = kLimits) {
  return StudyFromNumbers("test", {"a", "b", "c"}, 1, {"region"}, layout, limits);
}

// One region, one outline, one ring of scale 0.9 with three vertices of one point each.
const std::vector<double> kTriangle{0, 1, 1, 0.9, 3, 1, 0, 1, 1, 1, 1, 1, 2, 1};

double AreaOf(const std::vector<Point>& ring) {
  double area = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& a = ring[i];
    const Point& b = ring[(i + 1) % ring.size()];
    area += (a.x * b.y - b.x * a.y) / 2;
  }
  return std::abs(area);
}

// The seven points of the canonical face (x right, y down, z towards the camera, cm), turned and projected.
HeadPose PoseOfTurned(double yaw_deg, double pitch_deg, double roll_deg) {
  const double face[7][3] = {{4.445, 0, 0},       {1.855, 0, 0},           {-1.855, 0, 0},          {-4.445, 0, 0},
                             {0, 3.09, 4.12},     {2.46, 6.97, 0.82},      {-2.46, 6.97, 0.82}};
  const double yaw = yaw_deg * std::numbers::pi / 180;
  const double pitch = pitch_deg * std::numbers::pi / 180;
  const double roll = roll_deg * std::numbers::pi / 180;
  std::vector<PosePoint> points;
  for (const auto& p : face) {
    const double y1 = p[1] * std::cos(pitch) - p[2] * std::sin(pitch);
    const double z1 = p[1] * std::sin(pitch) + p[2] * std::cos(pitch);
    const double x2 = p[0] * std::cos(yaw) + z1 * std::sin(yaw);
    points.push_back({200 + 10 * (x2 * std::cos(roll) - y1 * std::sin(roll)),
                      150 + 10 * (x2 * std::sin(roll) + y1 * std::cos(roll)), 1});
  }
  const std::vector<std::string> names(PointNames().begin(), PointNames().begin() + 7);
  return HeadPoseEstimator(names).Estimate({true, true, points});
}

}  // namespace

TEST("a study is read from numbers") {
  const Study study = FromNumbers(kTriangle);
  CHECK(study.regions.size() == 1 && study.regions[0].outlines[0].outer.vertices.size() == 3);
  CHECK_NEAR(study.regions[0].outlines[0].outer.scale, 0.9, 0);
  CHECK_NEAR(study.limits.luma_max, 250, 0);
}

TEST("every wrong number in a study is refused") {
  const auto refused = [](std::vector<double> layout) { CHECK_CODE(FromNumbers(layout), "ENGINE_STUDY"); };
  for (std::size_t length = 0; length < kTriangle.size(); ++length) {
    refused({kTriangle.begin(), kTriangle.begin() + static_cast<std::ptrdiff_t>(length)});
  }
  std::vector<double> longer = kTriangle;
  longer.push_back(0);
  refused(longer);
  for (std::size_t i = 0; i < kTriangle.size(); ++i) {
    for (const double wrong : {kNaN, -5.0, 1e18, 0.5, std::numeric_limits<double>::infinity()}) {
      if (i == 3 && wrong == 0.5) continue;  // a fine scale
      std::vector<double> layout = kTriangle;
      layout[i] = wrong;
      refused(layout);
    }
  }
  CHECK_CODE(FromNumbers(kTriangle, {24, 1, 0.1, 10}), "ENGINE_STUDY");
  CHECK_CODE(FromNumbers(kTriangle, {24, 1, 0.1, 200, 100}), "ENGINE_STUDY");
  CHECK_CODE(FromNumbers(kTriangle, {0, 1, 0.1, 10, 250}), "ENGINE_STUDY");
  CHECK_CODE(StudyFromNumbers("", {"a"}, 0, {"r"}, kTriangle, kLimits), "ENGINE_STUDY");
  CHECK_CODE(StudyFromNumbers("x", {"a", "b", "c"}, 4, {"r"}, kTriangle, kLimits), "ENGINE_STUDY");
  CHECK_CODE(StudyFromNumbers("x", {"a", "b", "c"}, 0, {}, kTriangle, kLimits), "ENGINE_STUDY");
}

TEST("random numbers are never a study that breaks the engine") {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> small(-1, 9);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<double> layout(random() % 60);
    for (double& number : layout) number = random() % 5 == 0 ? small(random) / 2.0 : random() % 4;
    try {
      FromNumbers(layout);
    } catch (const EngineError& error) {
      CHECK(error.code() == "ENGINE_STUDY");
    }
  }
}

TEST("a tracker that lacks a required point is refused by name") {
  const Study study = SquareStudy();
  std::vector<std::string> names = PointNames();
  names.erase(names.begin() + 4);
  try {
    const RegionMapper mapper(study, names);
    CHECK(false);
  } catch (const EngineError& error) {
    CHECK(std::string(error.what()).find("9.3") != std::string::npos);
  }
  CHECK_CODE(HeadPoseEstimator(names), "ENGINE_STUDY");
}

TEST("a ring shrinks about its middle") {
  Study study = SquareStudy();
  study.regions[0].outlines[0].outer.scale = 0.9;
  RegionMapper mapper(study, PointNames());
  const auto points = FacePoints(80, 60);
  const Face face{true, true, points};
  mapper.Define(&face, 160, 120);
  CHECK_NEAR(AreaOf(mapper.shapes()[0].outer), 0.81 * 30 * 30, 1e-9);
}

TEST("a vertex may lie between points and beyond them") {
  Study study = SquareStudy();
  study.regions[0].outlines[0].outer.vertices[1] = {{7, -1}, {8, 2}};
  RegionMapper mapper(study, PointNames());
  const auto points = FacePoints(80, 60);
  const Face face{true, true, points};
  mapper.Define(&face, 300, 120);
  CHECK_NEAR(mapper.shapes()[0].outer[1].x, 80 + 70, 1e-9);
}

TEST("the next outline is used when a point of the first is absent") {
  Study study = SquareStudy();
  study.regions[0].outlines.push_back({RingOf({0, 1, 4}), {}});
  RegionMapper mapper(study, PointNames());
  auto points = FacePoints(80, 60);
  points[9].quality = 0;
  const Face face{true, true, points};
  mapper.Define(&face, 160, 120);
  CHECK(mapper.shapes()[0].outer.size() == 3);
  points[4].quality = 0;
  mapper.Define(&face, 160, 120);
  CHECK(mapper.shapes()[0].outer.empty());
}

TEST("a face whose pose is not valid has no regions") {
  const Study study = SquareStudy();
  RegionMapper mapper(study, PointNames());
  const auto points = FacePoints(80, 60);
  const Face face{false, true, points};
  mapper.Define(&face, 160, 120);
  for (const RegionShape& shape : mapper.shapes()) CHECK(shape.outer.empty());
}

TEST("the background patch is beside the head, inside the picture, or absent") {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> place(-100, 740);
  std::uniform_real_distribution<double> size(5, 500);
  int found = 0;
  for (int round = 0; round < 3000; ++round) {
    const double left = place(random);
    const double top = place(random);
    const Box head{left, top, left + size(random), top + size(random)};
    Box patch;
    if (!BackgroundPatch(head, 640, 480, patch)) continue;
    ++found;
    CHECK(patch.left >= 0 && patch.top >= 0 && patch.right <= 640 && patch.bottom <= 480);
    CHECK(patch.width() > 0 && patch.height() > 0);
    CHECK(patch.right <= head.left || patch.left >= head.right || patch.bottom <= head.top);
    CHECK(KeepsClear(patch, head, 640, 480));
  }
  CHECK(found > 1000);
  Box patch;
  CHECK(!BackgroundPatch({20, 60, 620, 470}, 640, 480, patch));
}

TEST("the background patch stays where it is while the head sways, and leaves when the head comes") {
  const Study study = SquareStudy();
  RegionMapper mapper(study, PointNames());
  const auto patch_at = [&](double cx) {
    const auto points = FacePoints(cx, 150);
    const Face face{true, true, points};
    mapper.Define(&face, 640, 480);
    return mapper.shapes()[1].outer.empty() ? -1.0 : mapper.shapes()[1].outer[0].x;
  };
  const double first = patch_at(300);
  CHECK(first > 300);
  for (const double cx : {304.0, 296.0, 308.0}) CHECK_NEAR(patch_at(cx), first, 0);
  CHECK(patch_at(first + 10) < first - 40);
}

TEST("the pose of a turned head is found again") {
  for (const double yaw : {-30.0, -10.0, 0.0, 20.0}) {
    const HeadPose pose = PoseOfTurned(yaw, 0, 0);
    CHECK_NEAR(pose.yaw, yaw, 0.5);
    CHECK_NEAR(pose.pitch, 0, 0.5);
    CHECK_NEAR(pose.eye_distance, 63 * std::cos(yaw * std::numbers::pi / 180), 0.1);
  }
  for (const double pitch : {-25.0, -5.0, 15.0, 25.0}) CHECK_NEAR(PoseOfTurned(0, pitch, 0).pitch, pitch, 0.5);
  for (const double roll : {-40.0, 15.0, 90.0}) {
    const HeadPose pose = PoseOfTurned(0, 0, roll);
    CHECK_NEAR(pose.roll, roll, 0.5);
    CHECK_NEAR(pose.yaw, 0, 0.5);
    CHECK_NEAR(pose.pitch, 0, 0.5);
  }
  const HeadPose both = PoseOfTurned(15, 10, -20);
  CHECK_NEAR(both.yaw, 15, 5);
  CHECK_NEAR(both.pitch, 10, 5);
}

TEST("a face without eyes has no pose") {
  auto points = FacePoints(80, 60);
  points[0].quality = 0;
  const HeadPose pose = HeadPoseEstimator(PointNames()).Estimate({true, true, points});
  CHECK(pose.eye_distance == 0 && pose.centre_x == 0 && pose.yaw == 0);
}

TEST("points that are no places count as absent") {
  std::vector<PosePoint> points(6);
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> floats{1, 2, 0, 1, inf, 2, 0, 1, 1, std::nanf(""), 0, 1, 1e6F, 2, 0, 1, 1, 2, 0, std::nanf("")};
  PointsFromFloats(floats, points);
  CHECK(points[0].quality == 1 && points[0].y == 2);
  for (std::size_t i = 1; i < points.size(); ++i) CHECK(points[i].quality == 0);
}
