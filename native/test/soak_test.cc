#include <cstddef>
#include <vector>

#include "check.h"
#include "extraction_fixture.h"
#include "face_models.h"
#include "face_tracker.h"

// What many frames leave behind. The sanitizer's allocator knows every byte and every call; without it these tests
// have nothing to look at. The same through Node and with a real face: `npm run soak`.
#if defined(__SANITIZE_ADDRESS__)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, std::size_t),
                                                         void (*on_free)(const volatile void*));

using namespace dfxterm;
using namespace dfxterm::test;

namespace {

std::size_t allocations = 0;

// Hooks can be added but not taken away, so there is one for the whole program.
void CountAllocations() {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(
      [](const volatile void*, std::size_t) { ++allocations; }, [](const volatile void*) {});
  CHECK(installed > 0);
}

}  // namespace

TEST("a hundred thousand frames, sealed and dropped, leave no memory behind") {
  constexpr std::uint32_t kFrames = 100'000;
  constexpr std::uint32_t kWarmUp = 1'000;
  Bench bench(1, kFrames);
  Collector& collector = bench.collector();
  collector.StartCollection();
  std::size_t chunks = 0;
  std::size_t bytes_warm = 0;
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    if (i % 50 == 0) collector.AddMarker("a marker that is too long for the small buffer of a string");
    // A face that comes and goes: some windows are delivered, some are not.
    const CollectorState state = bench.Feed(i, i * 1000.0 / 30, i % 700 < 600);
    if (state == CollectorState::kChunkReady && collector.GetChunkData()) ++chunks;
    if (i == kWarmUp) bytes_warm = __sanitizer_get_current_allocated_bytes();
  }
  const std::size_t bytes_end = __sanitizer_get_current_allocated_bytes();
  CHECK(chunks > kFrames / 30 / 2);
  // The marker that waits and the chunk that is being filled differ from frame to frame.
  CHECK_NEAR(static_cast<double>(bytes_end), static_cast<double>(bytes_warm), 16 * 1024);
}

TEST("collections that are made and dropped leave no memory behind") {
  std::size_t bytes_warm = 0;
  std::size_t bytes_end = 0;
  for (int round = 0; round < 300; ++round) {
    Bench bench(1, 2);
    bench.collector().StartCollection();
    for (std::uint32_t i = 0; i < 45; ++i) bench.Feed(i, i * 1000.0 / 30);
    if (round % 3 == 0) bench.collector().ForceComplete();
    if (round % 3 == 1) bench.collector().CancelCollection();
    if (round == 10) bytes_warm = __sanitizer_get_current_allocated_bytes();
    bytes_end = __sanitizer_get_current_allocated_bytes();
  }
  CHECK_NEAR(static_cast<double>(bytes_end), static_cast<double>(bytes_warm), 64 * 1024);
}

TEST("a frame is measured without an allocation") {
  CountAllocations();
  Bench bench(30, 1);
  bench.collector().StartCollection();
  for (std::uint32_t i = 0; i < 10; ++i) bench.Feed(i, i * 1000.0 / 30);
  const std::size_t before = allocations;
  for (std::uint32_t i = 10; i < 800; ++i) bench.Feed(i, i * 1000.0 / 30, i % 90 < 80);
  CHECK(allocations == before);
}

TEST("a frame is searched for a face without an allocation, and trackers leave no memory behind") {
  CountAllocations();
  const auto detector = DetectorModel();
  const auto mesh = MeshModel();
  OwnedPicture owned(160, 120);
  std::mt19937 random(20250120);
  owned.Randomise(random, 0, 255);
  std::vector<float> landmarks(kLandmarkFloats);
  std::size_t bytes_first = 0;
  for (int round = 0; round < 3; ++round) {
    {
      FaceTracker tracker(detector, mesh, DetectStrategy::kSmart);
      for (int i = 0; i < 3; ++i) tracker.Track(owned.picture(), i * 33.0, landmarks);
      const std::size_t before = allocations;
      for (int i = 3; i < 20; ++i) tracker.Track(owned.picture(), i * 33.0, landmarks);
      CHECK(allocations == before);
    }
    const std::size_t bytes = __sanitizer_get_current_allocated_bytes();
    if (round == 0) bytes_first = bytes;
    CHECK_NEAR(static_cast<double>(bytes), static_cast<double>(bytes_first), 16 * 1024);
  }
}
#endif
