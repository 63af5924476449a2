#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels.h"
#include "network_plan.h"

namespace dfxterm {

// A neural network that is ready to run. One object serves one thread; running it allocates nothing.
class Network {
 public:
  // Reads a .tflite file. Throws EngineError("ENGINE_MODEL") when the file is damaged or of another kind.
  Network(std::span<const std::uint8_t> file, const kernels::Kernels& kernels);

  // The input picture, to be filled before Run: rows of `width` pixels of `channels` floats, the next row
  // row_stride floats further.
  struct Input {
    float* pixels;
    std::size_t row_stride;
    int height;
    int width;
    int channels;
  };
  Input input();

  void Run();

  std::size_t output_count() const { return plan_.outputs.size(); }
  // Floats of an output; index < output_count().
  std::size_t output_size(std::size_t index) const;
  // Copies an output of the last run; `out` must hold output_size(index) floats.
  void CopyOutput(std::size_t index, std::span<float> out) const;

 private:
  const TensorShape& ShapeOf(int buffer) const { return plan_.buffers[static_cast<std::size_t>(buffer)]; }
  // Pixel (row, column), which may lie in the border.
  float* At(int buffer, int row, int column);
  const float* At(int buffer, int row, int column) const;
  void RunConvolution(const Step& step);
  void RunMaxPool(const Step& step);

  const kernels::Kernels& kernels_;
  Plan plan_;
  std::vector<std::vector<float>> buffers_;
  std::vector<float> scratch_;
};

}  // namespace dfxterm
