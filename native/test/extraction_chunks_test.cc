#include <cmath>
#include <optional>
#include <random>
#include <vector>

#include "check.h"
#include "chunk_clock.h"
#include "extraction_fixture.h"

using namespace dfxterm;
using namespace dfxterm::test;

namespace {

struct Run {
  std::vector<Payload> chunks;
  std::size_t nulls = 0;
  std::uint32_t completed_at = 0;  // number of the frame that completed the collection; 0: none
};

// Feeds frames numbered from 1 and fetches every chunk at once, as a client does.
Run FeedAll(Bench& bench, const std::vector<double>& times_ms) {
  Run run;
  const auto fetch = [&] {
    if (auto payload = bench.collector().GetChunkData()) {
      run.chunks.push_back(std::move(*payload));
    } else {
      ++run.nulls;
    }
  };
  bench.collector().StartCollection();
  for (std::uint32_t i = 0; i < times_ms.size(); ++i) {
    const CollectorState state = bench.Feed(i + 1, times_ms[i]);
    if (state == CollectorState::kChunkReady) fetch();
    if (state != CollectorState::kCompleted) continue;
    run.completed_at = i + 1;
    fetch();
    break;
  }
  return run;
}

std::vector<double> Steady(double rate_hz, std::size_t count, double start_ms = 0) {
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) times.push_back(start_ms + static_cast<double>(i) * 1000 / rate_hz);
  return times;
}

std::uint32_t FramesIn(const Payload& payload) { return payload.end_frame - payload.start_frame + 1; }

void CheckContiguous(const Run& run) {
  for (std::size_t i = 0; i < run.chunks.size(); ++i) {
    CHECK(run.chunks[i].chunk_number == i);
    if (i > 0) CHECK(run.chunks[i].start_frame == run.chunks[i - 1].end_frame + 1);
    if (i > 0) CHECK(run.chunks[i].start_time_s >= run.chunks[i - 1].end_time_s);
  }
}

void CheckSteady(double rate_hz, double chunk_s, std::uint32_t chunks) {
  const auto count = static_cast<std::size_t>(std::ceil(rate_hz * chunk_s * chunks));
  Bench bench(chunk_s, chunks, rate_hz);
  const Run run = FeedAll(bench, Steady(rate_hz, count));
  CHECK(run.chunks.size() == chunks);
  CheckContiguous(run);
  // The last chunk is complete with the last frame, not one later.
  CHECK(run.completed_at == count);
  for (const Payload& chunk : run.chunks) {
    CHECK(std::abs(static_cast<double>(FramesIn(chunk)) - rate_hz * chunk_s) < 1);
    CHECK_NEAR(chunk.duration_s, chunk_s, 0.7 / rate_hz);
    CHECK(chunk.valid);
  }
}

}  // namespace

TEST("chunks hold the frames of their time at every usual rate") {
  for (const double rate_hz : {15.0, 24.0, 25.0, 29.97, 30.0, 60.0}) {
    for (const double chunk_s : {1.0, 2.5, 5.0}) CheckSteady(rate_hz, chunk_s, 4);
  }
  CheckSteady(30, 15, 4);
}

TEST("15 s at 30 frames/s are 450 frames, numbered without overlap") {
  Bench bench(15, 2);
  const Run run = FeedAll(bench, Steady(30, 900));
  CHECK(run.chunks.size() == 2);
  CHECK(run.chunks[0].start_frame == 1 && run.chunks[0].end_frame == 450);
  CHECK(run.chunks[1].start_frame == 451 && run.chunks[1].end_frame == 900);
  CHECK(run.chunks[0].start_time_s == 0 && run.chunks[0].end_time_s == 15);
  CHECK(run.chunks[1].start_time_s == 15 && run.chunks[1].end_time_s == 30);
  CHECK(run.chunks[1].first_chunk_start_time_s == 0 && run.chunks[1].number_chunks == 2);
  CHECK_NEAR(run.chunks[1].duration_s, 15, 1e-5);
}

TEST("times that a container rounded to milliseconds give the same chunks") {
  for (const double rate_hz : {24.0, 25.0, 29.97, 30.0, 60.0}) {
    std::vector<double> times = Steady(rate_hz, static_cast<std::size_t>(std::lround(rate_hz * 10)));
    for (double& time : times) time = std::round(time);
    Bench bench(5, 2, rate_hz);
    const Run run = FeedAll(bench, times);
    CHECK(run.chunks.size() == 2);
    CHECK(run.completed_at == times.size());
    CHECK(std::abs(static_cast<double>(FramesIn(run.chunks[0])) - rate_hz * 5) < 1);
  }
}

TEST("a clip of 30 s at 29.97 frames/s is complete with its last frame") {
  // The frame that would follow is due 3 ms before the end.
  Bench bench(15, 2, 29.97);
  const Run run = FeedAll(bench, Steady(29.97, 899));
  CHECK(run.chunks.size() == 2 && run.completed_at == 899);
}

TEST("a wrong rate hint changes nothing once frames have come") {
  Bench bench(5, 2, 15);
  const Run run = FeedAll(bench, Steady(60, 600));
  CHECK(run.chunks.size() == 2 && FramesIn(run.chunks[0]) == 300 && run.completed_at == 600);
}

TEST("jittered and missing frames are stored once each, in contiguous chunks") {
  std::mt19937 random(7);
  std::normal_distribution<double> jitter(0, 8);
  std::uniform_real_distribution<double> chance(0, 1);
  std::vector<double> times;
  for (int i = 0; i < 900; ++i) {
    if (chance(random) < 0.1) continue;
    const double time = std::max(0.0, i * 1000.0 / 30 + jitter(random));
    if (times.empty() || time > times.back()) times.push_back(time);
  }
  Bench bench(5, 6);
  Run run = FeedAll(bench, times);
  if (run.completed_at == 0) {
    bench.collector().ForceComplete();
    run.chunks.push_back(*bench.collector().GetChunkData());
  }
  CHECK(run.chunks.size() == 6);
  CheckContiguous(run);
  for (const Payload& chunk : run.chunks) CHECK_NEAR(chunk.duration_s, 5, 0.12);
  CHECK(run.chunks.front().start_frame == 1);
  CHECK(times.size() - run.chunks.back().end_frame <= 2);
}

TEST("a video shorter than a chunk becomes one short chunk when it is forced") {
  Bench bench(15, 1);
  const Run run = FeedAll(bench, Steady(30, 100));
  CHECK(run.chunks.empty() && run.completed_at == 0);
  bench.collector().ForceComplete();
  CHECK(bench.collector().state() == CollectorState::kCompleted);
  const auto payload = bench.collector().GetChunkData();
  CHECK(payload && payload->valid && payload->start_frame == 1 && payload->end_frame == 100);
  CHECK(payload->start_time_s == 0 && payload->end_time_s == 4);
  CHECK_NEAR(payload->duration_s, 100 / 30.0, 1e-4);
  CHECK(!bench.collector().GetChunkData());
}

TEST("the clock may begin anywhere") {
  Bench bench(5, 2);
  const Run run = FeedAll(bench, Steady(30, 300, 12'700));
  CHECK(run.chunks.size() == 2 && run.completed_at == 300);
  CHECK(run.chunks[0].first_chunk_start_time_s == 12 && run.chunks[0].start_time_s == 12);
  CHECK(run.chunks[0].end_time_s == 17 && run.chunks[1].start_time_s == 17 && run.chunks[1].end_time_s == 22);
}

TEST("a pause inside a window leaves the windows where they are") {
  std::vector<double> times = Steady(30, 120);                   // 0 to 4 s
  for (const double time : Steady(30, 90, 7000)) times.push_back(time);  // 7 to 10 s
  Bench bench(5, 2);
  const Run run = FeedAll(bench, times);
  CHECK(run.chunks.size() == 2);
  CheckContiguous(run);
  CHECK(FramesIn(run.chunks[0]) == 120 && run.chunks[0].end_time_s == 5);
  CHECK(FramesIn(run.chunks[1]) == 90 && run.chunks[1].end_time_s == 10);
}

TEST("a pause longer than a chunk makes no empty chunks and the next chunk is whole") {
  std::vector<double> times = Steady(30, 60);
  for (const double time : Steady(30, 300, 3'600'000)) times.push_back(time);
  Bench bench(5, 3);
  const Run run = FeedAll(bench, times);
  CHECK(run.chunks.size() == 3 && run.nulls == 0);
  CheckContiguous(run);
  CHECK(FramesIn(run.chunks[0]) == 60 && run.chunks[0].end_time_s == 2);
  CHECK(FramesIn(run.chunks[1]) == 150 && run.chunks[1].start_time_s == 3600 && run.chunks[1].end_time_s == 3605);
  CHECK(FramesIn(run.chunks[2]) == 150);
}

TEST("a pause right after a full chunk makes no empty chunk either") {
  std::vector<double> times = Steady(30, 150);
  for (const double time : Steady(30, 150, 60'000)) times.push_back(time);
  Bench bench(5, 2);
  const Run run = FeedAll(bench, times);
  CHECK(run.chunks.size() == 2 && run.nulls == 0 && FramesIn(run.chunks[1]) == 150);
}

TEST("frames slower than the chunks do not make a chunk without end") {
  Bench bench(1, 3, 1);
  const Run run = FeedAll(bench, {0, 4000, 8000, 12'000, 16'000});
  // One frame each: too little face for any of them.
  CHECK(run.chunks.empty() && run.nulls == 3 && run.completed_at == 4);
}

TEST("time that stands still or runs backwards is ignored and counted") {
  Bench bench(5, 1);
  bench.collector().StartCollection();
  std::uint32_t number = 0;
  for (int i = 0; i < 60; ++i) bench.Feed(++number, i * 1000.0 / 30);
  bench.Feed(++number, 59 * 1000.0 / 30);
  bench.Feed(++number, 500);
  bench.Feed(++number, 0);
  bench.Feed(++number, 2000);
  bench.collector().ForceComplete();
  const auto payload = bench.collector().GetChunkData();
  CHECK(payload && payload->end_frame == 64);
  CHECK(payload->metadata.find("\"frames\":61,") != std::string::npos);
  CHECK(payload->metadata.find("\"ignoredFrames\":3,") != std::string::npos);
}

TEST("more frames than a chunk takes are ignored and counted") {
  Bench bench(30, 1, 1000);
  const Run run = FeedAll(bench, Steady(1000, 30'000));
  CHECK(run.chunks.size() == 1);
  CHECK(run.chunks[0].metadata.find("\"frames\":7440,") != std::string::npos);
  CHECK(run.chunks[0].metadata.find("\"ignoredFrames\":22560,") != std::string::npos);
}

TEST("any order of times ends in contiguous chunks") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> exponent(-1, seed % 3 == 0 ? 5 : 2.2);
    std::vector<double> times{0};
    for (int i = 0; i < 600; ++i) {
      const double step = std::pow(10, exponent(random));
      times.push_back(std::max(0.0, times.back() + (i % 17 == 0 ? -step : step)));
    }
    Bench bench(1 + seed % 5, 1000);
    bench.collector().StartCollection();
    std::uint32_t last_end = 0;
    std::uint32_t fetched = 0;
    for (std::uint32_t i = 0; i < times.size(); ++i) {
      if (bench.Feed(i + 1, times[i]) != CollectorState::kChunkReady) continue;
      // A frame may end one chunk and fill the next at once.
      while (bench.collector().state() == CollectorState::kChunkReady) {
        const auto payload = bench.collector().GetChunkData();
        if (!payload) continue;
        CHECK(payload->chunk_number == fetched++);
        CHECK(payload->start_frame > last_end && payload->end_frame >= payload->start_frame);
        CHECK(payload->end_time_s >= payload->start_time_s && payload->duration_s > 0);
        last_end = payload->end_frame;
      }
    }
  }
}
