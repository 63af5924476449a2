#include "face_tracker.h"

#include <algorithm>
#include <cmath>

#include "cpu_features.h"

namespace dfxterm {
namespace {

// FaceMesh's own limit between face and no face.
constexpr float kMinPresence = 0.5f;
// Below this a tracked face is doubtful enough to prefer another one; real faces give more than 0.99.
constexpr float kDoubtfulPresence = 0.8f;
constexpr double kCheckIntervalMs = 1000;
constexpr double kFastSearchIntervalMs = 250;
// For so long after a loss a face near the old place is taken for the same person.
constexpr double kMemoryMs = 2000;
// Candidates of one detection that FaceMesh is asked about.
constexpr std::size_t kMaxTrials = 4;
constexpr float kMinRegionPx = 16;
// Overlap of the detector's box with the box of the landmarks from which on they are one face.
constexpr float kSameFace = 0.2f;
// A face that moves by this part of its size between two frames has jumped: smoothing would smear it.
constexpr float kJump = 0.3f;

// A square of the given side whose centre is as near to (x, y) as the picture's borders allow.
Square SquareInside(const Picture& picture, float side, float x, float y) {
  const auto inside = [side](float center, int length_px) {
    const float length = static_cast<float>(length_px);
    if (side >= length) return length / 2;
    return std::clamp(center, side / 2, length - side / 2);
  };
  return {inside(x, picture.width_px), inside(y, picture.height_px), side, 0};
}

float ShorterSide(const Picture& picture) {
  return static_cast<float>(std::min(picture.width_px, picture.height_px));
}

float LongerSide(const Picture& picture) {
  return static_cast<float>(std::max(picture.width_px, picture.height_px));
}

// Around a face: large enough that the face does not fill it.
Square SquareAround(const Picture& picture, const Box& box) {
  const float side = std::max(ShorterSide(picture), 2 * std::max(box.width(), box.height()));
  return SquareInside(picture, side, box.center_x(), box.center_y());
}

// False also for what is not a number.
bool IsPlausible(const Picture& picture, const Square& region) {
  return region.size >= kMinRegionPx && region.size <= 4 * LongerSide(picture) && region.x >= 0 &&
         region.x <= static_cast<float>(picture.width_px) && region.y >= 0 &&
         region.y <= static_cast<float>(picture.height_px) && std::isfinite(region.rotation);
}

// Tiles cover pictures in which a usable face may be too small for the detector, which sees 128 x 128 pixels: squares
// of half the shorter side, each a quarter over its neighbours.
constexpr int kMinTiledSidePx = 720;

struct TileGrid {
  float side;
  int columns;
  int rows;
};

TileGrid TilesOf(const Picture& picture) {
  const float side = ShorterSide(picture) / 2;
  const auto along = [side](int length_px) {
    return 1 + static_cast<int>(std::ceil((static_cast<float>(length_px) - side) / (0.75f * side)));
  };
  return {side, along(picture.width_px), along(picture.height_px)};
}

std::size_t TileCount(const Picture& picture) {
  if (ShorterSide(picture) < kMinTiledSidePx) return 0;
  const TileGrid grid = TilesOf(picture);
  return static_cast<std::size_t>(grid.columns * grid.rows);
}

Square TileOf(const Picture& picture, std::size_t index) {
  const TileGrid grid = TilesOf(picture);
  const int column = static_cast<int>(index) % grid.columns;
  const int row = static_cast<int>(index) / grid.columns;
  const auto center = [&](int place) { return grid.side * (0.5f + 0.75f * static_cast<float>(place)); };
  return SquareInside(picture, grid.side, center(column), center(row));
}

bool HasJumped(const Square& from, const Square& to) {
  const float size = std::max(from.size, to.size) / 1.5f;
  return std::hypot(from.x - to.x, from.y - to.y) > kJump * size ||
         std::abs(from.size - to.size) > kJump * std::max(from.size, to.size);
}

}  // namespace

FaceTracker::FaceTracker(std::span<const std::uint8_t> detector_model, std::span<const std::uint8_t> mesh_model,
                         DetectStrategy strategy)
    : detector_(detector_model, ChooseKernels()),
      mesh_(mesh_model, ChooseKernels()),
      filter_(kLandmarkFloats),
      strategy_(strategy),
      points_(kLandmarkFloats),
      trial_(kLandmarkFloats) {
  order_.reserve(kMaxTrials + 1);
}

bool FaceTracker::Track(const Picture& picture, double timestamp_ms, std::span<float> landmarks) {
  NoticeTime(picture, timestamp_ms);
  state_.detected = false;
  if (has_face_) Follow(picture);
  if (has_face_ && IsCheckDue()) Check(picture);
  if (!has_face_ && MaySearch()) Search(picture);
  if (!has_face_) {
    filter_.Restart();
    state_.presence = 0;
    state_.region = {};
    return false;
  }
  const Box box = BoxOf(points_);
  memory_ = {box, now_ms_};
  filter_.Apply(points_, now_ms_, std::max(box.width(), 1.0f), landmarks);
  return true;
}

void FaceTracker::Reset() {
  has_face_ = false;
  memory_.reset();
  last_frame_ms_.reset();
  last_detection_ms_.reset();
  vain_searches_ = 0;
  filter_.Restart();
}

void FaceTracker::NoticeTime(const Picture& picture, double timestamp_ms) {
  const bool resized = picture.width_px != width_px_ || picture.height_px != height_px_;
  if (resized || (last_frame_ms_ && timestamp_ms < *last_frame_ms_)) Reset();
  width_px_ = picture.width_px;
  height_px_ = picture.height_px;
  last_frame_ms_ = now_ms_ = timestamp_ms;
}

void FaceTracker::Follow(const Picture& picture) {
  state_.region = next_region_;
  state_.presence = mesh_.Find(picture, next_region_, points_);
  const Square next = RegionOf(points_);
  if (!(state_.presence >= kMinPresence) || !IsPlausible(picture, next)) return Lose();
  if (HasJumped(next_region_, next)) filter_.Restart();
  next_region_ = next;
}

bool FaceTracker::IsCheckDue() const {
  if (strategy_ == DetectStrategy::kBrute || !last_detection_ms_) return true;
  return now_ms_ - *last_detection_ms_ >= kCheckIntervalMs;
}

void FaceTracker::Check(const Picture& picture) {
  const Box box = BoxOf(points_);
  const auto candidates = Detect(picture, SquareAround(picture, box));
  state_.detected = std::ranges::any_of(
      candidates, [&](const Candidate& candidate) { return Overlap(candidate.box, box) > kSameFace; });
  if (state_.detected || state_.presence >= kDoubtfulPresence) return;
  Rank(candidates);
  AcceptAny(picture, kDoubtfulPresence);
}

bool FaceTracker::MaySearch() const {
  if (strategy_ != DetectStrategy::kFast || !last_detection_ms_) return true;
  return now_ms_ - *last_detection_ms_ >= kFastSearchIntervalMs;
}

// The first search after a loss looks into all regions. As long as the face stays away, `smart` looks into the
// likeliest one on every frame and into one other in turn, so that waiting is cheap; the other strategies go on
// looking into all. The tiles, where small faces in large pictures are found, always come in turn.
void FaceTracker::Search(const Picture& picture) {
  const Regions regions = RegionsToSearch(picture);
  if (!FindIn(picture, regions)) {
    ++vain_searches_;
    return;
  }
  vain_searches_ = 0;
  if (!Remembers()) PreferLarger(picture, regions);
}

bool FaceTracker::FindIn(const Picture& picture, const Regions& regions) {
  if (TryRegion(picture, regions.squares[0])) return true;
  if (vain_searches_ == 0 || strategy_ != DetectStrategy::kSmart) {
    for (std::size_t i = 1; i < regions.count; ++i) {
      if (TryRegion(picture, regions.squares[i])) return true;
    }
  }
  const std::size_t others = regions.count - 1 + TileCount(picture);
  if (vain_searches_ > 0 && others > 0) {
    const std::size_t turn = 1 + vain_searches_ % others;
    const Square other = turn < regions.count ? regions.squares[turn] : TileOf(picture, turn - regions.count);
    return TryRegion(picture, other);
  }
  return false;
}

// The region in which a face was found may have been too small for a larger one beside it. The first one was looked
// into before.
void FaceTracker::PreferLarger(const Picture& picture, const Regions& regions) {
  const Candidate taken = taken_;
  order_.clear();
  for (std::size_t i = 1; i < regions.count; ++i) {
    for (const Candidate& candidate : Detect(picture, regions.squares[i])) {
      if (Rating(candidate) > Rating(taken) && Overlap(candidate.box, taken.box) <= kSameFace) Insert(candidate);
    }
  }
  AcceptAny(picture, kDoubtfulPresence);
}

bool FaceTracker::TryRegion(const Picture& picture, const Square& region) {
  Rank(Detect(picture, region));
  return AcceptAny(picture, kMinPresence);
}

bool FaceTracker::AcceptAny(const Picture& picture, float min_presence) {
  return std::ranges::any_of(
      order_, [&](const Candidate& candidate) { return Accept(picture, candidate, min_presence); });
}

void FaceTracker::Regions::Add(const Square& square) {
  for (std::size_t i = 0; i < count; ++i) {
    const Square& known = squares[i];
    const float distance = std::abs(known.x - square.x) + std::abs(known.y - square.y);
    if (distance + std::abs(known.size - square.size) < 0.05f * square.size) return;
  }
  squares[count++] = square;
}

FaceTracker::Regions FaceTracker::RegionsToSearch(const Picture& picture) const {
  const float width = static_cast<float>(picture.width_px);
  const float height = static_cast<float>(picture.height_px);
  const float side = ShorterSide(picture);
  Regions regions;
  if (Remembers()) regions.Add(SquareAround(picture, memory_->box));
  regions.Add(SquareInside(picture, side, width / 2, height / 2));
  regions.Add(SquareInside(picture, LongerSide(picture), width / 2, height / 2));
  regions.Add(SquareInside(picture, side, 0, 0));
  regions.Add(SquareInside(picture, side, width, height));
  return regions;
}

std::span<const Candidate> FaceTracker::Detect(const Picture& picture, const Square& square) {
  ++state_.detector_runs;
  last_detection_ms_ = now_ms_;
  return detector_.Find(picture, square);
}

void FaceTracker::Rank(std::span<const Candidate> candidates) {
  order_.clear();
  for (const Candidate& candidate : candidates) Insert(candidate);
}

void FaceTracker::Insert(const Candidate& candidate) {
  const float rating = Rating(candidate);
  const auto place = std::ranges::find_if(order_, [&](const Candidate& other) { return Rating(other) < rating; });
  order_.insert(place, candidate);
  if (order_.size() > kMaxTrials) order_.pop_back();
}

bool FaceTracker::Remembers() const { return memory_ && now_ms_ - memory_->seen_ms < kMemoryMs; }

// Large and certain faces first; for a while after a loss, the one that is where the lost one was.
float FaceTracker::Rating(const Candidate& candidate) const {
  const float rating = candidate.score * std::max(candidate.box.width(), candidate.box.height());
  if (!Remembers()) return rating;
  const Box& old = memory_->box;
  const float distance =
      std::hypot(candidate.box.center_x() - old.center_x(), candidate.box.center_y() - old.center_y());
  const bool same = distance < std::max(old.width(), old.height());
  return same ? rating + 4 * static_cast<float>(kMaxSidePx) : rating;
}

// The detector's box is rough: FaceMesh looks twice, the second time where its own landmarks say.
bool FaceTracker::Accept(const Picture& picture, const Candidate& candidate, float min_presence) {
  const Square rough = RegionOf(candidate);
  if (!IsPlausible(picture, rough) || !(mesh_.Find(picture, rough, trial_) >= min_presence)) return false;
  const Square region = RegionOf(trial_);
  if (!IsPlausible(picture, region)) return false;
  const float presence = mesh_.Find(picture, region, trial_);
  const Square next = RegionOf(trial_);
  if (!(presence >= min_presence) || !IsPlausible(picture, next)) return false;
  std::ranges::copy(trial_, points_.begin());
  state_.presence = presence;
  state_.detected = true;
  state_.region = region;
  next_region_ = next;
  taken_ = candidate;
  has_face_ = true;
  filter_.Restart();
  return true;
}

void FaceTracker::Lose() {
  has_face_ = false;
  vain_searches_ = 0;
}

}  // namespace dfxterm
