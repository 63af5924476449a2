#include <limits>
#include <random>
#include <string>

#include "check.h"
#include "extraction_fixture.h"
#include "protobuf_writer.h"

using namespace dfxterm;
using namespace dfxterm::test;

namespace {

void FeedSeconds(Bench& bench, double from_s, double to_s, bool has_face = true) {
  for (int i = static_cast<int>(from_s * 30); i < static_cast<int>(to_s * 30); ++i) {
    bench.Feed(static_cast<std::uint32_t>(i + 1), i * 1000.0 / 30, has_face);
  }
}

bool Has(const Payload& payload, const std::string& text) { return payload.metadata.find(text) != std::string::npos; }

}  // namespace

TEST("a collector goes through the states of the SDK") {
  Bench bench(5, 2);
  Collector& collector = bench.collector();
  CHECK(collector.state() == CollectorState::kWaiting);
  CHECK(bench.Feed(1, 0) == CollectorState::kWaiting);
  collector.StartCollection();
  CHECK(collector.state() == CollectorState::kCollecting);
  CHECK(bench.Feed(1, 0) == CollectorState::kCollecting);
  CHECK(!collector.GetChunkData());
  FeedSeconds(bench, 1.0 / 30, 5);
  CHECK(collector.state() == CollectorState::kChunkReady);
  CHECK(collector.GetChunkData());
  CHECK(collector.state() == CollectorState::kCollecting);
  FeedSeconds(bench, 5, 10);
  CHECK(collector.state() == CollectorState::kCompleted);
  CHECK(bench.Feed(301, 10'000) == CollectorState::kCompleted);
  const auto last = collector.GetChunkData();
  CHECK(last && last->end_frame == 300);
  CHECK(collector.state() == CollectorState::kCompleted);
  CHECK(!collector.GetChunkData());
  collector.ForceComplete();
  CHECK(collector.state() == CollectorState::kCompleted);
  collector.CancelCollection();
  CHECK(collector.state() == CollectorState::kWaiting);
}

TEST("nothing is stored while waiting") {
  Bench bench(5, 1);
  FeedSeconds(bench, 0, 3);
  bench.collector().StartCollection();
  FeedSeconds(bench, 3, 5);
  bench.collector().ForceComplete();
  const auto payload = bench.collector().GetChunkData();
  CHECK(payload && payload->start_frame == 91 && payload->end_frame == 150 && payload->chunk_number == 0);
}

TEST("regions are defined while waiting, for the picture on the screen") {
  Bench bench(5, 1);
  bench.Feed(1, 0);
  CHECK(bench.collector().regions()[0].outer.size() == 4);
  bench.Feed(2, 33, false);
  CHECK(bench.collector().regions()[0].outer.empty());
}

TEST("a call in the wrong state is refused by name") {
  Bench bench(5, 2);
  Collector& collector = bench.collector();
  CHECK_CODE(collector.ForceComplete(), "ENGINE_STATE");
  collector.StartCollection();
  CHECK_CODE(collector.StartCollection(), "ENGINE_STATE");
  CHECK_CODE(collector.SetTargetFps(30), "ENGINE_STATE");
  CHECK_CODE(collector.SetChunkDurationSeconds(5), "ENGINE_STATE");
  CHECK_CODE(collector.SetNumberChunks(5), "ENGINE_STATE");
}

TEST("settings out of range are refused") {
  Bench bench(5, 2);
  Collector& collector = bench.collector();
  CHECK_CODE(collector.SetTargetFps(0), "ENGINE_ARGUMENT");
  CHECK_CODE(collector.SetTargetFps(std::numeric_limits<double>::quiet_NaN()), "ENGINE_ARGUMENT");
  CHECK_CODE(collector.SetChunkDurationSeconds(0.5), "ENGINE_ARGUMENT");
  CHECK_CODE(collector.SetChunkDurationSeconds(31), "ENGINE_ARGUMENT");
  CHECK_CODE(collector.SetNumberChunks(0), "ENGINE_ARGUMENT");
  CHECK_CODE(bench.Feed(1, -1), "ENGINE_ARGUMENT");
  CHECK_CODE(bench.Feed(1, std::numeric_limits<double>::quiet_NaN()), "ENGINE_ARGUMENT");
  bench.points().pop_back();
  CHECK_CODE(bench.Feed(1, 0), "ENGINE_ARGUMENT");
}

TEST("a ready chunk that is not fetched waits while frames go on") {
  Bench bench(1, 3);
  bench.collector().StartCollection();
  FeedSeconds(bench, 0, 2.5);
  CHECK(bench.collector().state() == CollectorState::kChunkReady);
  CHECK(bench.collector().GetChunkData()->end_frame == 30);
  CHECK(bench.collector().state() == CollectorState::kChunkReady);
  CHECK(bench.collector().GetChunkData()->end_frame == 60);
  CHECK(bench.collector().state() == CollectorState::kCollecting);
  FeedSeconds(bench, 2.5, 3);
  CHECK(bench.collector().state() == CollectorState::kCompleted);
  CHECK(bench.collector().GetChunkData()->start_frame == 61);
}

TEST("a caller who never fetches gets an error that only a reset clears") {
  Bench bench(1, 100);
  Collector& collector = bench.collector();
  collector.StartCollection();
  FeedSeconds(bench, 0, 6);
  CHECK(collector.state() == CollectorState::kError);
  CHECK_CODE(bench.Feed(181, 6000), "ENGINE_STATE");
  CHECK_CODE(collector.ForceComplete(), "ENGINE_STATE");
  collector.CancelCollection();
  CHECK(collector.state() == CollectorState::kError);
  for (std::uint32_t i = 0; i < Collector::kReadyChunksMax; ++i) CHECK(collector.GetChunkData()->chunk_number == i);
  CHECK(!collector.GetChunkData());
  CHECK(collector.state() == CollectorState::kError);
  collector.ResetCollection();
  CHECK(collector.state() == CollectorState::kWaiting);
  collector.StartCollection();
  FeedSeconds(bench, 0, 1);
  CHECK(collector.GetChunkData()->chunk_number == 0);
}

TEST("the last chunk always finds room in the queue") {
  Bench bench(1, 6);
  bench.collector().StartCollection();
  FeedSeconds(bench, 0, 6);
  CHECK(bench.collector().state() == CollectorState::kCompleted);
  for (std::uint32_t i = 0; i < 6; ++i) CHECK(bench.collector().GetChunkData()->chunk_number == i);
}

TEST("a window without a face takes no number") {
  Bench bench(2, 4);
  Collector& collector = bench.collector();
  collector.StartCollection();
  FeedSeconds(bench, 0, 2, false);
  CHECK(collector.state() == CollectorState::kChunkReady);
  CHECK(!collector.GetChunkData());
  CHECK(collector.state() == CollectorState::kCollecting);
  FeedSeconds(bench, 2, 4);
  CHECK(collector.GetChunkData()->chunk_number == 0);
  FeedSeconds(bench, 4, 6, false);
  CHECK(!collector.GetChunkData());
  FeedSeconds(bench, 6, 8);
  const auto last = collector.GetChunkData();
  CHECK(last && last->valid && last->chunk_number == 1 && last->start_frame == 181 && last->start_time_s == 6);
}

TEST("the last window is delivered without a face when a chunk came before it") {
  Bench bench(2, 2);
  bench.collector().StartCollection();
  FeedSeconds(bench, 0, 2);
  CHECK(bench.collector().GetChunkData()->valid);
  FeedSeconds(bench, 2, 4, false);
  const auto last = bench.collector().GetChunkData();
  CHECK(last && !last->valid && last->chunk_number == 1);
  CHECK(Has(*last, "\"faceFrames\":0,"));
}

TEST("a measurement without any face delivers nothing") {
  Bench bench(2, 2);
  bench.collector().StartCollection();
  FeedSeconds(bench, 0, 2, false);
  CHECK(!bench.collector().GetChunkData());
  FeedSeconds(bench, 2, 3, false);
  bench.collector().ForceComplete();
  CHECK(bench.collector().state() == CollectorState::kCompleted);
  CHECK(!bench.collector().GetChunkData());
}

TEST("a second of face is enough, less is not") {
  for (const int frames : {29, 30}) {
    Bench bench(5, 1);
    bench.collector().StartCollection();
    for (int i = 0; i < 150; ++i) bench.Feed(static_cast<std::uint32_t>(i + 1), i * 1000.0 / 30, i < frames);
    CHECK(bench.collector().GetChunkData().has_value() == (frames == 30));
  }
}

TEST("a forced end without frames completes and delivers nothing") {
  Bench bench(5, 2);
  bench.collector().StartCollection();
  bench.collector().ForceComplete();
  CHECK(bench.collector().state() == CollectorState::kCompleted);
  CHECK(!bench.collector().GetChunkData());
}

TEST("cancelling throws away what was collected and keeps the settings") {
  Bench bench(2, 3);
  bench.collector().SetProperty("age", "41");
  bench.collector().StartCollection();
  FeedSeconds(bench, 0, 3);
  bench.collector().CancelCollection();
  CHECK(!bench.collector().GetChunkData());
  bench.collector().StartCollection();
  FeedSeconds(bench, 0, 2);
  const auto payload = bench.collector().GetChunkData();
  CHECK(payload && payload->chunk_number == 0 && payload->number_chunks == 3 && payload->end_frame == 60);
  CHECK(Has(*payload, "\"age\":\"41\""));
}

TEST("properties are bounded and escaped") {
  Bench bench(2, 1);
  Collector& collector = bench.collector();
  CHECK_CODE(collector.SetProperty("", "x"), "ENGINE_ARGUMENT");
  CHECK_CODE(collector.SetProperty(std::string(65, 'k'), "x"), "ENGINE_ARGUMENT");
  CHECK_CODE(collector.SetProperty("k", std::string(1025, 'v')), "ENGINE_ARGUMENT");
  CHECK_CODE(collector.SetProperty("dfxterm", "9"), "ENGINE_ARGUMENT");
  CHECK_CODE(collector.SetProperty("extraction", "9"), "ENGINE_ARGUMENT");
  collector.SetProperty("note", "a \"quote\"\n\\");
  for (int i = 0; i < 127; ++i) collector.SetProperty("key" + std::to_string(i), "v");
  collector.SetProperty("key0", "again");
  CHECK_CODE(collector.SetProperty("one more", "v"), "ENGINE_ARGUMENT");
  collector.StartCollection();
  FeedSeconds(bench, 0, 2);
  const auto payload = collector.GetChunkData();
  CHECK(Has(*payload, R"("note":"a \"quote\"\u000a\\")"));
  CHECK(Has(*payload, "\"key0\":\"again\""));
}

TEST("markers are bounded") {
  Bench bench(2, 1);
  bench.collector().StartCollection();
  CHECK_CODE(bench.collector().AddMarker(std::string(257, 'm')), "ENGINE_ARGUMENT");
  for (int i = 0; i < 64; ++i) bench.collector().AddMarker("m");
  CHECK_CODE(bench.collector().AddMarker("m"), "ENGINE_ARGUMENT");
  bench.Feed(1, 0);
  CHECK_CODE(bench.collector().AddMarker("m"), "ENGINE_ARGUMENT");
}

TEST("no pose points of any kind break the engine") {
  const float strange[] = {0, -1, 1e-30F, 1e30F, -1e30F, 17.5F, 4e4F, -2e4F, std::numeric_limits<float>::infinity(),
                           std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::max()};
  std::mt19937 random(99);
  std::uniform_int_distribution<std::size_t> pick(0, std::size(strange) - 1);
  std::uniform_real_distribution<float> near(-300, 500);
  Bench bench(1, 1000);
  bench.collector().StartCollection();
  std::vector<float> floats(PointNames().size() * kFloatsPerPoint);
  for (std::uint32_t i = 0; i < 4000; ++i) {
    for (float& value : floats) value = random() % 8 == 0 ? strange[pick(random)] : near(random);
    PointsFromFloats(floats, bench.points());
    if (bench.Feed(i + 1, i * 1000.0 / 30) != CollectorState::kChunkReady) continue;
    CHECK(bench.collector().GetChunkData());
  }
}

TEST("the frame size may change in the middle") {
  Bench bench(2, 1);
  bench.collector().StartCollection();
  FeedSeconds(bench, 0, 1);
  bench.picture() = OwnedPicture(95, 71, Range::kLimited, Matrix::kBt709);
  FeedSeconds(bench, 1, 2);
  const auto payload = bench.collector().GetChunkData();
  CHECK(payload && Has(*payload, R"("video":{"widthPx":95,"heightPx":71,"fullRange":false,"bt709":true})"));
}

TEST("a reset forgets where the background patch was") {
  Bench bench(2, 1);
  bench.picture() = OwnedPicture(640, 200);
  const auto patch_at = [&](double cx) {
    bench.points() = FacePoints(cx, 100);
    bench.Feed(1, 0);
    return bench.collector().regions()[1].outer.at(0).x;
  };
  const double right = patch_at(316);
  CHECK(right > 316);
  CHECK_NEAR(patch_at(326), right, 0);
  bench.collector().ResetCollection();
  CHECK(patch_at(326) < 326);
}

TEST("a factory without a study makes no collector") {
  Factory factory;
  CHECK_CODE(factory.CreateCollector(PointNames()), "ENGINE_STUDY");
}

TEST("numbers are written as protobuf writes them") {
  // The examples of https://protobuf.dev/programming-guides/encoding/.
  ProtobufWriter writer;
  writer.Unsigned(1, 150);
  writer.Text(2, "testing");
  const std::uint32_t packed[] = {3, 270, 86942};
  writer.Packed(6, std::span<const std::uint32_t>(packed));
  const std::vector<std::uint8_t> expected{0x08, 0x96, 0x01, 0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e,
                                           0x67, 0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05};
  CHECK(writer.Take() == expected);
}
