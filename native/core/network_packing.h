#pragma once

#include "network_plan.h"

// Weights of the model's layers in the order in which the kernels read them, padded with zeros.
namespace dfxterm {

// The next multiple of kernels::kChannelBlock.
int PadChannels(int channels);

// [out][rows][columns][in] -> blocks of output channels, see kernels::Convolution. `in` is the layer's input.
void PackConvolution(Step& step, const tflite::Tensor& filter, const tflite::Tensor& bias, const TensorShape& in);

// [1][3][3][channels] -> [9][padded channels].
void PackDepthwise(Step& step, const tflite::Tensor& filter, const tflite::Tensor& bias, const TensorShape& in);

// One slope per output channel.
void PackSlope(Step& step, const tflite::Tensor& slope);

// All throw EngineError("ENGINE_MODEL") when shapes do not fit.

}  // namespace dfxterm
