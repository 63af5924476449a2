#include "network.h"

#include <algorithm>

#include "tflite_model.h"

namespace dfxterm {

Network::Network(std::span<const std::uint8_t> file, const kernels::Kernels& kernels)
    : kernels_(kernels), plan_(MakePlan(tflite::ParseModel(file))), scratch_(plan_.scratch_floats + 16) {
  for (const TensorShape& shape : plan_.buffers) buffers_.emplace_back(shape.floats());
}

Network::Input Network::input() {
  const TensorShape& shape = ShapeOf(plan_.input);
  return {At(plan_.input, 0, 0), shape.row_floats(), shape.height, shape.width, shape.channels};
}

void Network::Run() {
  for (const Step& step : plan_.steps) {
    if (step.kind == Step::Kind::kMaxPool) {
      RunMaxPool(step);
    } else {
      RunConvolution(step);
    }
  }
}

std::size_t Network::output_size(std::size_t index) const {
  std::size_t size = 0;
  for (const int buffer : plan_.outputs[index]) {
    const TensorShape& shape = ShapeOf(buffer);
    size += static_cast<std::size_t>(shape.height) * static_cast<std::size_t>(shape.width) *
            static_cast<std::size_t>(shape.channels);
  }
  return size;
}

void Network::CopyOutput(std::size_t index, std::span<float> out) const {
  auto to = out.begin();
  for (const int buffer : plan_.outputs[index]) {
    const TensorShape& shape = ShapeOf(buffer);
    for (int row = 0; row < shape.height; ++row) {
      for (int column = 0; column < shape.width; ++column) {
        to = std::copy_n(At(buffer, row, column), shape.channels, to);
      }
    }
  }
}

float* Network::At(int buffer, int row, int column) {
  return const_cast<float*>(static_cast<const Network*>(this)->At(buffer, row, column));
}

const float* Network::At(int buffer, int row, int column) const {
  const TensorShape& shape = ShapeOf(buffer);
  return buffers_[static_cast<std::size_t>(buffer)].data() +
         static_cast<std::size_t>(row + kBorderPx) * shape.row_floats() +
         static_cast<std::size_t>(column + kBorderPx) * static_cast<std::size_t>(shape.stride);
}

// Row by row, so that the output of a depthwise row is still in the cache when its convolution reads it.
void Network::RunConvolution(const Step& step) {
  const TensorShape& in = ShapeOf(step.input);
  const TensorShape& out = ShapeOf(step.output);
  const auto in_stride = static_cast<std::size_t>(in.stride);
  const auto out_stride = static_cast<std::size_t>(out.stride);
  const kernels::Convolution convolution{
      step.kernel_rows,  step.row_floats, step.out_channels, step.weights.data(),
      step.bias.data(), step.slope.data(), step.activation,
  };
  const kernels::Depthwise depthwise{step.depthwise_weights.data(), step.depthwise_bias.data(), in.stride,
                                     step.stride};
  kernels::Residual residual{nullptr, 0, 0};
  for (int row = 0; row < out.height; ++row) {
    if (step.residual >= 0) {
      const int channels = ShapeOf(step.residual).stride;
      residual = {At(step.residual, row, 0), static_cast<std::size_t>(channels), channels};
    }
    const float* first = At(step.input, row * step.stride - step.pad_top, -step.pad_left);
    kernels::Patches patches{first, static_cast<std::size_t>(step.stride) * in_stride, in.row_floats()};
    if (step.kind == Step::Kind::kDepthwiseConvolution) {
      kernels_.depthwise_row(depthwise, first, in.row_floats(), scratch_.data(), out.width);
      patches = {scratch_.data(), in_stride, 0};
    }
    kernels_.convolve_row(convolution, patches, residual, {At(step.output, row, 0), out_stride, out.width});
  }
}

void Network::RunMaxPool(const Step& step) {
  const TensorShape& in = ShapeOf(step.input);
  const TensorShape& out = ShapeOf(step.output);
  for (int row = 0; row < out.height; ++row) {
    kernels_.max_pool_row(At(step.input, 2 * row, 0), in.row_floats(), in.stride, At(step.output, row, 0), out.width);
  }
}

}  // namespace dfxterm
