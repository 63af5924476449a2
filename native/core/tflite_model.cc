#include "tflite_model.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "tflite_reader.h"

namespace dfxterm::tflite {
namespace {

// Limits far above the two models (327 tensors, 0.6 million weights), so that a hostile file cannot ask for
// much memory.
constexpr std::size_t kMaxEntries = 4096;
constexpr std::size_t kMaxNumbers = std::size_t{1} << 23;
constexpr int kMaxSide = 65536;

// Numbers of the public TFLite schema (schema.fbs): fields of tables, types of tensors, operator codes.
namespace field {
enum Model { kVersion = 0, kOperatorCodes = 1, kSubgraphs = 2, kBuffers = 4 };
enum OperatorCode { kOldCode = 0, kCode = 3 };
enum Subgraph { kTensors = 0, kInputs = 1, kOutputs = 2, kOperators = 3 };
enum Tensor { kShape = 0, kType = 1, kBuffer = 2 };
enum Buffer { kData = 0 };
enum Operator { kCodeIndex = 0, kOperatorInputs = 1, kOperatorOutputs = 2, kOptions = 4 };
enum Options { kPadding = 0, kStrideX = 1, kStrideY = 2 };
enum Convolution { kConvActivation = 3, kConvDilationX = 4, kConvDilationY = 5 };
enum Depthwise { kMultiplier = 3, kDepthActivation = 4, kDepthDilationX = 5, kDepthDilationY = 6 };
enum Pool { kWindowX = 3, kWindowY = 4, kPoolActivation = 5 };
enum Add { kAddActivation = 0 };
enum Concatenation { kAxis = 0, kConcatActivation = 1 };
}  // namespace field

enum Type : std::int8_t { kFloat32 = 0, kFloat16 = 1, kInt32 = 2 };

enum Code {
  kAddCode = 0,
  kConcatenationCode = 2,
  kConvolutionCode = 3,
  kDepthwiseCode = 4,
  kDequantizeCode = 6,
  kMaxPoolCode = 17,
  kReluCode = 19,
  kReshapeCode = 22,
  kPadCode = 34,
  kPreluCode = 54,
};

// IEEE 754 half to single precision.
float Widen(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu;
  const std::uint32_t fraction = half & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const std::uint32_t widened = exponent == 31 ? 255u : exponent + 112u;
  return std::bit_cast<float>(sign | (widened << 23) | (fraction << 13));
}

class Parser {
 public:
  explicit Parser(std::span<const std::uint8_t> file) : bytes_(file) {}

  Model Parse() {
    if (bytes_.Read<std::uint32_t>(4) != 0x334c4654u) Refuse("it is not a .tflite file");  // "TFL3"
    const Table root(bytes_, bytes_.Follow(0));
    const Vector subgraphs = root.Tables(field::kSubgraphs);
    if (subgraphs.count() != 1) Refuse("it must hold exactly one graph");
    const Table graph = root.At(subgraphs, 0);
    ReadTensors(root, graph);
    model_.inputs = Indices(graph, field::kInputs);
    model_.outputs = Indices(graph, field::kOutputs);
    ReadOperators(root, graph);
    return std::move(model_);
  }

 private:
  static std::size_t Checked(const Vector& entries) {
    if (entries.count() > kMaxEntries) Refuse("it has too many parts");
    return entries.count();
  }

  std::vector<std::int32_t> Integers(const Table& table, int field) const {
    const Vector numbers = table.Numbers(field, sizeof(std::int32_t));
    std::vector<std::int32_t> values(Checked(numbers));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = bytes_.Read<std::int32_t>(numbers.first() + i * sizeof(std::int32_t));
    }
    return values;
  }

  std::vector<int> Indices(const Table& table, int field) const {
    std::vector<int> indices = Integers(table, field);
    for (const int index : indices) {
      if (index < 0 || static_cast<std::size_t>(index) >= model_.tensors.size()) Refuse("it names an unknown tensor");
    }
    return indices;
  }

  void ReadTensors(const Table& root, const Table& graph) {
    const Vector tensors = graph.Tables(field::kTensors);
    const Vector buffers = root.Tables(field::kBuffers);
    Checked(buffers);
    model_.tensors.resize(Checked(tensors));
    for (std::size_t i = 0; i < model_.tensors.size(); ++i) {
      const Table table = graph.At(tensors, i);
      Tensor& tensor = model_.tensors[i];
      tensor.shape = ShapeOf(table);
      const Table buffer = root.At(buffers, table.Scalar<std::uint32_t>(field::kBuffer, 0));
      const Vector data = buffer.Numbers(field::kData, 1);
      if (data.count() > 0) ReadConstant(tensor, table.Scalar<std::int8_t>(field::kType, kFloat32), data);
    }
  }

  std::vector<int> ShapeOf(const Table& table) const {
    std::vector<int> shape = Integers(table, field::kShape);
    if (shape.size() > 4) Refuse("a tensor has more than four dimensions");
    std::size_t count = 1;
    for (const int side : shape) {
      if (side < 1 || side > kMaxSide) Refuse("a tensor has an impossible size");
      count *= static_cast<std::size_t>(side);
      if (count > kMaxNumbers) Refuse("a tensor is too large");
    }
    return shape;
  }

  void ReadConstant(Tensor& tensor, std::int8_t type, const Vector& data) {
    const std::size_t count = tensor.count();
    const std::size_t bytes_each = type == kFloat16 ? 2 : 4;
    if (type != kFloat32 && type != kFloat16 && type != kInt32) return;  // Nothing here uses other types.
    if (data.count() != count * bytes_each) Refuse("a constant does not have the size that its shape says");
    Spend(count);
    if (type == kInt32) {
      tensor.integers.resize(count);
      for (std::size_t i = 0; i < count; ++i) tensor.integers[i] = bytes_.Read<std::int32_t>(data.first() + 4 * i);
      return;
    }
    tensor.values.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      tensor.values[i] = type == kFloat16 ? Widen(bytes_.Read<std::uint16_t>(data.first() + 2 * i))
                                          : bytes_.Read<float>(data.first() + 4 * i);
    }
  }

  void Spend(std::size_t numbers) {
    spent_ += numbers;
    if (spent_ > kMaxNumbers) Refuse("it holds too many weights");
  }

  void ReadOperators(const Table& root, const Table& graph) {
    const Vector codes = root.Tables(field::kOperatorCodes);
    const Vector operators = graph.Tables(field::kOperators);
    Checked(codes);
    for (std::size_t i = 0; i < Checked(operators); ++i) {
      const Table table = graph.At(operators, i);
      const Table code = root.At(codes, table.Scalar<std::uint32_t>(field::kCodeIndex, 0));
      ReadOperator(table, std::max<int>(code.Scalar<std::int8_t>(field::kOldCode, 0),
                                        code.Scalar<std::int32_t>(field::kCode, 0)));
    }
  }

  void ReadOperator(const Table& table, int code) {
    Operator made{};
    made.inputs = Indices(table, field::kOperatorInputs);
    made.outputs = Indices(table, field::kOperatorOutputs);
    if (made.inputs.empty() || made.outputs.size() != 1) Refuse("an operator has no input or several outputs");
    if (code == kDequantizeCode) return Dequantize(made);
    made.operation = OperationOf(code, made.inputs.size());
    ReadOptions(table, made);
    model_.operators.push_back(std::move(made));
  }

  // The weights were widened when they were read: the result simply has them.
  void Dequantize(const Operator& widening) {
    const Tensor& source = model_.tensors[static_cast<std::size_t>(widening.inputs[0])];
    Tensor& target = model_.tensors[static_cast<std::size_t>(widening.outputs[0])];
    if (source.values.empty() || source.shape != target.shape) Refuse("weights are stored in an unknown way");
    Spend(source.values.size());
    target.values = source.values;
  }

  static Operation OperationOf(int code, std::size_t inputs) {
    const auto wants = [&](std::size_t count, Operation operation) {
      if (inputs != count) Refuse("an operator has the wrong number of inputs");
      return operation;
    };
    switch (code) {
      case kAddCode: return wants(2, Operation::kAdd);
      case kConcatenationCode: return Operation::kConcatenation;
      case kConvolutionCode: return wants(3, Operation::kConvolution);
      case kDepthwiseCode: return wants(3, Operation::kDepthwiseConvolution);
      case kMaxPoolCode: return wants(1, Operation::kMaxPool);
      case kReluCode: return wants(1, Operation::kRelu);
      case kReshapeCode: return Operation::kReshape;
      case kPadCode: return wants(2, Operation::kPad);
      case kPreluCode: return wants(2, Operation::kPrelu);
      default: break;
    }
    throw EngineError("ENGINE_MODEL", "the face model cannot be used: it needs operator " + std::to_string(code) +
                                          ", which this engine does not have");
  }

  static void MustBe(const Table& options, int field, int wanted, int absent) {
    if (options.Scalar<std::int32_t>(field, absent) != wanted) Refuse("it uses an option this engine does not have");
  }

  static void NoActivation(const Table& options, int field) {
    if (options.Scalar<std::int8_t>(field, 0) != 0) Refuse("it uses a fused activation");
  }

  static void ReadStrides(const Table& options, Operator& made) {
    const auto padding = options.Scalar<std::int8_t>(field::kPadding, 0);
    if (padding != 0 && padding != 1) Refuse("it uses an unknown padding");
    made.padding = padding == 0 ? Padding::kSame : Padding::kValid;
    made.stride = options.Scalar<std::int32_t>(field::kStrideX, 0);
    if (made.stride < 1 || made.stride > 8) Refuse("it uses an impossible stride");
    MustBe(options, field::kStrideY, made.stride, 0);
  }

  static void ReadOptions(const Table& table, Operator& made) {
    switch (made.operation) {
      case Operation::kConvolution: {
        const Table options = table.Child(field::kOptions);
        ReadStrides(options, made);
        NoActivation(options, field::kConvActivation);
        MustBe(options, field::kConvDilationX, 1, 1);
        MustBe(options, field::kConvDilationY, 1, 1);
        return;
      }
      case Operation::kDepthwiseConvolution: {
        const Table options = table.Child(field::kOptions);
        ReadStrides(options, made);
        MustBe(options, field::kMultiplier, 1, 0);
        NoActivation(options, field::kDepthActivation);
        MustBe(options, field::kDepthDilationX, 1, 1);
        MustBe(options, field::kDepthDilationY, 1, 1);
        return;
      }
      case Operation::kMaxPool: {
        const Table options = table.Child(field::kOptions);
        ReadStrides(options, made);
        made.window = options.Scalar<std::int32_t>(field::kWindowX, 0);
        MustBe(options, field::kWindowY, made.window, 0);
        NoActivation(options, field::kPoolActivation);
        return;
      }
      case Operation::kConcatenation: {
        const Table options = table.Child(field::kOptions);
        made.axis = options.Scalar<std::int32_t>(field::kAxis, 0);
        NoActivation(options, field::kConcatActivation);
        return;
      }
      case Operation::kAdd:
        if (table.Has(field::kOptions)) NoActivation(table.Child(field::kOptions), field::kAddActivation);
        return;
      case Operation::kPad:
      case Operation::kPrelu:
      case Operation::kRelu:
      case Operation::kReshape: return;
    }
  }

  Bytes bytes_;
  Model model_;
  std::size_t spent_ = 0;
};

}  // namespace

std::size_t Tensor::count() const {
  std::size_t count = 1;
  for (const int side : shape) count *= static_cast<std::size_t>(side);
  return count;
}

Model ParseModel(std::span<const std::uint8_t> file) { return Parser(file).Parse(); }

}  // namespace dfxterm::tflite
