#include <algorithm>
#include <iterator>
#include <limits>
#include <random>
#include <sstream>

#include "check.h"
#include "corpus.h"
#include "cpu_features.h"
#include "extraction_fixture.h"
#include "network.h"
#include "network_plan.h"
#include "tflite_model.h"

// The readers of the engine, fed with damaged files of the corpus. Seeds are fixed. What is not a usable value must
// be a clean refusal; the sanitizer watches every access, and main.cc bounds every allocation.

using namespace dfxterm;
using namespace dfxterm::test;

namespace {

// 1 when the network loads; then it is run on every instruction set.
int LoadAndRun(std::span<const std::uint8_t> file) {
  try {
    for (const kernels::Kernels* kernels : AvailableKernels()) {
      Network network(file, *kernels);
      const Network::Input input = network.input();
      for (int row = 0; row < input.height; ++row) {
        std::fill_n(input.pixels + static_cast<std::size_t>(row) * input.row_stride, input.width * input.channels, 0.5F);
      }
      network.Run();
      for (std::size_t i = 0; i < network.output_count(); ++i) {
        std::vector<float> output(network.output_size(i));
        network.CopyOutput(i, output);
      }
    }
    return 1;
  } catch (const EngineError& error) {
    CHECK(error.code() == "ENGINE_MODEL");
    return 0;
  }
}

// A study as the JavaScript side hands it over: one line each of id, point names, required points, region names,
// layout and limits.
struct FlatStudy {
  std::string id;
  std::vector<std::string> point_names;
  std::uint32_t required = 0;
  std::vector<std::string> region_names;
  std::vector<double> layout;
  std::vector<double> limits;
};

template <typename Value>
std::vector<Value> Line(std::istream& text) {
  std::string line;
  std::getline(text, line);
  std::istringstream words(line);
  return {std::istream_iterator<Value>(words), std::istream_iterator<Value>()};
}

FlatStudy ParseFlat(const CorpusFile& file) {
  std::istringstream text(std::string(file.bytes.begin(), file.bytes.end()));
  FlatStudy study;
  study.id = Line<std::string>(text).at(0);
  study.point_names = Line<std::string>(text);
  study.required = Line<std::uint32_t>(text).at(0);
  study.region_names = Line<std::string>(text);
  study.layout = Line<double>(text);
  study.limits = Line<double>(text);
  return study;
}

double OddNumber(Random& random) {
  constexpr double kOdd[] = {0,    -0.0, 1,    2,     3,     -1,       0.5,  65,   512,  1e9, 4294967296.0, 1e308, -1e308,
                             5e-324, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
  return kOdd[random.Below(std::size(kOdd))];
}

void Mutate(FlatStudy& study, Random& random) {
  for (std::size_t changes = 1 + random.Below(2); changes > 0; --changes) {
    std::vector<double>& numbers = random.Below(6) == 0 ? study.limits : study.layout;
    const std::size_t at = random.Below(numbers.size() + 1);
    const auto place = numbers.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.Below(8)) {
      case 0: numbers.resize(at); break;
      case 1: numbers.insert(place, OddNumber(random)); break;
      case 2: numbers.insert(place, numbers.begin(), place); break;
      case 3: study.required = static_cast<std::uint32_t>(random.Below(1 << 20)); break;
      case 4: study.point_names.resize(random.Below(600), "p"); break;
      case 5: study.region_names.resize(random.Below(40), std::string(random.Below(80), 'r')); break;
      default:
        if (at < numbers.size()) numbers[at] = OddNumber(random);
    }
  }
}

// 1 when the study is taken; then a collector measures a frame with it.
int BuildAndMeasure(FlatStudy flat, const OwnedPicture& picture, std::mt19937& random) {
  try {
    Factory factory;
    factory.InitializeStudy(StudyFromNumbers(flat.id, flat.point_names, flat.required, flat.region_names, flat.layout,
                                             flat.limits));
    const auto collector = factory.CreateCollector(flat.point_names);
    std::uniform_real_distribution<double> place(-30, 190);
    std::vector<PosePoint> points(flat.point_names.size());
    for (PosePoint& point : points) point = {place(random), place(random), 1};
    const Face face{true, true, points};
    Frame frame;
    frame.video = {picture.picture(), 1, 0};
    frame.face = &face;
    collector->StartCollection();
    CHECK(collector->ExtractChannels(frame) == CollectorState::kCollecting);
    return 1;
  } catch (const EngineError& error) {
    CHECK(error.code() == "ENGINE_STUDY");
    return 0;
  }
}

}  // namespace

TEST("the models of the corpus are read as they are meant") {
  for (const CorpusFile& file : Corpus("models")) {
    const bool is_whole = file.name == "block.tflite" || file.name == "convolution.tflite";
    CHECK(LoadAndRun(file.bytes) == (is_whole ? 1 : 0));
  }
}

TEST("a damaged model of the corpus is refused or runs on every instruction set") {
  const auto files = Corpus("models");
  Random random(20250118);
  constexpr int kRounds = 12000;
  int ran = 0;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<std::uint8_t> bytes = files[random.Below(files.size())].bytes;
    if (random.Below(4) == 0) Splice(bytes, files[random.Below(files.size())].bytes, random);
    MutateModel(bytes, random);
    // Of exact size, so that the sanitizer sees a read behind the end.
    bytes.shrink_to_fit();
    ran += LoadAndRun(bytes);
  }
  // The test means something only if it sees both outcomes.
  CHECK(ran > kRounds / 20);
  CHECK(ran < kRounds / 2);
}

TEST("a model that names the same weights again and again is refused before it takes memory or time") {
  using tflite::Operation;
  tflite::Model model;
  const int side = 64;
  const auto tensor = [&model](std::vector<int> shape, bool constant) {
    tflite::Tensor made;
    made.shape = std::move(shape);
    if (constant) made.values.resize(made.count());
    model.tensors.push_back(std::move(made));
    return static_cast<int>(model.tensors.size()) - 1;
  };
  int last = tensor({1, side, side, 256}, false);
  const int filter = tensor({256, 1, 1, 256}, true);
  const int bias = tensor({256}, true);
  model.inputs = {last};
  for (int layer = 0; layer < 7; ++layer) {
    const int next = tensor({1, side, side, 256}, false);
    tflite::Operator convolution{Operation::kConvolution, {last, filter, bias}, {next}};
    model.operators.push_back(convolution);
    last = next;
  }
  model.outputs = {last};
  CHECK(MakePlan(model).steps.size() == 7);
  for (int layer = 0; layer < 2; ++layer) {
    const int next = tensor({1, side, side, 256}, false);
    model.operators.push_back({Operation::kConvolution, {last, filter, bias}, {next}});
    last = next;
  }
  model.outputs = {last};
  CHECK_CODE(MakePlan(model), "ENGINE_MODEL");
}

TEST("damaged studies are refused or measure a frame") {
  std::vector<FlatStudy> studies;
  for (const CorpusFile& file : Corpus("studies")) studies.push_back(ParseFlat(file));
  Random random(20250119);
  std::mt19937 places(20250119);
  OwnedPicture picture(160, 120);
  constexpr int kRounds = 12000;
  int taken = 0;
  for (const FlatStudy& study : studies) CHECK(BuildAndMeasure(study, picture, places) == 1);
  for (int i = 0; i < kRounds; ++i) {
    FlatStudy study = studies[random.Below(studies.size())];
    Mutate(study, random);
    taken += BuildAndMeasure(std::move(study), picture, places);
  }
  CHECK(taken > kRounds / 20);
  CHECK(taken < kRounds / 2);
}
