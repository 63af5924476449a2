#include "head_pose.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine_error.h"

namespace dfxterm::extraction {
namespace {

// Distances in the canonical face model, cm: between the middles of the eyes; from the plane of the eyes to
// the nose tip and to the corners of the mouth (towards the camera); from the eyes down to both.
constexpr double kEyes = 6.30;
constexpr double kNoseDepth = 4.12;
constexpr double kMouthDepth = 0.82;
constexpr double kNoseBelow = 3.09;
constexpr double kMouthBelow = 6.97;

double Degrees(double radians) { return radians * 180.0 / std::numbers::pi; }

PosePoint Middle(const PosePoint& a, const PosePoint& b) { return {(a.x + b.x) / 2, (a.y + b.y) / 2, 1}; }

}  // namespace

const std::array<const char*, HeadPoseEstimator::kPointCount>& HeadPoseEstimator::PointNames() {
  static const std::array<const char*, kPointCount> names{"3.7", "3.11", "3.8", "3.12", "9.3", "8.3", "8.4"};
  return names;
}

HeadPoseEstimator::HeadPoseEstimator(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < kPointCount; ++i) {
    const auto found = std::find(names.begin(), names.end(), PointNames()[i]);
    if (found == names.end()) {
      throw EngineError("ENGINE_STUDY", std::string("the engine needs pose point ") + PointNames()[i] +
                                            ", which this face tracker does not give");
    }
    index_[i] = static_cast<std::size_t>(found - names.begin());
  }
}

HeadPose HeadPoseEstimator::Estimate(const Face& face) const {
  std::array<PosePoint, kPointCount> points;
  for (std::size_t i = 0; i < kPointCount; ++i) {
    points[i] = face.points[index_[i]];
    if (points[i].quality <= 0) return {};
  }
  const PosePoint left_eye = Middle(points[0], points[1]);
  const PosePoint right_eye = Middle(points[2], points[3]);
  const PosePoint eyes = Middle(left_eye, right_eye);
  const PosePoint nose = points[4];
  const PosePoint mouth = Middle(points[5], points[6]);
  // The subject's left eye is the one further right, unless the picture is mirrored: then the tracker, which
  // goes by looks, has swapped the names as well.
  const double dx = left_eye.x - right_eye.x;
  const double dy = left_eye.y - right_eye.y;
  const double distance = std::hypot(dx, dy);
  HeadPose pose;
  pose.centre_x = static_cast<float>((eyes.x + nose.x + mouth.x) / 3);
  pose.centre_y = static_cast<float>((eyes.y + nose.y + mouth.y) / 3);
  if (distance < 1) return pose;
  pose.eye_distance = static_cast<float>(distance);
  pose.roll = static_cast<float>(Degrees(std::atan2(dy, dx)));
  // Along the line of the eyes and down from it.
  const auto across = [&](const PosePoint& p) { return ((p.x - eyes.x) * dx + (p.y - eyes.y) * dy) / distance; };
  const auto below = [&](const PosePoint& p) { return ((p.y - eyes.y) * dx - (p.x - eyes.x) * dy) / distance; };
  pose.yaw = static_cast<float>(Degrees(std::atan(across(nose) / distance * (kEyes / kNoseDepth))));
  const double mouth_below = below(mouth);
  if (mouth_below > 0.1 * distance) {
    const double r = below(nose) / mouth_below;
    const double depth = kNoseDepth - kMouthDepth * r;
    // r beyond 5 is no face; it would turn the sign of the depth.
    if (depth > 0) pose.pitch = static_cast<float>(Degrees(std::atan((kNoseBelow - kMouthBelow * r) / depth)));
  }
  return pose;
}

}  // namespace dfxterm::extraction
