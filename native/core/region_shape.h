#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "frame.h"
#include "study.h"

// Where the regions are in one frame.
namespace dfxterm::extraction {

// A place in picture pixels; (0, 0) is the corner of the first pixel, so its centre is (0.5, 0.5).
struct Point {
  double x = 0;
  double y = 0;
};

// An axis-aligned rectangle in picture pixels.
struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

// A region clipped to the picture: what is inside the outer ring and in no hole (even-odd in each ring).
// The vectors keep their memory from frame to frame.
struct RegionShape {
  std::vector<Point> outer;  // empty when the region is not visible
  std::vector<std::vector<Point>> holes;
  std::size_t hole_count = 0;  // the first so many of `holes` are in use
};

// Clips a polygon to [0, width] x [0, height] (Sutherland and Hodgman 1974), in place; `scratch` lends
// memory. An outside polygon becomes empty. A concave one may get edges along the border, which enclose nothing.
void ClipToPicture(std::vector<Point>& ring, std::vector<Point>& scratch, double width, double height);

// Turns the pose points of each frame into the regions of a study.
class RegionMapper {
 public:
  // Points that `names` (the tracker's, in the order of Face::points) does not hold are never there.
  // Throws EngineError("ENGINE_STUDY") when a point that the study requires is missing.
  RegionMapper(const Study& study, const std::vector<std::string>& names);

  // Defines all regions in a picture of that size. Without a face, or with one whose pose is not valid, none
  // is visible.
  void Define(const Face* face, int width_px, int height_px);

  // In the order of the study's regions.
  const std::vector<RegionShape>& shapes() const { return shapes_; }

  // Forgets where the background patch was.
  void Reset();

 private:
  bool Trace(const Outline& outline, const Face& face, RegionShape& shape);
  bool Trace(const Ring& ring, const Face& face, std::vector<Point>& out);
  void PlaceBackground(const Face& face, RegionShape& shape);

  const Study& study_;
  std::vector<std::int32_t> tracker_index_;  // by the study's point index; -1: not given by this tracker
  std::vector<RegionShape> shapes_;
  std::vector<Point> scratch_;
  double width_ = 0;
  double height_ = 0;
  Box background_;
  bool has_background_ = false;
};

// The free place for the noise reference: beside the head (the side with more room), else above it.
// `head` is the box around the pose points. Returns false when there is no room of useful size.
bool BackgroundPatch(const Box& head, double width, double height, Box& patch);

// Whether a patch chosen earlier still keeps clear of the head and inside the picture. Keeping it where it is
// avoids a step in its mean, and a patch that followed the head would turn head motion into brightness.
bool KeepsClear(const Box& patch, const Box& head, double width, double height);

}  // namespace dfxterm::extraction
