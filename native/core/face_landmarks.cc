#include "face_landmarks.h"

#include <algorithm>
#include <cmath>

#include "engine_error.h"

namespace dfxterm {
namespace {

constexpr int kInputSide = 192;
// Outer corners of the eyes in the mesh.
constexpr std::size_t kFirstEye = 33;
constexpr std::size_t kSecondEye = 263;
// The square is this much larger than the face, so that the next frame's face is still inside.
constexpr float kMargin = 1.5f;

Square RegionAround(const Box& box, Place first_eye, Place second_eye) {
  Square square;
  square.x = box.center_x();
  square.y = box.center_y();
  square.size = kMargin * std::max(box.width(), box.height());
  square.rotation = std::atan2(second_eye.y - first_eye.y, second_eye.x - first_eye.x);
  return square;
}

}  // namespace

FaceLandmarks::FaceLandmarks(std::span<const std::uint8_t> model, const kernels::Kernels& kernels)
    : kernels_(kernels), network_(model, kernels), points_(kLandmarkFloats) {
  const Network::Input input = network_.input();
  const bool right_input = input.width == kInputSide && input.height == kInputSide && input.channels == 3;
  const bool two_outputs = network_.output_count() == 2;
  if (two_outputs && network_.output_size(0) == 1) points_output_ = 1;
  if (!right_input || !two_outputs || network_.output_size(points_output_) != kLandmarkFloats ||
      network_.output_size(1 - points_output_) != 1) {
    throw EngineError("ENGINE_MODEL", "the face landmark model is not FaceMesh with 468 points");
  }
}

float FaceLandmarks::Find(const Picture& picture, const Square& square, std::span<float> landmarks) {
  const Network::Input input = network_.input();
  const kernels::Sampling sampling = SamplingOf(square, kInputSide, {0.0f, 1.0f}, false);
  kernels_.sample(PlanesOf(picture), sampling, input.pixels, input.row_stride);
  network_.Run();
  network_.CopyOutput(points_output_, points_);
  const SquareMap map(square);
  for (std::size_t i = 0; i < kLandmarkFloats; i += 3) {
    const Place place = map.At(points_[i] / kInputSide - 0.5f, points_[i + 1] / kInputSide - 0.5f);
    landmarks[i] = place.x;
    landmarks[i + 1] = place.y;
    landmarks[i + 2] = points_[i + 2] * square.size / kInputSide;
  }
  float logit = 0;
  network_.CopyOutput(1 - points_output_, {&logit, 1});
  return 1 / (1 + std::exp(-logit));
}

Box BoxOf(std::span<const float> landmarks) {
  Box box{landmarks[0], landmarks[1], landmarks[0], landmarks[1]};
  for (std::size_t i = 3; i < kLandmarkFloats; i += 3) {
    box.left = std::min(box.left, landmarks[i]);
    box.right = std::max(box.right, landmarks[i]);
    box.top = std::min(box.top, landmarks[i + 1]);
    box.bottom = std::max(box.bottom, landmarks[i + 1]);
  }
  return box;
}

Square RegionOf(const Candidate& candidate) {
  return RegionAround(candidate.box, candidate.first_eye, candidate.second_eye);
}

Square RegionOf(std::span<const float> landmarks) {
  const auto eye = [&](std::size_t index) { return Place{landmarks[3 * index], landmarks[3 * index + 1]}; };
  return RegionAround(BoxOf(landmarks), eye(kFirstEye), eye(kSecondEye));
}

}  // namespace dfxterm
