#include "face_models.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace dfxterm::test {
namespace {

std::vector<std::uint8_t> ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " is missing: run npm ci first");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::size_t NumberAfter(const std::string& text, std::size_t from, const std::string& key) {
  const std::size_t at = text.find(key, from);
  if (at == std::string::npos) throw std::runtime_error("the list of face models cannot be read");
  return std::stoul(text.substr(at + key.size(), 12));
}

// The loader lists {"filename": ..., "start": n, "end": n} of every file inside the asset file.
std::vector<std::uint8_t> ModelNamed(const std::string& name) {
  const auto folder = std::filesystem::path(__FILE__).parent_path() / "../../node_modules/@mediapipe/face_mesh";
  const auto loader = ReadFile(folder / "face_mesh_solution_packed_assets_loader.js");
  const auto assets = ReadFile(folder / "face_mesh_solution_packed_assets.data");
  const std::string list(loader.begin(), loader.end());
  const std::size_t entry = list.find(name);
  const std::size_t start = NumberAfter(list, entry, "\"start\":");
  const std::size_t end = NumberAfter(list, entry, "\"end\":");
  if (start >= end || end > assets.size()) throw std::runtime_error("the list of face models is wrong");
  return {assets.begin() + static_cast<std::ptrdiff_t>(start), assets.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

std::vector<std::uint8_t> DetectorModel() { return ModelNamed("face_detection_short_range.tflite"); }

std::vector<std::uint8_t> MeshModel() { return ModelNamed("/face_landmark.tflite"); }

}  // namespace dfxterm::test
