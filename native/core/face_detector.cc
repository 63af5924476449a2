#include "face_detector.h"

#include <algorithm>
#include <cmath>

#include "engine_error.h"

namespace dfxterm {
namespace {

constexpr int kInputSide = 128;
constexpr std::size_t kAnchors = 896;
// Per anchor: x, y, width, height, then six key points (x, y), all in pixels of the input.
constexpr std::size_t kNumbersPerAnchor = 16;
constexpr float kMinScore = 0.5f;
// Boxes that overlap more than this are the same face.
constexpr float kSameFace = 0.3f;

// Two anchors in the middle of each cell of a 16 x 16 grid, six in each of an 8 x 8 grid.
std::vector<Place> MakeAnchors() {
  std::vector<Place> anchors;
  const auto grid = [&](int cells, int per_cell) {
    for (int row = 0; row < cells; ++row) {
      for (int column = 0; column < cells; ++column) {
        const float side = static_cast<float>(cells);
        const Place middle{(static_cast<float>(column) + 0.5f) / side, (static_cast<float>(row) + 0.5f) / side};
        anchors.insert(anchors.end(), static_cast<std::size_t>(per_cell), middle);
      }
    }
  };
  grid(16, 2);
  grid(8, 6);
  return anchors;
}

void Add(Box& sum, const Box& box, float weight) {
  sum.left += weight * box.left;
  sum.top += weight * box.top;
  sum.right += weight * box.right;
  sum.bottom += weight * box.bottom;
}

void Add(Place& sum, const Place& place, float weight) {
  sum.x += weight * place.x;
  sum.y += weight * place.y;
}

// Sum of candidates, each weighted with its score.
struct WeightedSum {
  Candidate sum;
  float weight = 0;

  void Take(const Candidate& candidate) {
    weight += candidate.score;
    Add(sum.box, candidate.box, candidate.score);
    Add(sum.first_eye, candidate.first_eye, candidate.score);
    Add(sum.second_eye, candidate.second_eye, candidate.score);
  }

  Candidate Mean(float score) const {
    Candidate mean;
    Add(mean.box, sum.box, 1 / weight);
    Add(mean.first_eye, sum.first_eye, 1 / weight);
    Add(mean.second_eye, sum.second_eye, 1 / weight);
    mean.score = score;
    return mean;
  }
};

}  // namespace

float Overlap(const Box& a, const Box& b) {
  const float width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const float height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (!(width > 0 && height > 0)) return 0;
  const float common = width * height;
  return common / (a.width() * a.height() + b.width() * b.height() - common);
}

FaceDetector::FaceDetector(std::span<const std::uint8_t> model, const kernels::Kernels& kernels)
    : kernels_(kernels), network_(model, kernels), scores_(kAnchors), anchors_(MakeAnchors()) {
  const Network::Input input = network_.input();
  const bool right_input = input.width == kInputSide && input.height == kInputSide && input.channels == 3;
  const bool two_outputs = network_.output_count() == 2;
  if (two_outputs && network_.output_size(0) == kAnchors) boxes_output_ = 1;
  if (!right_input || !two_outputs || network_.output_size(boxes_output_) != kAnchors * kNumbersPerAnchor ||
      network_.output_size(1 - boxes_output_) != kAnchors) {
    throw EngineError("ENGINE_MODEL", "the face detection model is not the short-range BlazeFace");
  }
  boxes_.resize(kAnchors * kNumbersPerAnchor);
  raw_.reserve(kAnchors);
  found_.reserve(kAnchors);
}

std::span<const Candidate> FaceDetector::Find(const Picture& picture, const Square& square) {
  const Network::Input input = network_.input();
  const kernels::Sampling sampling = SamplingOf(square, kInputSide, {-1.0f, 1.0f}, true);
  kernels_.sample(PlanesOf(picture), sampling, input.pixels, input.row_stride);
  network_.Run();
  network_.CopyOutput(boxes_output_, boxes_);
  network_.CopyOutput(1 - boxes_output_, scores_);
  Decode(square);
  Suppress();
  return found_;
}

void FaceDetector::Decode(const Square& square) {
  const SquareMap map(square);
  raw_.clear();
  for (std::size_t i = 0; i < kAnchors; ++i) {
    const float score = 1 / (1 + std::exp(-scores_[i]));
    if (!(score >= kMinScore)) continue;
    const float* numbers = &boxes_[i * kNumbersPerAnchor];
    const auto at = [&](float x, float y) {
      return map.At(x / kInputSide + anchors_[i].x - 0.5f, y / kInputSide + anchors_[i].y - 0.5f);
    };
    const Place middle = at(numbers[0], numbers[1]);
    const float half_width = numbers[2] / kInputSide * square.size / 2;
    const float half_height = numbers[3] / kInputSide * square.size / 2;
    if (!(half_width > 0 && half_height > 0)) continue;
    Candidate candidate;
    candidate.box = {middle.x - half_width, middle.y - half_height, middle.x + half_width, middle.y + half_height};
    candidate.score = score;
    candidate.first_eye = at(numbers[4], numbers[5]);
    candidate.second_eye = at(numbers[6], numbers[7]);
    raw_.push_back(candidate);
  }
}

// Many anchors see the same face: each group of overlapping boxes becomes its mean, weighted with the scores.
void FaceDetector::Suppress() {
  found_.clear();
  // Insertion sort keeps the order of equal scores and needs no memory; there are a few dozen at most.
  for (std::size_t i = 1; i < raw_.size(); ++i) {
    for (std::size_t j = i; j > 0 && raw_[j - 1].score < raw_[j].score; --j) std::swap(raw_[j - 1], raw_[j]);
  }
  for (std::size_t i = 0; i < raw_.size(); ++i) {
    if (raw_[i].score < 0) continue;  // Already part of a better one.
    const Box best = raw_[i].box;
    const float score = raw_[i].score;
    WeightedSum group;
    for (std::size_t j = i; j < raw_.size(); ++j) {
      if (raw_[j].score < 0 || (j != i && Overlap(best, raw_[j].box) <= kSameFace)) continue;
      group.Take(raw_[j]);
      raw_[j].score = -1;
    }
    found_.push_back(group.Mean(score));
  }
}

}  // namespace dfxterm
