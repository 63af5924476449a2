#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network.h"
#include "picture.h"
#include "warp.h"

namespace dfxterm {

// Sides in picture pixels; left <= right, top <= bottom for real faces.
struct Box {
  float left = 0;
  float top = 0;
  float right = 0;
  float bottom = 0;

  float width() const { return right - left; }
  float height() const { return bottom - top; }
  float center_x() const { return (left + right) / 2; }
  float center_y() const { return (top + bottom) / 2; }
};

// Area in common divided by area of both, in [0, 1].
float Overlap(const Box& a, const Box& b);

struct Candidate {
  // From the brows to the chin, roughly.
  Box box;
  // Probability in [0.5, 1].
  float score = 0;
  // Centres of the eyes as they appear: the one further left on an upright, unmirrored picture first.
  Place first_eye{};
  Place second_eye{};
};

// Finds faces with BlazeFace, short range: faces up to about two metres from a camera.
// Bazarevsky et al., "BlazeFace" (2019); anchors and rules of selection as in MediaPipe's public graph files.
class FaceDetector {
 public:
  // Throws EngineError("ENGINE_MODEL") unless the file is that model.
  FaceDetector(std::span<const std::uint8_t> model, const kernels::Kernels& kernels);

  // Faces in a square of the picture, best score first. The result lives until the next call.
  std::span<const Candidate> Find(const Picture& picture, const Square& square);

 private:
  void Decode(const Square& square);
  void Suppress();

  const kernels::Kernels& kernels_;
  Network network_;
  std::size_t boxes_output_ = 0;
  std::vector<float> boxes_;
  std::vector<float> scores_;
  std::vector<Place> anchors_;
  std::vector<Candidate> raw_;
  std::vector<Candidate> found_;
};

}  // namespace dfxterm
