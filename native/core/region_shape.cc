#include "region_shape.h"

#include <algorithm>
#include <limits>
#include <string>

#include "engine_error.h"

namespace dfxterm::extraction {
namespace {

// Keeps the part of a polygon where distance(point) >= 0; `distance` is linear.
template <typename Distance>
void ClipToHalfPlane(std::vector<Point>& ring, std::vector<Point>& scratch, Distance distance) {
  scratch.clear();
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& from = ring[i];
    const Point& to = ring[i + 1 == ring.size() ? 0 : i + 1];
    const double a = distance(from);
    const double b = distance(to);
    if (a >= 0) scratch.push_back(from);
    if ((a >= 0) == (b >= 0)) continue;
    const double t = a / (a - b);
    scratch.push_back({from.x + t * (to.x - from.x), from.y + t * (to.y - from.y)});
  }
  ring.swap(scratch);
}

void ScaleAboutMean(std::vector<Point>& ring, double scale) {
  Point mean;
  for (const Point& point : ring) {
    mean.x += point.x / static_cast<double>(ring.size());
    mean.y += point.y / static_cast<double>(ring.size());
  }
  for (Point& point : ring) {
    point = {mean.x + scale * (point.x - mean.x), mean.y + scale * (point.y - mean.y)};
  }
}

// The box around all points that are there; false when there are none.
bool BoundsOf(std::span<const PosePoint> points, double quality_min, Box& box) {
  constexpr double kFar = std::numeric_limits<double>::max();
  box = {kFar, kFar, -kFar, -kFar};
  bool any = false;
  for (const PosePoint& point : points) {
    if (point.quality <= 0 || point.quality < quality_min) continue;
    any = true;
    box.left = std::min(box.left, point.x);
    box.top = std::min(box.top, point.y);
    box.right = std::max(box.right, point.x);
    box.bottom = std::max(box.bottom, point.y);
  }
  return any && box.width() > 1 && box.height() > 1;
}

// Hair and ears around the points, in parts of the width and height of their box. Measured on portraits: hair
// reaches 0.3 of the face width to each side and 0.35 of its height above the forehead points.
Box WithHair(const Box& head, double side) {
  return {head.left - side * head.width(), head.top - 0.35 * head.height(), head.right + side * head.width(),
          head.bottom};
}

}  // namespace

void ClipToPicture(std::vector<Point>& ring, std::vector<Point>& scratch, double width, double height) {
  ClipToHalfPlane(ring, scratch, [](const Point& p) { return p.x; });
  ClipToHalfPlane(ring, scratch, [width](const Point& p) { return width - p.x; });
  ClipToHalfPlane(ring, scratch, [](const Point& p) { return p.y; });
  ClipToHalfPlane(ring, scratch, [height](const Point& p) { return height - p.y; });
  if (ring.size() < 3) ring.clear();
  // Rounding at an intersection may leave a vertex a hair outside; whoever scans relies on the bounds.
  for (Point& point : ring) {
    point = {std::clamp(point.x, 0.0, width), std::clamp(point.y, 0.0, height)};
  }
}

bool BackgroundPatch(const Box& head, double width, double height, Box& patch) {
  const Box hair = WithHair(head, 0.4);
  // Beside the head: from its top to the mouth, because the shoulders begin below.
  const double tall = 0.8 * head.height();
  const double top = std::clamp(head.top - 0.1 * head.height(), 0.0, std::max(0.0, height - tall));
  const double bottom = std::min(top + tall, std::min(height, head.bottom));
  const double room_left = std::min(hair.left, width);
  const double room_right = width - std::max(hair.right, 0.0);
  const double wide = std::min(0.5 * head.width(), std::max(room_left, room_right));
  if (wide >= 0.15 * head.width() && bottom - top >= 0.3 * head.height()) {
    const double left = room_left >= room_right ? room_left - wide : width - room_right;
    patch = {left, top, left + wide, bottom};
    return true;
  }
  const double high = std::min(0.4 * head.height(), hair.top);
  patch = {std::clamp(head.left, 0.0, width), hair.top - high, std::clamp(head.right, 0.0, width), hair.top};
  return high >= 0.12 * head.height() && patch.bottom <= height && patch.width() >= 0.3 * head.width();
}

bool KeepsClear(const Box& patch, const Box& head, double width, double height) {
  // Less margin than when it was chosen, so that a patch is not given up for a pixel of motion.
  const Box hair = WithHair(head, 0.25);
  const bool is_inside = patch.right <= width && patch.bottom <= height;
  const bool is_beside = patch.right <= hair.left || patch.left >= hair.right;
  const bool is_above = patch.bottom <= head.top - 0.25 * head.height();
  return is_inside && (is_beside || is_above);
}

RegionMapper::RegionMapper(const Study& study, const std::vector<std::string>& names) : study_(study) {
  tracker_index_.assign(study.point_names.size(), -1);
  for (std::size_t i = 0; i < study.point_names.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), study.point_names[i]);
    if (found != names.end()) tracker_index_[i] = static_cast<std::int32_t>(found - names.begin());
    if (tracker_index_[i] < 0 && i < study.required_points) {
      throw EngineError("ENGINE_STUDY", "the study needs pose point " + study.point_names[i] +
                                            ", which this face tracker does not give");
    }
  }
  shapes_.resize(study.regions.size());
}

void RegionMapper::Define(const Face* face, int width_px, int height_px) {
  if (width_ != width_px || height_ != height_px) Reset();
  width_ = width_px;
  height_ = height_px;
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    RegionShape& shape = shapes_[i];
    const RegionSpec& spec = study_.regions[i];
    shape.outer.clear();
    shape.hole_count = 0;
    if (!face || !face->pose_valid) continue;
    if (spec.kind == RegionKind::kBackground) {
      PlaceBackground(*face, shape);
      continue;
    }
    for (const Outline& outline : spec.outlines) {
      if (Trace(outline, *face, shape)) break;
    }
  }
}

void RegionMapper::Reset() { has_background_ = false; }

bool RegionMapper::Trace(const Outline& outline, const Face& face, RegionShape& shape) {
  if (!Trace(outline.outer, face, shape.outer)) return false;
  if (shape.holes.size() < outline.holes.size()) shape.holes.resize(outline.holes.size());
  for (std::size_t i = 0; i < outline.holes.size(); ++i) {
    if (!Trace(outline.holes[i], face, shape.holes[i])) {
      shape.outer.clear();
      return false;
    }
  }
  shape.hole_count = outline.holes.size();
  return true;
}

bool RegionMapper::Trace(const Ring& ring, const Face& face, std::vector<Point>& out) {
  out.clear();
  for (const Vertex& vertex : ring.vertices) {
    Point place;
    for (const VertexTerm& term : vertex) {
      const std::int32_t index = tracker_index_[term.point];
      const PosePoint* point = index < 0 ? nullptr : &face.points[static_cast<std::size_t>(index)];
      if (!point || point->quality <= 0 || point->quality < study_.limits.point_quality_min) {
        out.clear();
        return false;
      }
      place.x += term.weight * point->x;
      place.y += term.weight * point->y;
    }
    out.push_back(place);
  }
  ScaleAboutMean(out, ring.scale);
  ClipToPicture(out, scratch_, width_, height_);
  return true;
}

void RegionMapper::PlaceBackground(const Face& face, RegionShape& shape) {
  Box head;
  if (!BoundsOf(face.points, study_.limits.point_quality_min, head)) return;
  if (!has_background_ || !KeepsClear(background_, head, width_, height_)) {
    has_background_ = BackgroundPatch(head, width_, height_, background_);
  }
  if (!has_background_) return;
  const Box& box = background_;
  shape.outer.assign({{box.left, box.top}, {box.right, box.top}, {box.right, box.bottom}, {box.left, box.bottom}});
  ClipToPicture(shape.outer, scratch_, width_, height_);
}

}  // namespace dfxterm::extraction
