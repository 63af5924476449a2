#pragma once

#include <span>
#include <vector>

namespace dfxterm {

// Takes the tremble out of landmarks without making them lag: a one-euro filter per coordinate, whose cut-off
// rises with speed. Casiez, Roussel, Vogel, "1 Euro Filter", CHI 2012.
//
//   cut-off = kMinCutoffHz + kCutoffPerSpeed * speed, with speed in face widths per second
//
// A filter with cut-off f trails a steady motion by speed / (2 pi f), so with kCutoffPerSpeed = 80 never by more
// than 1 / (2 pi 80) = 0.2 % of the face, however fast it moves.
class LandmarkFilter {
 public:
  explicit LandmarkFilter(std::size_t count) : previous_(count), speeds_(count), smooth_(count) {}

  // Forgets the past: the next values pass through unchanged.
  void Restart() { empty_ = true; }

  // values, out: `count` numbers; size_px: width of the face, > 0. Starts anew by itself after a pause or when
  // time does not advance as it should.
  void Apply(std::span<const float> values, double timestamp_ms, float size_px, std::span<float> out);

 private:
  void Start(std::span<const float> values);

  bool empty_ = true;
  double last_ms_ = 0;
  std::vector<float> previous_;
  std::vector<float> speeds_;
  std::vector<float> smooth_;
};

}  // namespace dfxterm
