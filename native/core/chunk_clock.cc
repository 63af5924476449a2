#include "chunk_clock.h"

#include <algorithm>

namespace dfxterm::extraction {

ChunkClock::ChunkClock(double duration_ms, double interval_hint_ms)
    : duration_ms_(duration_ms), interval_hint_ms_(interval_hint_ms) {}

ChunkClock::Before ChunkClock::Ask(double timestamp_ms) const {
  if (!has_started_) return Before::kStore;
  if (timestamp_ms <= last_ms_) return Before::kIgnore;
  if (timestamp_ms - last_ms_ >= duration_ms_) return Before::kGap;
  return timestamp_ms >= window_end_ms() ? Before::kSeal : Before::kStore;
}

void ChunkClock::NextWindow() { window_start_ms_ += duration_ms_; }

void ChunkClock::NextWindowAfterGap(double timestamp_ms) { window_start_ms_ = timestamp_ms; }

void ChunkClock::Add(double timestamp_ms) {
  if (has_started_) {
    intervals_[interval_count_ % kIntervals] = timestamp_ms - last_ms_;
    ++interval_count_;
  } else {
    has_started_ = true;
    origin_ms_ = timestamp_ms;
    window_start_ms_ = timestamp_ms;
  }
  last_ms_ = timestamp_ms;
}

bool ChunkClock::IsFull() const {
  // A median longer than a quarter of the window must not close windows that have hardly begun.
  const double interval = std::min(interval_ms(), duration_ms_ / 4);
  return last_ms_ + 1.25 * interval >= window_end_ms();
}

double ChunkClock::interval_ms() const {
  const std::size_t count = std::min(interval_count_, kIntervals);
  if (count == 0) return interval_hint_ms_;
  std::array<double, kIntervals> sorted = intervals_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

}  // namespace dfxterm::extraction
