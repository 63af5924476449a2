#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "frame.h"
#include "head_pose.h"
#include "region_sums.h"
#include "study.h"

// What is collected for one chunk and what becomes of it when it is sealed.
namespace dfxterm::extraction {

// Bits of ChunkData::face; the names in src/wire/engine-payload.ts are the same.
constexpr std::uint32_t kFacePresent = 1;
constexpr std::uint32_t kFacePoseValid = 2;
constexpr std::uint32_t kFaceDetected = 4;

struct Marker {
  std::uint32_t frame_number = 0;
  std::string text;
};

// One region over the frames of a chunk, column by column.
struct RegionColumns {
  std::string name;
  bool skin = true;
  std::vector<std::uint32_t> pixels;
  std::vector<float> red;
  std::vector<float> green;
  std::vector<float> blue;
  std::vector<float> spread;
  std::vector<float> clipped;
};

// The columns of the chunk that is being collected: one entry per frame in each of them. They keep their
// memory from chunk to chunk.
struct ChunkData {
  explicit ChunkData(const Study& study);

  void Reserve(std::size_t frames);
  void Clear();
  // `means` holds one entry per region.
  void Add(const Frame& frame, const HeadPose& pose, std::span<const RegionMeans> means);
  std::size_t size() const { return timestamp_ms.size(); }

  std::vector<double> timestamp_ms;
  std::vector<std::uint32_t> frame_number;
  std::vector<std::uint32_t> face;
  std::vector<float> centre_x;
  std::vector<float> centre_y;
  std::vector<float> eye_distance;
  std::vector<float> roll;
  std::vector<float> yaw;
  std::vector<float> pitch;
  std::vector<RegionColumns> regions;
  std::vector<Marker> markers;
  std::vector<std::uint32_t> key_frames;  // numbers of the frames that the codec stored whole
  std::size_t face_frames = 0;  // frames whose face is present with a valid pose
};

// A sealed chunk: the public fields of the SDK's payload object and its two byte strings.
struct Payload {
  bool valid = false;
  std::uint32_t start_frame = 0;
  std::uint32_t end_frame = 0;  // inclusive
  std::uint32_t chunk_number = 0;
  std::uint32_t number_chunks = 0;
  std::uint32_t first_chunk_start_time_s = 0;
  std::uint32_t start_time_s = 0;
  std::uint32_t end_time_s = 0;
  float duration_s = 0;
  std::vector<std::uint8_t> payload;
  std::string metadata;
};

}  // namespace dfxterm::extraction
