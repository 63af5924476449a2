#pragma once

#include <cstddef>
#include <vector>

#include "kernels.h"
#include "tflite_model.h"

// A model turned into a short list of steps that fuse what belongs together:
//
//   [depthwise 3x3] -> convolution -> [+ residual] -> [ReLU or PReLU]        one step
//   max pool 2x2                                                             one step
//   channel pad, reshape, concatenation                                      no step: another look at a tensor
namespace dfxterm {

// Zero pixels around every tensor, so that kernels never ask whether they are inside.
constexpr int kBorderPx = 2;

// Memory of a tensor: rows of pixels of `stride` floats (the channels, padded), border included.
struct TensorShape {
  int height = 0;
  int width = 0;
  int channels = 0;
  int stride = 0;

  std::size_t row_floats() const;
  // With slack for vectors that write past the last channel.
  std::size_t floats() const;
  bool operator==(const TensorShape&) const = default;
};

struct Step {
  enum class Kind { kConvolution, kDepthwiseConvolution, kMaxPool };
  Kind kind = Kind::kConvolution;
  // Indices of buffers; residual is -1 without one.
  int input = 0;
  int output = 0;
  int residual = -1;
  int stride = 1;
  // Pixels by which the first patch starts before the picture.
  int pad_top = 0;
  int pad_left = 0;

  int kernel_rows = 1;
  int row_floats = 0;
  // As in the model, and padded.
  int bias_channels = 0;
  int out_channels = 0;
  kernels::Activation activation = kernels::Activation::kNone;
  std::vector<float> weights;
  std::vector<float> bias;
  std::vector<float> slope;
  std::vector<float> depthwise_weights;
  std::vector<float> depthwise_bias;
};

struct Plan {
  // Buffers are shared by tensors of the same shape that are not needed at the same time.
  std::vector<TensorShape> buffers;
  std::vector<Step> steps;
  int input = 0;
  // Buffers whose pixels, one after the other, are an output.
  std::vector<std::vector<int>> outputs;
  // Floats of the longest row between a depthwise and its convolution.
  std::size_t scratch_floats = 0;
};

// Checks all shapes against each other and packs the weights. Throws EngineError("ENGINE_MODEL") for a model that
// does not have the form above.
Plan MakePlan(const tflite::Model& model);

}  // namespace dfxterm
