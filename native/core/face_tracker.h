#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "face_detector.h"
#include "face_landmarks.h"
#include "face_landmarks_filter.h"
#include "picture.h"

namespace dfxterm {

// When the detector runs:
//   kBrute   on every frame
//   kFast    about once a second; while there is no face, four times a second (frames between have no face)
//   kSmart   about once a second; while there is no face, on every frame
enum class DetectStrategy { kBrute, kFast, kSmart };

struct TrackState {
  // Probability in [0, 1] of the face that is tracked; 0 without one.
  float presence = 0;
  // The detector found the face in this frame.
  bool detected = false;
  std::int64_t detector_runs = 0;
  // Where the landmarks were looked for; size 0 without a face.
  Square region;
};

// Follows one face through a video.
//
//   no face --- a candidate of the detector in which FaceMesh sees a face ---> face
//   face    --- FaceMesh sees none where the last frame's face was ----------> no face, looks again at once
//
// The same pictures and times give the same result.
class FaceTracker {
 public:
  // Throws EngineError("ENGINE_MODEL").
  FaceTracker(std::span<const std::uint8_t> detector_model, std::span<const std::uint8_t> mesh_model,
              DetectStrategy strategy);

  // Writes kLandmarkFloats numbers when it returns true (a face is there); otherwise landmarks are left alone.
  // Times are those of the video; when they jump back, the tracker forgets when it last looked.
  bool Track(const Picture& picture, double timestamp_ms, std::span<float> landmarks);

  const TrackState& state() const { return state_; }

  // Forgets the face.
  void Reset();

 private:
  struct Memory {
    Box box;
    double seen_ms;
  };
  static constexpr std::size_t kMaxRegions = 5;
  struct Regions {
    std::array<Square, kMaxRegions> squares;
    std::size_t count = 0;
    void Add(const Square& square);
  };

  void NoticeTime(const Picture& picture, double timestamp_ms);
  // Landmarks where the last frame's face was.
  void Follow(const Picture& picture);
  bool IsCheckDue() const;
  // Lets the detector confirm the face, or move to another one when this one is doubtful.
  void Check(const Picture& picture);
  bool MaySearch() const;
  void Search(const Picture& picture);
  bool FindIn(const Picture& picture, const Regions& regions);
  bool TryRegion(const Picture& picture, const Square& region);
  // Looks everywhere for a face that is larger than the one just taken.
  void PreferLarger(const Picture& picture, const Regions& regions);
  Regions RegionsToSearch(const Picture& picture) const;
  std::span<const Candidate> Detect(const Picture& picture, const Square& square);
  // Puts the likeliest candidates into order_, best first.
  void Rank(std::span<const Candidate> candidates);
  void Insert(const Candidate& candidate);
  // A face was there so lately that the same person is looked for.
  bool Remembers() const;
  float Rating(const Candidate& candidate) const;
  // The first of order_ in which FaceMesh sees a face becomes the tracked one.
  bool AcceptAny(const Picture& picture, float min_presence);
  bool Accept(const Picture& picture, const Candidate& candidate, float min_presence);
  void Lose();

  FaceDetector detector_;
  FaceLandmarks mesh_;
  LandmarkFilter filter_;
  DetectStrategy strategy_;
  TrackState state_;
  bool has_face_ = false;
  // Where to look in the next frame.
  Square next_region_;
  std::vector<float> points_;
  std::vector<float> trial_;
  std::vector<Candidate> order_;
  // What the detector said of the tracked face when it was found.
  Candidate taken_;
  std::optional<Memory> memory_;
  double now_ms_ = 0;
  std::optional<double> last_frame_ms_;
  std::optional<double> last_detection_ms_;
  // Frames searched in vain since there was a face.
  std::size_t vain_searches_ = 0;
  int width_px_ = 0;
  int height_px_ = 0;
};

}  // namespace dfxterm
