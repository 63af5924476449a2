#include "network_plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "network_packing.h"
#include "tflite_reader.h"

namespace dfxterm {
namespace {

using tflite::Model;
using tflite::Operation;
using tflite::Operator;
using tflite::Padding;
using tflite::Refuse;
using tflite::Tensor;

constexpr std::size_t kMaxBufferFloats = std::size_t{1} << 25;
// Far above the two models as well (0.6 million weights, 35 million multiplications), so that no file can ask for
// much memory or time by naming the same weights again and again.
constexpr std::size_t kMaxPackedFloats = std::size_t{1} << 23;
constexpr std::size_t kMaxProducts = std::size_t{1} << 31;

// A step under construction, still in terms of the model's tensors.
struct Group {
  Step step;
  int input = 0;
  int output = 0;
  int residual = -1;
  // Place of its last operator in the model: there, all that it needs has been computed.
  std::size_t position = 0;
};

class Planner {
 public:
  explicit Planner(const Model& model) : model_(model), used_(model.operators.size()) {}

  Plan Make() {
    if (model_.inputs.size() != 1 || model_.outputs.empty()) Refuse("it must have one input and some outputs");
    CountUses();
    ShapeOf(model_.inputs[0]);
    for (std::size_t i = 0; i < model_.operators.size(); ++i) Visit(i);
    if (std::ranges::find(used_, false) != used_.end()) Refuse("its operators do not fit together");
    std::ranges::stable_sort(groups_, {}, &Group::position);
    ResolveOutputs();
    CheckOrder();
    AssignBuffers();
    return std::move(plan_);
  }

 private:
  const Tensor& At(int tensor) const { return model_.tensors[static_cast<std::size_t>(tensor)]; }
  const Operator& Op(std::size_t index) const { return model_.operators[index]; }

  void CountUses() {
    uses_.resize(model_.tensors.size());
    producer_.resize(model_.tensors.size(), -1);
    reader_.resize(model_.tensors.size(), -1);
    for (std::size_t i = 0; i < model_.operators.size(); ++i) {
      const Operator& op = Op(i);
      for (const int input : op.inputs) {
        ++uses_[static_cast<std::size_t>(input)];
        reader_[static_cast<std::size_t>(input)] = static_cast<int>(i);
      }
      int& producer = producer_[static_cast<std::size_t>(op.outputs[0])];
      if (producer >= 0 || At(op.outputs[0]).is_constant() || op.outputs[0] == model_.inputs[0]) {
        Refuse("a tensor is computed twice");
      }
      producer = static_cast<int>(i);
    }
    for (const int output : model_.outputs) ++uses_[static_cast<std::size_t>(output)];
  }

  // The only operator that reads the tensor, if there is just one.
  std::optional<std::size_t> OnlyReader(int tensor) const {
    const auto index = static_cast<std::size_t>(tensor);
    if (uses_[index] != 1 || reader_[index] < 0) return std::nullopt;
    const auto reader = static_cast<std::size_t>(reader_[index]);
    if (used_[reader]) return std::nullopt;
    return reader;
  }

  void Visit(std::size_t index) {
    if (used_[index]) return;
    switch (Op(index).operation) {
      case Operation::kConvolution: return AddConvolution(index);
      case Operation::kDepthwiseConvolution: return AddDepthwise(index);
      case Operation::kMaxPool: return AddMaxPool(index);
      case Operation::kPad:
      case Operation::kReshape:
      case Operation::kConcatenation: used_[index] = true; return;  // Looked through by whoever reads them.
      case Operation::kAdd:
      case Operation::kRelu:
      case Operation::kPrelu: Refuse("an operator stands alone that must follow a convolution");
    }
  }

  // Geometry of a computed tensor: [1, height, width, channels].
  TensorShape ShapeOf(int tensor) const {
    const Tensor& info = At(tensor);
    if (info.is_constant() || info.shape.size() != 4 || info.shape[0] != 1) Refuse("a picture tensor is expected");
    TensorShape shape{info.shape[1], info.shape[2], info.shape[3], PadChannels(info.shape[3])};
    // The input keeps its three channels side by side, as the sampler writes them.
    if (tensor == model_.inputs[0]) shape.stride = shape.channels;
    if (shape.floats() > kMaxBufferFloats) Refuse("a tensor is too large");
    return shape;
  }

  // Where the patches of a window start, after checking that the output has the size that follows from it.
  int PadOf(const Operator& op, int in, int out, int window) const {
    if (op.padding == Padding::kValid) {
      if (in < window || out != (in - window) / op.stride + 1) Refuse("sizes of a layer do not fit");
      return 0;
    }
    if (out != (in + op.stride - 1) / op.stride) Refuse("sizes of a layer do not fit");
    const int missing = std::max((out - 1) * op.stride + window - in, 0);
    if (missing - missing / 2 > kBorderPx) Refuse("a window is too large");
    return missing / 2;
  }

  void PlaceWindow(Step& step, const Operator& op, const TensorShape& in, const TensorShape& out, int rows,
                   int columns) const {
    step.stride = op.stride;
    step.pad_top = PadOf(op, in.height, out.height, rows);
    step.pad_left = PadOf(op, in.width, out.width, columns);
  }

  void AddConvolution(std::size_t index) {
    const Operator& op = Op(index);
    Group group;
    group.input = op.inputs[0];
    const TensorShape in = ShapeOf(group.input);
    PackConvolution(group.step, At(op.inputs[1]), At(op.inputs[2]), in);
    const Tensor& filter = At(op.inputs[1]);
    PlaceWindow(group.step, op, in, ShapeOf(op.outputs[0]), filter.shape[1], filter.shape[2]);
    Spend(group.step, ShapeOf(op.outputs[0]));
    Finish(std::move(group), index);
  }

  void AddDepthwise(std::size_t index) {
    const Operator& op = Op(index);
    Group group;
    group.step.kind = Step::Kind::kDepthwiseConvolution;
    group.input = op.inputs[0];
    const TensorShape in = ShapeOf(group.input);
    const TensorShape between = ShapeOf(op.outputs[0]);
    if (in.stride % kernels::kChannelBlock != 0 || between.channels != in.channels) Refuse("a depthwise layer is odd");
    PackDepthwise(group.step, At(op.inputs[1]), At(op.inputs[2]), in);
    PlaceWindow(group.step, op, in, between, 3, 3);
    used_[index] = true;
    const auto reader = OnlyReader(op.outputs[0]);
    if (!reader || Op(*reader).operation != Operation::kConvolution || Op(*reader).inputs[0] != op.outputs[0]) {
      Refuse("a depthwise layer must be followed by a convolution");
    }
    const Operator& convolution = Op(*reader);
    PackConvolution(group.step, At(convolution.inputs[1]), At(convolution.inputs[2]), between);
    const TensorShape out = ShapeOf(convolution.outputs[0]);
    const bool pointwise = group.step.kernel_rows == 1 && group.step.row_floats == between.stride;
    if (!pointwise || convolution.stride != 1 || out.width != between.width || out.height != between.height) {
      Refuse("a depthwise layer must be followed by a 1x1 convolution");
    }
    plan_.scratch_floats = std::max(plan_.scratch_floats, static_cast<std::size_t>(between.width * between.stride));
    Spend(group.step, out);
    Finish(std::move(group), *reader);
  }

  // Counts what a layer costs in memory and, per pixel, in multiplications.
  void Spend(const Step& step, const TensorShape& out) {
    const std::size_t floats = step.weights.size() + step.depthwise_weights.size();
    packed_floats_ += floats;
    products_ += floats * static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height);
    if (packed_floats_ > kMaxPackedFloats) Refuse("it holds too many weights");
    if (products_ > kMaxProducts) Refuse("it would take too long");
  }

  void AddMaxPool(std::size_t index) {
    const Operator& op = Op(index);
    Group group;
    group.step.kind = Step::Kind::kMaxPool;
    group.input = op.inputs[0];
    group.output = op.outputs[0];
    group.position = index;
    const TensorShape in = ShapeOf(group.input);
    const TensorShape out = ShapeOf(group.output);
    const bool halves = op.window == 2 && op.stride == 2 && in.height == 2 * out.height && in.width == 2 * out.width;
    if (!halves || in.channels != out.channels || in.stride % kernels::kChannelBlock != 0) {
      Refuse("only 2x2 pooling is known");
    }
    used_[index] = true;
    groups_.push_back(std::move(group));
  }

  // Takes the addition and the activation that follow the convolution at `index` into the step.
  void Finish(Group group, std::size_t index) {
    used_[index] = true;
    group.position = index;
    group.output = Op(index).outputs[0];
    if (ShapeOf(group.output).channels != group.step.bias_channels) Refuse("a layer has the wrong number of channels");
    if (const auto add = OnlyReader(group.output); add && Op(*add).operation == Operation::kAdd) {
      const Operator& op = Op(*add);
      group.residual = LookThroughPad(op.inputs[0] == group.output ? op.inputs[1] : op.inputs[0]);
      Extend(group, *add);
    }
    if (const auto next = OnlyReader(group.output)) {
      if (Op(*next).operation == Operation::kRelu) {
        group.step.activation = kernels::Activation::kRelu;
        Extend(group, *next);
      } else if (Op(*next).operation == Operation::kPrelu && Op(*next).inputs[0] == group.output) {
        group.step.activation = kernels::Activation::kPrelu;
        PackSlope(group.step, At(Op(*next).inputs[1]));
        Extend(group, *next);
      }
    }
    CheckResidual(group);
    groups_.push_back(std::move(group));
  }

  void Extend(Group& group, std::size_t index) {
    if (At(Op(index).outputs[0]).shape != At(group.output).shape) Refuse("sizes of a layer do not fit");
    group.output = Op(index).outputs[0];
    group.position = std::max(group.position, index);
    used_[index] = true;
  }

  // A pad that only appends channels of zeros is the tensor itself.
  int LookThroughPad(int tensor) const {
    const int producer = producer_[static_cast<std::size_t>(tensor)];
    if (producer < 0 || Op(static_cast<std::size_t>(producer)).operation != Operation::kPad) return tensor;
    const Operator& pad = Op(static_cast<std::size_t>(producer));
    const std::vector<std::int32_t>& amounts = At(pad.inputs[1]).integers;
    if (amounts.size() != 8) Refuse("a pad is odd");
    for (std::size_t i = 0; i < 7; ++i) {
      if (amounts[i] != 0) Refuse("only channels can be padded");
    }
    return pad.inputs[0];
  }

  void CheckResidual(const Group& group) const {
    if (group.residual < 0) return;
    const TensorShape out = ShapeOf(group.output);
    const TensorShape residual = ShapeOf(group.residual);
    const bool fits = residual.height == out.height && residual.width == out.width &&
                      residual.channels <= out.channels && residual.stride % kernels::kChannelBlock == 0;
    if (!fits) Refuse("a residual connection does not fit");
  }

  // The computed tensors whose values, in order, make up an output.
  void ResolveOutputs() {
    for (const int output : model_.outputs) {
      std::vector<int> parts;
      AppendParts(output, parts, 0);
      std::size_t count = 0;
      for (const int part : parts) count += At(part).count();
      if (count != At(output).count()) Refuse("an output does not have the size of its parts");
      output_tensors_.push_back(std::move(parts));
    }
  }

  void AppendParts(int tensor, std::vector<int>& parts, int depth) const {
    if (depth > 8 || parts.size() > 64) Refuse("an output is put together in too complicated a way");
    const int producer = producer_[static_cast<std::size_t>(tensor)];
    if (producer < 0) Refuse("an output is not computed");
    const Operator& op = Op(static_cast<std::size_t>(producer));
    if (op.operation == Operation::kReshape) {
      if (At(op.inputs[0]).count() != At(tensor).count()) Refuse("a reshape changes the size");
      return AppendParts(op.inputs[0], parts, depth + 1);
    }
    if (op.operation == Operation::kConcatenation) {
      // With one picture, joining along the second dimension is one after the other.
      if (op.axis != 1 || At(tensor).shape.empty() || At(tensor).shape[0] != 1) Refuse("a concatenation is odd");
      for (const int input : op.inputs) AppendParts(input, parts, depth + 1);
      return;
    }
    ShapeOf(tensor);
    parts.push_back(tensor);
  }

  // Everything that a step reads must have been written by an earlier one.
  void CheckOrder() const {
    std::vector<bool> known(model_.tensors.size());
    known[static_cast<std::size_t>(model_.inputs[0])] = true;
    for (const Group& group : groups_) {
      const bool ready = known[static_cast<std::size_t>(group.input)] &&
                         (group.residual < 0 || known[static_cast<std::size_t>(group.residual)]);
      if (!ready) Refuse("its operators are not in an order in which they can be computed");
      known[static_cast<std::size_t>(group.output)] = true;
    }
    for (const auto& parts : output_tensors_) {
      for (const int part : parts) {
        if (!known[static_cast<std::size_t>(part)]) Refuse("an output is not computed");
      }
    }
  }

  // Gives every tensor a buffer; a buffer whose tensor is not read any more serves the next of the same shape.
  void AssignBuffers() {
    std::map<int, std::size_t> last_read;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      last_read[groups_[i].input] = i;
      if (groups_[i].residual >= 0) last_read[groups_[i].residual] = i;
    }
    for (const auto& parts : output_tensors_) {
      for (const int part : parts) last_read[part] = groups_.size();
    }
    std::map<int, int> buffer_of;
    std::vector<int> free;
    plan_.input = buffer_of[model_.inputs[0]] = NewBuffer(ShapeOf(model_.inputs[0]));
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      Group& group = groups_[i];
      group.step.input = buffer_of.at(group.input);
      group.step.residual = group.residual < 0 ? -1 : buffer_of.at(group.residual);
      group.step.output = buffer_of[group.output] = TakeBuffer(free, ShapeOf(group.output));
      for (const int read : {group.input, group.residual, group.output}) {
        const bool done = read >= 0 && read != model_.inputs[0] && last_read[read] <= i;
        if (done && std::ranges::find(free, buffer_of[read]) == free.end()) free.push_back(buffer_of[read]);
      }
      plan_.steps.push_back(std::move(group.step));
    }
    for (const auto& parts : output_tensors_) {
      std::vector<int>& buffers = plan_.outputs.emplace_back();
      for (const int part : parts) buffers.push_back(buffer_of.at(part));
    }
  }

  int NewBuffer(const TensorShape& shape) {
    buffer_floats_ += shape.floats();
    if (buffer_floats_ > kMaxBufferFloats) Refuse("it needs too much memory");
    plan_.buffers.push_back(shape);
    return static_cast<int>(plan_.buffers.size()) - 1;
  }

  int TakeBuffer(std::vector<int>& free, const TensorShape& shape) {
    const auto fitting = std::ranges::find_if(
        free, [&](int buffer) { return plan_.buffers[static_cast<std::size_t>(buffer)] == shape; });
    if (fitting == free.end()) return NewBuffer(shape);
    const int buffer = *fitting;
    free.erase(fitting);
    return buffer;
  }

  const Model& model_;
  Plan plan_;
  std::vector<Group> groups_;
  std::vector<std::vector<int>> output_tensors_;
  std::vector<bool> used_;
  // Per tensor: how many read it, the last of them, and who computes it.
  std::vector<int> uses_;
  std::vector<int> reader_;
  std::vector<int> producer_;
  std::size_t buffer_floats_ = 0;
  std::size_t packed_floats_ = 0;
  std::size_t products_ = 0;
};

}  // namespace

std::size_t TensorShape::row_floats() const {
  return static_cast<std::size_t>(width + 2 * kBorderPx) * static_cast<std::size_t>(stride);
}

std::size_t TensorShape::floats() const {
  return static_cast<std::size_t>(height + 2 * kBorderPx) * row_floats() + 16;
}

Plan MakePlan(const tflite::Model& model) { return Planner(model).Make(); }

}  // namespace dfxterm
