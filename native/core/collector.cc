#include "collector.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine_error.h"

namespace dfxterm::extraction {
namespace {

constexpr std::size_t kPropertiesMax = 128;
constexpr std::size_t kPropertyKeyBytesMax = 64;
constexpr std::size_t kPropertyValueBytesMax = 1024;
constexpr std::size_t kMarkersMax = 64;
constexpr std::size_t kMarkerBytesMax = 256;
// Below 5 frames/s there is no pulse to see: such frames do not count as more face than this each.
constexpr double kFrameFaceMsMax = 200;
constexpr double kTimestampMsMax = 1e12;

[[noreturn]] void RefuseState(const std::string& what) { throw EngineError("ENGINE_STATE", what); }
[[noreturn]] void RefuseArgument(const std::string& what) { throw EngineError("ENGINE_ARGUMENT", what); }

void CheckBetween(double value, double low, double high, const char* what) {
  if (value >= low && value <= high) return;
  RefuseArgument(std::string(what) + " must be between " + std::to_string(static_cast<int>(low)) + " and " +
                 std::to_string(static_cast<int>(high)));
}

std::uint32_t WholeSeconds(double ms) { return static_cast<std::uint32_t>(std::floor(ms / 1000)); }

}  // namespace

Collector::Collector(std::shared_ptr<const Study> study, std::vector<std::string> point_names)
    : study_(std::move(study)),
      point_names_(std::move(point_names)),
      mapper_(*study_, point_names_),
      pose_estimator_(point_names_),
      means_(study_->regions.size()),
      clock_(0, 0),
      chunk_(*study_) {
  facts_.study_id = study_->id;
}

void Collector::SetTargetFps(double rate_hz) {
  RequireWaiting("the frame rate");
  CheckBetween(rate_hz, 1, 1000, "the frame rate in Hz");
  target_rate_hz_ = rate_hz;
}

void Collector::SetChunkDurationSeconds(double duration_s) {
  RequireWaiting("the chunk length");
  CheckBetween(duration_s, 1, 30, "the chunk length in seconds");
  chunk_duration_s_ = duration_s;
}

void Collector::SetNumberChunks(std::uint32_t count) {
  RequireWaiting("the number of chunks");
  CheckBetween(count, 1, 100'000, "the number of chunks");
  number_chunks_ = count;
}

void Collector::SetProperty(const std::string& key, const std::string& value) {
  if (key.empty() || key.size() > kPropertyKeyBytesMax) RefuseArgument("a property's key must have 1 to 64 bytes");
  if (value.size() > kPropertyValueBytesMax) RefuseArgument("property " + key + " is longer than 1024 bytes");
  if (IsReservedKey(key)) RefuseArgument("property " + key + " is written by the engine itself: choose another key");
  if (properties_.size() >= kPropertiesMax && !properties_.contains(key)) {
    RefuseArgument("there are more than 128 properties");
  }
  properties_[key] = value;
}

void Collector::AddMarker(const std::string& text) {
  if (text.size() > kMarkerBytesMax) RefuseArgument("a marker must not be longer than 256 bytes");
  if (pending_markers_.size() + chunk_.markers.size() >= kMarkersMax) {
    RefuseArgument("a chunk takes no more than 64 markers");
  }
  pending_markers_.push_back(text);
}

void Collector::StartCollection() {
  RequireWaiting("the collection");
  clock_ = ChunkClock(chunk_duration_s_ * 1000, 1000 / target_rate_hz_);
  // Room for a chunk at the announced rate and a little more, so that no frame waits for memory.
  const double frames = chunk_duration_s_ * target_rate_hz_ * 1.1 + 16;
  chunk_.Reserve(std::min(kFramesMax, static_cast<std::size_t>(frames)));
  state_ = CollectorState::kCollecting;
}

CollectorState Collector::DefineRegions(const Frame& frame) {
  if (frame.face && frame.face->points.size() != point_names_.size()) {
    RefuseArgument("the face has " + std::to_string(frame.face->points.size()) + " pose points, " +
                   std::to_string(point_names_.size()) + " were announced");
  }
  mapper_.Define(frame.face, frame.video.picture.width_px, frame.video.picture.height_px);
  return state_;
}

CollectorState Collector::ExtractChannels(const Frame& frame) {
  if (state_ == CollectorState::kError) RefuseState("the collector has failed: reset it before the next frame");
  const double now_ms = frame.video.timestamp_ms;
  if (!(now_ms >= 0 && now_ms <= kTimestampMsMax)) RefuseArgument("a frame's time must be between 0 and 1e12 ms");
  DefineRegions(frame);
  if (state_ == CollectorState::kWaiting || state_ == CollectorState::kCompleted) return state_;
  try {
    Collect(frame);
  } catch (...) {
    // The columns may be of different lengths now; nothing more can come of this collection.
    state_ = CollectorState::kError;
    throw;
  }
  return state_;
}

void Collector::ForceComplete() {
  if (state_ == CollectorState::kCompleted) return;
  if (state_ == CollectorState::kWaiting) RefuseState("there is no collection to complete");
  if (state_ == CollectorState::kError) RefuseState("the collector has failed: reset it first");
  if (chunk_.size() > 0) Seal(SealReason::kForced);
  if (state_ != CollectorState::kError) state_ = CollectorState::kCompleted;
}

std::optional<Payload> Collector::GetChunkData() {
  std::optional<Payload> payload;
  if (!ready_.empty()) {
    payload = std::move(ready_.front());
    ready_.pop_front();
  }
  if (ready_.empty() && state_ == CollectorState::kChunkReady) state_ = CollectorState::kCollecting;
  return payload;
}

void Collector::CancelCollection() {
  if (state_ == CollectorState::kError) return;
  ResetCollection();
}

void Collector::ResetCollection() {
  chunk_.Clear();
  pending_markers_.clear();
  ready_.clear();
  windows_sealed_ = 0;
  chunks_numbered_ = 0;
  facts_.ignored_frames = 0;
  mapper_.Reset();
  state_ = CollectorState::kWaiting;
}

void Collector::RequireWaiting(const char* what) const {
  if (state_ == CollectorState::kWaiting) return;
  RefuseState(std::string(what) + " can only be set or started before a collection: cancel or reset it first");
}

void Collector::Collect(const Frame& frame) {
  const double now_ms = frame.video.timestamp_ms;
  switch (clock_.Ask(now_ms)) {
    case ChunkClock::Before::kIgnore:
      ++facts_.ignored_frames;
      return;
    case ChunkClock::Before::kSeal:
      Seal(SealReason::kWindowFull);
      break;
    case ChunkClock::Before::kGap:
      if (chunk_.size() > 0) Seal(SealReason::kGap);
      clock_.NextWindowAfterGap(now_ms);
      break;
    case ChunkClock::Before::kStore:
      break;
  }
  // Sealing may have ended the collection; this frame then lies behind its end.
  if (state_ == CollectorState::kCompleted || state_ == CollectorState::kError) return;
  Store(frame);
  if (clock_.IsFull()) Seal(SealReason::kWindowFull);
}

void Collector::Store(const Frame& frame) {
  clock_.Add(frame.video.timestamp_ms);
  if (chunk_.size() >= kFramesMax) {
    ++facts_.ignored_frames;
    return;
  }
  const std::vector<RegionShape>& shapes = mapper_.shapes();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    means_[i] = scanner_.Measure(frame.video.picture, shapes[i], study_->limits);
  }
  chunk_.Add(frame, frame.face ? pose_estimator_.Estimate(*frame.face) : HeadPose{}, means_);
  for (std::string& text : pending_markers_) chunk_.markers.push_back({frame.video.number, std::move(text)});
  pending_markers_.clear();
  facts_.format = frame.video.picture;
}

void Collector::Seal(SealReason reason) {
  const bool is_last = reason == SealReason::kForced || windows_sealed_ + 1 == number_chunks_;
  const bool has_face = HasEnoughFace();
  if (has_face || (is_last && chunks_numbered_ > 0)) {
    if (ready_.size() >= kReadyChunksMax && !is_last) {
      state_ = CollectorState::kError;
      return;
    }
    ready_.push_back(MakePayload(reason, has_face));
    ++chunks_numbered_;
  }
  chunk_.Clear();
  ++windows_sealed_;
  if (reason == SealReason::kWindowFull) clock_.NextWindow();
  state_ = is_last ? CollectorState::kCompleted : CollectorState::kChunkReady;
}

Payload Collector::MakePayload(SealReason reason, bool is_valid) const {
  const double end_ms = std::min(clock_.last_ms() + clock_.interval_ms(), clock_.window_end_ms());
  Payload payload;
  payload.valid = is_valid;
  payload.start_frame = chunk_.frame_number.front();
  payload.end_frame = chunk_.frame_number.back();
  payload.chunk_number = chunks_numbered_;
  payload.number_chunks = number_chunks_;
  payload.first_chunk_start_time_s = WholeSeconds(clock_.origin_ms());
  payload.start_time_s = WholeSeconds(clock_.window_start_ms());
  // A full window ends where the next begins, in whole seconds too (0-5, 5-10, ...); a short one is rounded up.
  payload.end_time_s = reason == SealReason::kWindowFull ? WholeSeconds(clock_.window_end_ms())
                                                         : static_cast<std::uint32_t>(std::ceil(end_ms / 1000));
  payload.duration_s = static_cast<float>((end_ms - chunk_.timestamp_ms.front()) / 1000);
  payload.payload = EncodePayload(chunk_, payload.chunk_number);
  payload.metadata = EncodeMetadata(chunk_, facts_, properties_);
  return payload;
}

bool Collector::HasEnoughFace() const {
  const double frame_ms = std::min(clock_.interval_ms(), kFrameFaceMsMax);
  // A thousandth of a frame of tolerance: 30 frames of 33.333 ms are a second.
  return (static_cast<double>(chunk_.face_frames) + 1e-3) * frame_ms >= study_->limits.face_seconds_min * 1000;
}

}  // namespace dfxterm::extraction
