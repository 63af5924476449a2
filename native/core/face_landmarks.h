#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "face_detector.h"
#include "network.h"
#include "picture.h"
#include "warp.h"

namespace dfxterm {

constexpr std::size_t kLandmarks = 468;
// x px, y px, z (in the scale of x, negative towards the camera) of each landmark.
constexpr std::size_t kLandmarkFloats = kLandmarks * 3;

// Finds the 468 landmarks of one face with FaceMesh.
// Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019); crops and
// regions as in MediaPipe's public graph files.
class FaceLandmarks {
 public:
  // Throws EngineError("ENGINE_MODEL") unless the file is that model.
  FaceLandmarks(std::span<const std::uint8_t> model, const kernels::Kernels& kernels);

  // Looks into the square and writes kLandmarkFloats numbers.
  // Returns the probability in [0, 1] that there is a face; without one the landmarks mean nothing.
  float Find(const Picture& picture, const Square& square, std::span<float> landmarks);

 private:
  const kernels::Kernels& kernels_;
  Network network_;
  std::size_t points_output_ = 0;
  std::vector<float> points_;
};

// The box around all landmarks.
Box BoxOf(std::span<const float> landmarks);

// Where to look for landmarks: a square around the face, turned by the line of the eyes.
Square RegionOf(const Candidate& candidate);
Square RegionOf(std::span<const float> landmarks);

}  // namespace dfxterm
