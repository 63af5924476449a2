#include "thumbnail.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine_error.h"

namespace dfxterm {
namespace {

constexpr int kMaxCropPx = 65536;

// Samples first .. last - 1 of a row or column, and the part of the wanted length that is inside of the picture.
struct Samples {
  int first;
  int last;
  float share;
};

// The samples that cell `index` of `cells` covers, when `length` pixels from `start` on are divided into cells.
Samples CellOf(int index, int cells, int start, int length, int limit) {
  const auto edge = [&](int i) {
    return start + static_cast<int>(static_cast<std::int64_t>(i) * length / cells);
  };
  const int from = edge(index);
  const int to = std::max(from + 1, edge(index + 1));
  const int first = std::clamp(from, 0, limit);
  const int last = std::clamp(to, 0, limit);
  return {first, last, static_cast<float>(last - first) / static_cast<float>(to - from)};
}

// The chroma samples that belong to luma samples; never empty for a range that is not.
Samples ChromaOf(const Samples& luma) { return {luma.first / 2, (luma.last + 1) / 2, luma.share}; }

std::vector<Samples> CellsOf(int cells, int start, int length, int limit) {
  std::vector<Samples> ranges;
  ranges.reserve(static_cast<std::size_t>(cells));
  for (int i = 0; i < cells; ++i) ranges.push_back(CellOf(i, cells, start, length, limit));
  return ranges;
}

// Sums of some rows of a plane, column by column: adding whole rows is what the compiler vectorises.
class ColumnSums {
 public:
  ColumnSums(const std::uint8_t* plane, int width) : plane_(plane), width_(width), sums_(static_cast<std::size_t>(width)) {}

  void Sum(const Samples& rows) {
    rows_ = rows.last - rows.first;
    std::ranges::fill(sums_, 0u);
    for (int row = rows.first; row < rows.last; ++row) {
      const std::uint8_t* from = plane_ + static_cast<std::size_t>(row) * static_cast<std::size_t>(width_);
      for (int column = 0; column < width_; ++column) sums_[static_cast<std::size_t>(column)] += from[column];
    }
  }

  float Mean(const Samples& columns) const {
    std::uint64_t sum = 0;
    for (int column = columns.first; column < columns.last; ++column) sum += sums_[static_cast<std::size_t>(column)];
    const auto count = static_cast<float>(rows_) * static_cast<float>(columns.last - columns.first);
    return static_cast<float>(sum) / count;
  }

 private:
  const std::uint8_t* plane_;
  int width_;
  int rows_ = 0;
  std::vector<std::uint32_t> sums_;
};

// ITU-R BT.601 and BT.709.
struct Converter {
  explicit Converter(const Picture& picture)
      : full(picture.range == Range::kFull), bt709(picture.matrix == Matrix::kBt709) {}

  void Write(float y, float u, float v, float share, std::uint8_t* rgb24) const {
    const float luma = full ? y : (y - 16.0f) * (255.0f / 219.0f);
    const float chroma_scale = full ? 1.0f : 255.0f / 224.0f;
    const float blue = (u - 128.0f) * chroma_scale;
    const float red = (v - 128.0f) * chroma_scale;
    const float channels[3] = {
        luma + (bt709 ? 1.5748f : 1.402f) * red,
        luma - (bt709 ? 0.187324f : 0.344136f) * blue - (bt709 ? 0.468124f : 0.714136f) * red,
        luma + (bt709 ? 1.8556f : 1.772f) * blue,
    };
    for (int i = 0; i < 3; ++i) {
      rgb24[i] = static_cast<std::uint8_t>(std::lround(std::clamp(channels[i], 0.0f, 255.0f) * share));
    }
  }

  bool full;
  bool bt709;
};

void CheckSizes(const Crop& crop, std::span<std::uint8_t> rgb24, int width_px, int height_px) {
  const auto refuse = [](const char* what) { throw EngineError("ENGINE_ARGUMENT", what); };
  if (std::abs(crop.x) > kMaxCropPx || std::abs(crop.y) > kMaxCropPx) refuse("the crop is too far outside");
  if (crop.width < 1 || crop.height < 1 || crop.width > kMaxCropPx || crop.height > kMaxCropPx) {
    refuse("the crop must be between 1 and 65536 pixels wide and high");
  }
  if (width_px < 1 || height_px < 1 || width_px > kMaxThumbnailSidePx || height_px > kMaxThumbnailSidePx) {
    refuse("a thumbnail must be between 1 and 4096 pixels wide and high");
  }
  if (rgb24.size() < 3 * static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px)) {
    refuse("the buffer of the thumbnail is too short");
  }
}

}  // namespace

void Thumbnail(const Picture& picture, const Crop& crop, std::span<std::uint8_t> rgb24, int width_px, int height_px) {
  CheckSizes(crop, rgb24, width_px, height_px);
  const auto columns = CellsOf(width_px, crop.x, crop.width, picture.width_px);
  const auto rows = CellsOf(height_px, crop.y, crop.height, picture.height_px);
  const Converter converter(picture);
  ColumnSums y(picture.y, picture.width_px);
  ColumnSums u(picture.u, picture.chroma_width_px());
  ColumnSums v(picture.v, picture.chroma_width_px());
  std::uint8_t* to = rgb24.data();
  for (const Samples& row : rows) {
    if (row.share > 0) {
      y.Sum(row);
      u.Sum(ChromaOf(row));
      v.Sum(ChromaOf(row));
    }
    for (const Samples& column : columns) {
      const float share = row.share * column.share;
      if (share > 0) {
        const Samples chroma = ChromaOf(column);
        converter.Write(y.Mean(column), u.Mean(chroma), v.Mean(chroma), share, to);
      } else {
        std::fill_n(to, 3, std::uint8_t{0});
      }
      to += 3;
    }
  }
}

}  // namespace dfxterm
