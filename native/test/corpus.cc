#include "corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace dfxterm::test {
namespace {

// Structure (tables, shapes, options) is what a mutation should hit; weights are nearly all of the face models.
// In these files it lies behind the weights' buffers and in front of them.
std::size_t StructuralPlace(Random& random, std::size_t size) {
  const std::size_t edge = std::min<std::size_t>(size, 48 * 1024);
  switch (random.Below(4)) {
    case 0: return random.Below(std::min<std::size_t>(size, 256));
    case 1: return random.Below(edge);
    case 2: return size - 1 - random.Below(edge);
    default: return random.Below(size);
  }
}

}  // namespace

std::vector<CorpusFile> Corpus(const std::string& folder) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "corpus" / folder;
  std::vector<CorpusFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    std::ifstream file(entry.path(), std::ios::binary);
    files.push_back({entry.path().filename().string(),
                     {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}});
  }
  if (files.empty()) throw std::runtime_error(path.string() + " is empty");
  std::ranges::sort(files, {}, &CorpusFile::name);
  return files;
}

void MutateModel(std::vector<std::uint8_t>& file, Random& random) {
  if (file.empty()) return;
  const std::size_t changes = 1 + random.Below(6);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t place = StructuralPlace(random, file.size());
    switch (random.Below(5)) {
      case 0: file[place] = random.Byte(); break;
      case 1: file[place] ^= static_cast<std::uint8_t>(1u << random.Below(8)); break;
      case 2: file[place] = 0xff; break;
      case 3: ++file[place]; break;
      default: {
        // A whole word: offsets, counts and sizes are words.
        const std::size_t word = place / 4 * 4;
        for (std::size_t j = word; j < std::min(word + 4, file.size()); ++j) file[j] = random.Byte();
      }
    }
  }
}

void Splice(std::vector<std::uint8_t>& file, const std::vector<std::uint8_t>& other, Random& random) {
  const std::size_t at = random.Below(file.size() + 1);
  const auto place = file.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t count = std::min(file.size() - at, 4 + random.Below(64));
  const auto behind = place + static_cast<std::ptrdiff_t>(count);
  switch (random.Below(4)) {
    case 0: file.erase(place, file.end()); break;
    case 1: file.erase(place, behind); break;
    case 2: {
      const std::vector<std::uint8_t> part(place, behind);
      file.insert(place, part.begin(), part.end());
      break;
    }
    default: {
      const auto from = other.begin() + static_cast<std::ptrdiff_t>(random.Below(other.size()));
      file.erase(place, file.end());
      file.insert(file.end(), from, other.end());
    }
  }
}

}  // namespace dfxterm::test
