#pragma once

#include <array>
#include <cstddef>

// When a chunk begins and ends, by timestamps alone.
//
//   windows   [t0, t0+d) [t0+d, t0+2d) ...     half open, t0 = time of the first frame
//   frames     x x x x x  x x x x x            no overlap, none is lost
//
// A window is full as soon as the next frame is expected behind its end, so that the last frame of a window
// closes it and nobody waits for one more.
namespace dfxterm::extraction {

class ChunkClock {
 public:
  // `interval_hint_ms` stands in for the interval of frames until two have been seen.
  ChunkClock(double duration_ms, double interval_hint_ms);

  enum class Before {
    kStore,   // the frame belongs to the current window
    kIgnore,  // not later than the frame before it
    kSeal,    // it lies behind the current window, which must be sealed first
    kGap,     // as kSeal, after a pause of a window or more
  };
  // What must happen before a frame at that time is stored.
  Before Ask(double timestamp_ms) const;

  // Goes on to the next window: the one that follows, or after a pause of a window or more one that begins
  // with this frame. Pauses therefore make no empty chunks, and the chunk after one is whole.
  void NextWindow();
  void NextWindowAfterGap(double timestamp_ms);

  // Takes a frame into the current window.
  void Add(double timestamp_ms);

  // Whether the next frame is expected behind the end of the window. A quarter of an interval of tolerance:
  // rounded times (milliseconds in many containers) must not keep a window open for a frame too many.
  bool IsFull() const;

  bool has_started() const { return has_started_; }
  double origin_ms() const { return origin_ms_; }
  double window_start_ms() const { return window_start_ms_; }
  double window_end_ms() const { return window_start_ms_ + duration_ms_; }
  double last_ms() const { return last_ms_; }
  // Running median of the last 15 intervals: pauses and single late frames do not move it.
  double interval_ms() const;

 private:
  static constexpr std::size_t kIntervals = 15;

  double duration_ms_;
  double interval_hint_ms_;
  bool has_started_ = false;
  double origin_ms_ = 0;
  double window_start_ms_ = 0;
  double last_ms_ = 0;
  std::array<double, kIntervals> intervals_{};
  std::size_t interval_count_ = 0;
};

}  // namespace dfxterm::extraction
