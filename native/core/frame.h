#pragma once

#include <cstdint>
#include <span>

#include "picture.h"

// The nouns of the DFX SDK's object model that describe one frame.
namespace dfxterm::extraction {

// A picture, its number and its presentation time.
struct VideoFrame {
  Picture picture;
  std::uint32_t number = 0;
  double timestamp_ms = 0;
  bool key_frame = false;  // stored whole by the codec; false where that is not known
};

// One MPEG-4 facial feature point in picture pixels. Points that are absent, not finite or absurdly far away
// have quality 0; see `PointsFromFloats`.
struct PosePoint {
  double x = 0;
  double y = 0;
  float quality = 0;
};

// The face in a frame. The points are borrowed and follow the names given to the collector.
struct Face {
  bool pose_valid = false;
  bool detected = false;
  std::span<const PosePoint> points;
};

// What a collector takes: a picture and perhaps a face in it.
struct Frame {
  VideoFrame video;
  const Face* face = nullptr;
};

constexpr std::size_t kFloatsPerPoint = 4;

// Reads groups of x px, y px, z, quality into `points` (as many as it holds). A point whose numbers are not
// finite or whose place is more than kMaxSidePx outside any picture gets quality 0, so nothing behind this
// door meets a number that it cannot turn into a pixel.
void PointsFromFloats(std::span<const float> floats, std::span<PosePoint> points);

}  // namespace dfxterm::extraction
