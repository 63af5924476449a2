#include "face_landmarks_filter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dfxterm {
namespace {

constexpr float kMinCutoffHz = 0.3f;
constexpr float kCutoffPerSpeed = 80.0f;
// Of the speed itself.
constexpr float kSpeedCutoffHz = 1.0f;
// After a longer pause the old values say nothing.
constexpr double kLongestGapMs = 500;

// Weight of the new value for a first-order low pass.
float Weight(float cutoff_hz, float interval_s) {
  const float turned = 2 * std::numbers::pi_v<float> * cutoff_hz * interval_s;
  return turned / (turned + 1);
}

}  // namespace

void LandmarkFilter::Apply(std::span<const float> values, double timestamp_ms, float size_px, std::span<float> out) {
  const double gap_ms = timestamp_ms - last_ms_;
  last_ms_ = timestamp_ms;
  if (empty_ || !(gap_ms > 0 && gap_ms <= kLongestGapMs)) {
    Start(values);
  } else {
    const float interval_s = static_cast<float>(gap_ms / 1000);
    const float speed_weight = Weight(kSpeedCutoffHz, interval_s);
    const float per_size = 1 / size_px;
    for (std::size_t i = 0; i < smooth_.size(); ++i) {
      const float speed = (values[i] - previous_[i]) / interval_s;
      speeds_[i] += speed_weight * (speed - speeds_[i]);
      const float cutoff_hz = kMinCutoffHz + kCutoffPerSpeed * std::abs(speeds_[i]) * per_size;
      smooth_[i] += Weight(cutoff_hz, interval_s) * (values[i] - smooth_[i]);
      previous_[i] = values[i];
    }
  }
  std::ranges::copy(smooth_, out.begin());
}

void LandmarkFilter::Start(std::span<const float> values) {
  empty_ = false;
  std::copy_n(values.begin(), smooth_.size(), smooth_.begin());
  std::copy_n(values.begin(), previous_.size(), previous_.begin());
  std::ranges::fill(speeds_, 0.0f);
}

}  // namespace dfxterm
