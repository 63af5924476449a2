#include <algorithm>
#include <cstdio>
#include <span>
#include <vector>

#include "check.h"
#include "corpus.h"
#include "cpu_features.h"
#include "face_detector.h"
#include "face_landmarks.h"
#include "face_models.h"
#include "network.h"
#include "tflite_model.h"

using namespace dfxterm;
using dfxterm::test::Random;

namespace {

// True when the bytes are a usable network; anything but a clean refusal fails the test or the sanitizer.
bool Loads(std::span<const std::uint8_t> file, bool run) {
  try {
    Network network(file, ChooseKernels());
    if (run) network.Run();
    return true;
  } catch (const EngineError& error) {
    CHECK(error.code() == "ENGINE_MODEL");
    return false;
  }
}

}  // namespace

TEST("the face models are what the engine expects") {
  const auto detector = test::DetectorModel();
  const auto mesh = test::MeshModel();
  FaceDetector faces(detector, ChooseKernels());
  FaceLandmarks landmarks(mesh, ChooseKernels());
  CHECK_CODE(FaceDetector(mesh, ChooseKernels()), "ENGINE_MODEL");
  CHECK_CODE(FaceLandmarks(detector, ChooseKernels()), "ENGINE_MODEL");
}

TEST("bytes that are no model are refused") {
  CHECK_CODE(tflite::ParseModel({}), "ENGINE_MODEL");
  const std::vector<std::uint8_t> zeros(1000);
  CHECK_CODE(tflite::ParseModel(zeros), "ENGINE_MODEL");
  Random random(1);
  std::vector<std::uint8_t> noise(4096);
  for (int i = 0; i < 300; ++i) {
    for (std::uint8_t& byte : noise) byte = random.Byte();
    std::copy_n("TFL3", 4, noise.begin() + 4);
    CHECK(!Loads(noise, false));
  }
}

TEST("a truncated model is refused") {
  const auto whole = test::DetectorModel();
  Random random(2);
  for (int i = 0; i < 150; ++i) {
    // A copy of exact size, so that the sanitizer sees a read behind the end.
    const std::size_t size = i < 60 ? static_cast<std::size_t>(i) : random.Below(whole.size());
    const std::vector<std::uint8_t> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(!Loads(part, false));
  }
}

TEST("a mutated face model is refused or runs, but never reads or writes outside of its memory") {
  const auto whole = test::DetectorModel();
  Random random(3);
  int loaded = 0;
  int ran = 0;
  constexpr int kRounds = 1200;
  for (int i = 0; i < kRounds; ++i) {
    auto file = whole;
    test::MutateModel(file, random);
    const bool run = i % 40 == 0;
    if (!Loads(file, run)) continue;
    ++loaded;
    ran += run;
  }
  // The test means something only if it sees both outcomes.
  CHECK(loaded > 0 && loaded < kRounds);
  CHECK(ran > 0);
}
