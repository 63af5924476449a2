#include "network_packing.h"

#include <algorithm>

#include "tflite_reader.h"

namespace dfxterm {
namespace {

using tflite::Refuse;
using tflite::Tensor;

constexpr std::size_t kMaxPackedFloats = std::size_t{1} << 23;

std::vector<float> Padded(const Tensor& tensor, int count, int padded) {
  if (tensor.values.size() != static_cast<std::size_t>(count)) Refuse("a layer has the wrong number of weights");
  std::vector<float> values(static_cast<std::size_t>(padded));
  std::ranges::copy(tensor.values, values.begin());
  return values;
}

}  // namespace

int PadChannels(int channels) {
  return (channels + kernels::kChannelBlock - 1) / kernels::kChannelBlock * kernels::kChannelBlock;
}

void PackConvolution(Step& step, const Tensor& filter, const Tensor& bias, const TensorShape& in) {
  if (filter.shape.size() != 4 || filter.values.empty() || filter.shape[3] != in.channels) {
    Refuse("a convolution does not fit its input");
  }
  const int outputs = filter.shape[0];
  const int rows = filter.shape[1];
  const int columns = filter.shape[2];
  const int channels = filter.shape[3];
  if (rows > 16 || columns > 16) Refuse("a window is too large");
  step.kernel_rows = rows;
  step.row_floats = columns * in.stride;
  step.bias_channels = outputs;
  step.out_channels = PadChannels(outputs);
  step.bias = Padded(bias, outputs, step.out_channels);

  const auto depth = static_cast<std::size_t>(rows) * static_cast<std::size_t>(step.row_floats);
  if (depth * static_cast<std::size_t>(step.out_channels) > kMaxPackedFloats) Refuse("a layer is too large");
  step.weights.assign(depth * static_cast<std::size_t>(step.out_channels), 0.0f);
  const float* from = filter.values.data();
  for (int output = 0; output < outputs; ++output) {
    const int first = output / kernels::kOutputBlock * kernels::kOutputBlock;
    const int block = std::min(kernels::kOutputBlock, step.out_channels - first);
    float* to = step.weights.data() + static_cast<std::size_t>(first) * depth + (output - first);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const std::size_t patch = static_cast<std::size_t>(row * step.row_floats + column * in.stride);
        for (int channel = 0; channel < channels; ++channel) {
          to[(patch + static_cast<std::size_t>(channel)) * static_cast<std::size_t>(block)] = *from++;
        }
      }
    }
  }
}

void PackDepthwise(Step& step, const Tensor& filter, const Tensor& bias, const TensorShape& in) {
  if (filter.shape != std::vector<int>{1, 3, 3, in.channels} || filter.values.empty()) {
    Refuse("only 3x3 depthwise convolutions are known");
  }
  step.depthwise_bias = Padded(bias, in.channels, in.stride);
  step.depthwise_weights.assign(9 * static_cast<std::size_t>(in.stride), 0.0f);
  for (std::size_t tap = 0; tap < 9; ++tap) {
    const float* from = filter.values.data() + tap * static_cast<std::size_t>(in.channels);
    std::copy_n(from, in.channels, step.depthwise_weights.begin() + static_cast<std::ptrdiff_t>(tap) * in.stride);
  }
}

void PackSlope(Step& step, const Tensor& slope) {
  step.slope = Padded(slope, step.bias_channels, step.out_channels);
}

}  // namespace dfxterm
