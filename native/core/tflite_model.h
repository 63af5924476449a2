#pragma once

#include <cstdint>
#include <span>
#include <vector>

// A .tflite file as plain values: the part of the format that the two face models use.
namespace dfxterm::tflite {

enum class Operation {
  kAdd,
  kConcatenation,
  kConvolution,
  kDepthwiseConvolution,
  kMaxPool,
  kPad,
  kPrelu,
  kRelu,
  kReshape,
};

enum class Padding { kSame, kValid };

struct Tensor {
  // One to four sizes, each in [1, 65536]; pictures are [1, height, width, channels].
  std::vector<int> shape;
  // Values of a constant (half floats already widened); empty for what is computed.
  std::vector<float> values;
  // Values of a constant of whole numbers (the amounts of a pad).
  std::vector<std::int32_t> integers;

  bool is_constant() const { return !values.empty() || !integers.empty(); }
  std::size_t count() const;
};

struct Operator {
  Operation operation;
  // Indices of tensors, all valid.
  std::vector<int> inputs;
  std::vector<int> outputs;
  Padding padding = Padding::kSame;
  int stride = 1;
  // Window of a pool.
  int window = 1;
  // Of a concatenation.
  int axis = 0;
};

struct Model {
  std::vector<Tensor> tensors;
  // In an order in which they can be computed.
  std::vector<Operator> operators;
  std::vector<int> inputs;
  std::vector<int> outputs;
};

// Reads a model from untrusted bytes. Half-float weights are widened and the operators that would do so are
// left out. Throws EngineError("ENGINE_MODEL") for anything that is not a well-formed float model of the
// operations above (unequal strides, dilation, fused activations and unknown operators are refused).
Model ParseModel(std::span<const std::uint8_t> file);

}  // namespace dfxterm::tflite
