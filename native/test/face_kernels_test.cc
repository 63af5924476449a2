#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "check.h"
#include "cpu_features.h"
#include "face_models.h"
#include "kernels.h"
#include "network_packing.h"

using namespace dfxterm;
using dfxterm::test::Random;

namespace {

std::vector<float> Noise(std::size_t count, Random& random) {
  std::vector<float> values(count);
  for (float& value : values) value = random.Signed();
  return values;
}

// One row of a convolution, computed the plain way in double precision and by each set of kernels.
void CheckConvolution(int inputs, int outputs, int kernel, int pixels, int residual_channels,
                      kernels::Activation activation) {
  Random random(static_cast<std::uint32_t>(inputs * 1000 + outputs * 10 + pixels));
  const TensorShape in{kernel, pixels + kernel - 1, inputs, PadChannels(inputs)};
  tflite::Tensor filter{{outputs, kernel, kernel, inputs}, {}, {}};
  filter.values = Noise(filter.count(), random);
  tflite::Tensor bias{{outputs}, Noise(static_cast<std::size_t>(outputs), random), {}};
  tflite::Tensor slope{{outputs}, Noise(static_cast<std::size_t>(outputs), random), {}};
  Step step;
  PackConvolution(step, filter, bias, in);
  PackSlope(step, slope);

  const auto stride = static_cast<std::size_t>(in.stride);
  const std::size_t row_stride = static_cast<std::size_t>(in.width) * stride;
  const auto picture = Noise(static_cast<std::size_t>(in.height) * row_stride, random);
  const auto residual_stride = static_cast<std::size_t>(residual_channels);
  const auto residual = Noise(static_cast<std::size_t>(pixels) * residual_stride, random);
  const auto out_stride = static_cast<std::size_t>(step.out_channels);

  const auto expected = [&](int pixel, int output) {
    double sum = bias.values[static_cast<std::size_t>(output)];
    for (int y = 0; y < kernel; ++y) {
      for (int x = 0; x < kernel; ++x) {
        for (int channel = 0; channel < inputs; ++channel) {
          const auto weight = static_cast<std::size_t>(((output * kernel + y) * kernel + x) * inputs + channel);
          const auto value = static_cast<std::size_t>(y) * row_stride + static_cast<std::size_t>(pixel + x) * stride +
                             static_cast<std::size_t>(channel);
          sum += static_cast<double>(filter.values[weight]) * picture[value];
        }
      }
    }
    if (output < residual_channels) {
      sum += residual[static_cast<std::size_t>(pixel) * residual_stride + static_cast<std::size_t>(output)];
    }
    if (sum >= 0 || activation == kernels::Activation::kNone) return sum;
    return activation == kernels::Activation::kRelu ? 0.0 : sum * slope.values[static_cast<std::size_t>(output)];
  };

  for (const kernels::Kernels* kernels : AvailableKernels()) {
    std::vector<float> out(static_cast<std::size_t>(pixels) * out_stride);
    const kernels::Convolution convolution{step.kernel_rows,  step.row_floats,    step.out_channels, step.weights.data(),
                                           step.bias.data(), step.slope.data(), activation};
    kernels->convolve_row(convolution, {picture.data(), stride, row_stride},
                          {residual_channels ? residual.data() : nullptr, residual_stride, residual_channels},
                          {out.data(), out_stride, pixels});
    for (int pixel = 0; pixel < pixels; ++pixel) {
      for (int output = 0; output < outputs; ++output) {
        const float actual = out[static_cast<std::size_t>(pixel) * out_stride + static_cast<std::size_t>(output)];
        CHECK_NEAR(actual, expected(pixel, output), 1e-4);
      }
    }
  }
}

void CheckDepthwise(int channels, int stride, int pixels) {
  Random random(7);
  const auto count = static_cast<std::size_t>(channels);
  const std::size_t width = static_cast<std::size_t>((pixels - 1) * stride + 3);
  const auto picture = Noise(3 * width * count, random);
  const auto weights = Noise(9 * count, random);
  const auto bias = Noise(count, random);
  for (const kernels::Kernels* kernels : AvailableKernels()) {
    std::vector<float> out(static_cast<std::size_t>(pixels) * count);
    kernels->depthwise_row({weights.data(), bias.data(), channels, stride}, picture.data(), width * count, out.data(),
                           pixels);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t pixel = i / count;
      const std::size_t channel = i % count;
      double sum = bias[channel];
      for (std::size_t tap = 0; tap < 9; ++tap) {
        const std::size_t x = pixel * static_cast<std::size_t>(stride) + tap % 3;
        sum += static_cast<double>(weights[tap * count + channel]) * picture[(tap / 3 * width + x) * count + channel];
      }
      CHECK_NEAR(out[i], sum, 1e-5);
    }
  }
}

}  // namespace

TEST("every instruction set computes the same convolution") {
  using enum kernels::Activation;
  for (const int pixels : {1, 2, 3, 5, 6, 7, 11, 12, 13, 25, 48}) {
    CheckConvolution(8, 16, 1, pixels, 0, kNone);
    CheckConvolution(16, 24, 1, pixels, 16, kRelu);
    CheckConvolution(24, 40, 1, pixels, 24, kPrelu);
    CheckConvolution(3, 6, 3, pixels, 8, kPrelu);
    CheckConvolution(5, 33, 5, pixels, 0, kRelu);
  }
}

TEST("every instruction set computes the same depthwise convolution") {
  for (const int pixels : {1, 3, 4, 5, 9}) {
    CheckDepthwise(8, 1, pixels);
    CheckDepthwise(24, 1, pixels);
    CheckDepthwise(16, 2, pixels);
  }
}

TEST("every instruction set pools alike") {
  Random random(9);
  const auto picture = Noise(2 * 6 * 8, random);
  for (const kernels::Kernels* kernels : AvailableKernels()) {
    std::vector<float> out(3 * 8);
    kernels->max_pool_row(picture.data(), 6 * 8, 8, out.data(), 3);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t at = i / 8 * 16 + i % 8;
      const float upper = std::max(picture[at], picture[at + 8]);
      CHECK(out[i] == std::max(upper, std::max(picture[at + 48], picture[at + 56])));
    }
  }
}
