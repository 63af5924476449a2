#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// A study says which regions of the face are measured and what counts as usable. docs/study.md describes
// the JSON; src/native/study.ts reads it and hands over flat numbers, which are checked again here.
namespace dfxterm::extraction {

// One pose point's part in a vertex; weights of a vertex sum to 1.
struct VertexTerm {
  std::uint32_t point = 0;  // index in Study::point_names
  double weight = 1;
};

using Vertex = std::vector<VertexTerm>;

// A closed polygon, scaled about the mean of its vertices: 0.9 shrinks by 10 %.
struct Ring {
  std::vector<Vertex> vertices;
  double scale = 1;
};

// A polygon with holes.
struct Outline {
  Ring outer;
  std::vector<Ring> holes;
};

enum class RegionKind : std::uint8_t { kSkin, kBackground };

// The first outline whose points are all there is used; a background region has none and is placed by
// BackgroundPatch.
struct RegionSpec {
  std::string name;
  RegionKind kind = RegionKind::kSkin;
  std::vector<Outline> outlines;
};

struct StudyLimits {
  double region_pixels_min = 24;    // smaller regions count as not visible
  double face_seconds_min = 1;      // a chunk with less face is not valid
  double point_quality_min = 0.1;   // points below count as absent
  double luma_min = 10;             // darker pixels are left out; full-range grey levels
  double luma_max = 250;            // brighter pixels are left out
};

struct Study {
  std::string id;
  std::vector<std::string> point_names;
  std::uint32_t required_points = 0;  // the first so many names must be given by the tracker
  std::vector<RegionSpec> regions;
  StudyLimits limits;
};

constexpr std::size_t kRegionsMax = 32;
constexpr std::size_t kOutlinesMax = 4;
constexpr std::size_t kRingsMax = 9;  // the outer one and eight holes
constexpr std::size_t kVerticesMax = 64;
constexpr std::size_t kTermsMax = 8;
constexpr std::size_t kPointNamesMax = 512;
constexpr std::size_t kNameBytesMax = 64;

// Builds a study from numbers.
//
//   layout   per region: kind (0 skin, 1 background), outlines
//              per outline: rings (the first is the outer one)
//                per ring: scale, vertices
//                  per vertex: terms
//                    per term: point index, weight
//   limits   the five numbers of StudyLimits in their order
//
// Throws EngineError("ENGINE_STUDY") for anything else, including numbers that are left over.
Study StudyFromNumbers(std::string id, std::vector<std::string> point_names, std::uint32_t required_points,
                       std::vector<std::string> region_names, std::span<const double> layout,
                       std::span<const double> limits);

}  // namespace dfxterm::extraction
