#include "study.h"

#include <cmath>
#include <utility>

#include "engine_error.h"

namespace dfxterm::extraction {
namespace {

[[noreturn]] void Refuse(const std::string& what) { throw EngineError("ENGINE_STUDY", "the study " + what); }

// Takes numbers from the front of the layout; every one is checked.
class LayoutReader {
 public:
  explicit LayoutReader(std::span<const double> numbers) : numbers_(numbers) {}

  double Number(double low, double high, const char* what) {
    if (at_ >= numbers_.size()) Refuse("ends too early");
    const double number = numbers_[at_++];
    if (!(number >= low && number <= high)) Refuse(std::string("has a wrong ") + what);
    return number;
  }

  std::size_t Count(std::size_t low, std::size_t high, const char* what) {
    const double number = Number(static_cast<double>(low), static_cast<double>(high), what);
    if (number != std::floor(number)) Refuse(std::string("has a wrong ") + what);
    return static_cast<std::size_t>(number);
  }

  bool AtEnd() const { return at_ == numbers_.size(); }

 private:
  std::span<const double> numbers_;
  std::size_t at_ = 0;
};

Vertex ReadVertex(LayoutReader& reader, std::size_t points) {
  Vertex vertex(reader.Count(1, kTermsMax, "number of points in a vertex"));
  double sum = 0;
  for (VertexTerm& term : vertex) {
    term.point = static_cast<std::uint32_t>(reader.Count(0, points - 1, "pose point"));
    term.weight = reader.Number(-4, 4, "weight");
    sum += term.weight;
  }
  if (std::abs(sum - 1) > 1e-3) Refuse("has a vertex whose weights do not sum to 1");
  for (VertexTerm& term : vertex) term.weight /= sum;
  return vertex;
}

Ring ReadRing(LayoutReader& reader, std::size_t points) {
  Ring ring;
  ring.scale = reader.Number(0.1, 4, "scale");
  ring.vertices.resize(reader.Count(3, kVerticesMax, "number of vertices"));
  for (Vertex& vertex : ring.vertices) vertex = ReadVertex(reader, points);
  return ring;
}

Outline ReadOutline(LayoutReader& reader, std::size_t points) {
  const std::size_t rings = reader.Count(1, kRingsMax, "number of rings");
  Outline outline;
  outline.outer = ReadRing(reader, points);
  for (std::size_t i = 1; i < rings; ++i) outline.holes.push_back(ReadRing(reader, points));
  return outline;
}

RegionSpec ReadRegion(LayoutReader& reader, std::string name, std::size_t points) {
  RegionSpec region;
  region.name = std::move(name);
  region.kind = reader.Count(0, 1, "kind of region") == 0 ? RegionKind::kSkin : RegionKind::kBackground;
  const bool is_skin = region.kind == RegionKind::kSkin;
  region.outlines.resize(reader.Count(is_skin ? 1 : 0, is_skin ? kOutlinesMax : 0, "number of outlines"));
  for (Outline& outline : region.outlines) outline = ReadOutline(reader, points);
  return region;
}

StudyLimits ReadLimits(std::span<const double> numbers) {
  LayoutReader reader(numbers);
  StudyLimits limits;
  limits.region_pixels_min = reader.Number(1, 1e6, "limit minRegionPixels");
  limits.face_seconds_min = reader.Number(0, 30, "limit minFaceSeconds");
  limits.point_quality_min = reader.Number(0, 1, "limit minPointQuality");
  limits.luma_min = reader.Number(0, 255, "limit minLuma");
  limits.luma_max = reader.Number(limits.luma_min, 255, "limit maxLuma");
  if (!reader.AtEnd()) Refuse("has too many limits");
  return limits;
}

void CheckNames(const std::vector<std::string>& names, std::size_t count_max, const char* what) {
  if (names.empty() || names.size() > count_max) Refuse(std::string("has a wrong number of ") + what);
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kNameBytesMax) Refuse(std::string("has a wrong name among its ") + what);
  }
}

}  // namespace

Study StudyFromNumbers(std::string id, std::vector<std::string> point_names, std::uint32_t required_points,
                       std::vector<std::string> region_names, std::span<const double> layout,
                       std::span<const double> limits) {
  CheckNames({id}, 1, "ids");
  CheckNames(point_names, kPointNamesMax, "pose points");
  CheckNames(region_names, kRegionsMax, "regions");
  if (required_points > point_names.size()) Refuse("requires more points than it names");
  Study study;
  study.id = std::move(id);
  study.point_names = std::move(point_names);
  study.required_points = required_points;
  study.limits = ReadLimits(limits);
  LayoutReader reader(layout);
  for (std::string& name : region_names) {
    study.regions.push_back(ReadRegion(reader, std::move(name), study.point_names.size()));
  }
  if (!reader.AtEnd()) Refuse("has numbers left over");
  return study;
}

}  // namespace dfxterm::extraction
