#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chunk_clock.h"
#include "chunk_data.h"
#include "frame.h"
#include "head_pose.h"
#include "payload_writer.h"
#include "region_shape.h"
#include "region_sums.h"
#include "study.h"

namespace dfxterm::extraction {

enum class CollectorState : std::uint8_t { kWaiting, kCollecting, kChunkReady, kCompleted, kError };

// Collects frames into chunks; states and transitions are the DFX SDK's.
//
//   WAITING --StartCollection--> COLLECTING --window full--> CHUNKREADY --GetChunkData--> COLLECTING
//                                     |------ last window full, ForceComplete ------> COMPLETED
//   any but ERROR --CancelCollection--> WAITING      any --ResetCollection--> WAITING
//
// - A ready chunk that is not fetched stays queued while frames go on into the next one. When kReadyChunksMax
//   wait and another is sealed (the last one always finds room), the state becomes ERROR: the caller does not
//   fetch. What waits can still be fetched.
// - A window with too little face (StudyLimits::face_seconds_min) is announced like any other, but GetChunkData
//   returns nothing for it and it takes no number: the numbers of the chunks that are fetched count up from 0
//   without holes, as the protocol wants. Exception: the last window, when one was fetchable before it, is
//   delivered with valid = false, because the protocol ends with a LAST chunk.
// - Frames that are not later than the one before are ignored and counted, as are those beyond kFramesMax in
//   one window.
// Not thread-safe.
class Collector {
 public:
  // Throws EngineError("ENGINE_STUDY") when the study needs a point that `point_names` lacks.
  Collector(std::shared_ptr<const Study> study, std::vector<std::string> point_names);

  // Settings of the next collection; ENGINE_STATE while one is going on, ENGINE_ARGUMENT out of range.
  void SetTargetFps(double rate_hz);                // 1 to 1000, default 30; a hint only
  void SetChunkDurationSeconds(double duration_s);  // 1 to 30, default 15
  void SetNumberChunks(std::uint32_t count);        // 1 to 100 000, default 1

  // Text for the metadata of the chunks that are sealed from now on. Keys of 1 to 64 bytes, values up to 1024,
  // 128 properties; ENGINE_ARGUMENT otherwise and for keys that the engine writes itself.
  void SetProperty(const std::string& key, const std::string& value);
  // Marks the next frame that is stored; up to 256 bytes and 64 markers in a chunk.
  void AddMarker(const std::string& text);

  void StartCollection();  // ENGINE_STATE unless WAITING
  // Defines the regions of a frame, for drawing; ExtractChannels does it as well.
  CollectorState DefineRegions(const Frame& frame);
  // Stores a frame (while WAITING or after COMPLETED nothing is stored). A face must bring point_count()
  // points and a frame a time of 0 to 1e12 ms: ENGINE_ARGUMENT otherwise. ENGINE_STATE in ERROR.
  CollectorState ExtractChannels(const Frame& frame);
  // Seals what is left as the last chunk. ENGINE_STATE while WAITING or in ERROR; nothing happens twice.
  void ForceComplete();
  // The oldest ready chunk; nothing when none is ready, also because the window that was announced holds too
  // little face.
  std::optional<Payload> GetChunkData();
  void CancelCollection();
  // As CancelCollection, and leaves ERROR too. Settings and properties stay.
  void ResetCollection();

  CollectorState state() const { return state_; }
  std::size_t point_count() const { return point_names_.size(); }
  const Study& study() const { return *study_; }
  // Regions of the last frame, in the order of the study.
  const std::vector<RegionShape>& regions() const { return mapper_.shapes(); }

  static constexpr std::size_t kReadyChunksMax = 5;
  // The longest chunk at 240 Hz; the decoder in src/wire/payload-fields.ts takes no more.
  static constexpr std::size_t kFramesMax = 30 * 240 + 240;

 private:
  enum class SealReason { kWindowFull, kGap, kForced };

  void RequireWaiting(const char* what) const;
  void Collect(const Frame& frame);
  void Store(const Frame& frame);
  void Seal(SealReason reason);
  Payload MakePayload(SealReason reason, bool is_valid) const;
  bool HasEnoughFace() const;

  std::shared_ptr<const Study> study_;
  std::vector<std::string> point_names_;
  RegionMapper mapper_;
  HeadPoseEstimator pose_estimator_;
  RegionScanner scanner_;
  std::vector<RegionMeans> means_;

  double target_rate_hz_ = 30;
  double chunk_duration_s_ = 15;
  std::uint32_t number_chunks_ = 1;
  Properties properties_;

  CollectorState state_ = CollectorState::kWaiting;
  ChunkClock clock_;
  ChunkData chunk_;
  std::vector<std::string> pending_markers_;
  std::deque<Payload> ready_;
  std::uint32_t windows_sealed_ = 0;
  std::uint32_t chunks_numbered_ = 0;
  MetadataFacts facts_;
};

}  // namespace dfxterm::extraction
