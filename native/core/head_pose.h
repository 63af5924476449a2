#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "frame.h"

// Where the head is and how it is turned, from seven pose points.
namespace dfxterm::extraction {

struct HeadPose {
  float centre_x = 0;      // px
  float centre_y = 0;      // px
  float eye_distance = 0;  // px between the middles of the eyes; 0: unknown
  float roll = 0;          // degrees; positive: clockwise in the picture
  float yaw = 0;           // degrees; positive: the nose points to the right edge of the picture
  float pitch = 0;         // degrees; positive: looking up
};

// Estimates the pose under weak perspective: the nose tip stands out of the plane of the eyes, so it moves
// sideways against the eyes when the head turns and up and down between eyes and mouth when it nods.
//
//   roll    angle of the line through both eyes
//   yaw     tan = (nose beside the middle of the eyes / eye distance) * (eye distance / depth of the nose)
//   pitch   from r = (nose below the eyes) / (mouth below the eyes):
//           r = (n - d tan) / (m - e tan), solved for tan
//
// n, m, d, e are the canonical proportions of MediaPipe's public face model (canonical_face_model.obj,
// Apache-2.0). A real face differs, so an absolute angle is good to about 5 to 10 degrees; changes are better.
class HeadPoseEstimator {
 public:
  // Throws EngineError("ENGINE_STUDY") when `names` lacks one of PointNames().
  explicit HeadPoseEstimator(const std::vector<std::string>& names);

  // Corners of both eyes, nose tip, corners of the mouth. All zero when one of them is absent.
  HeadPose Estimate(const Face& face) const;

  static constexpr std::size_t kPointCount = 7;
  static const std::array<const char*, kPointCount>& PointNames();

 private:
  std::array<std::size_t, kPointCount> index_{};
};

}  // namespace dfxterm::extraction
