#include "chunk_data.h"

namespace dfxterm::extraction {
namespace {

// Applies `body` to every column of a chunk; its markers and key frames are no columns.
template <typename Body>
void ForEachColumn(ChunkData& chunk, Body body) {
  body(chunk.timestamp_ms);
  body(chunk.frame_number);
  body(chunk.face);
  body(chunk.centre_x);
  body(chunk.centre_y);
  body(chunk.eye_distance);
  body(chunk.roll);
  body(chunk.yaw);
  body(chunk.pitch);
  for (RegionColumns& region : chunk.regions) {
    body(region.pixels);
    body(region.red);
    body(region.green);
    body(region.blue);
    body(region.spread);
    body(region.clipped);
  }
}

std::uint32_t FaceBits(const Face* face) {
  if (!face) return 0;
  return kFacePresent | (face->pose_valid ? kFacePoseValid : 0U) | (face->detected ? kFaceDetected : 0U);
}

}  // namespace

ChunkData::ChunkData(const Study& study) {
  for (const RegionSpec& spec : study.regions) {
    RegionColumns columns;
    columns.name = spec.name;
    columns.skin = spec.kind == RegionKind::kSkin;
    regions.push_back(std::move(columns));
  }
}

void ChunkData::Reserve(std::size_t frames) {
  ForEachColumn(*this, [frames](auto& column) { column.reserve(frames); });
  key_frames.reserve(frames);
}

void ChunkData::Clear() {
  ForEachColumn(*this, [](auto& column) { column.clear(); });
  markers.clear();
  key_frames.clear();
  face_frames = 0;
}

void ChunkData::Add(const Frame& frame, const HeadPose& pose, std::span<const RegionMeans> means) {
  timestamp_ms.push_back(frame.video.timestamp_ms);
  frame_number.push_back(frame.video.number);
  if (frame.video.key_frame) key_frames.push_back(frame.video.number);
  face.push_back(FaceBits(frame.face));
  if (frame.face && frame.face->pose_valid) ++face_frames;
  centre_x.push_back(pose.centre_x);
  centre_y.push_back(pose.centre_y);
  eye_distance.push_back(pose.eye_distance);
  roll.push_back(pose.roll);
  yaw.push_back(pose.yaw);
  pitch.push_back(pose.pitch);
  for (std::size_t i = 0; i < regions.size(); ++i) {
    RegionColumns& region = regions[i];
    region.pixels.push_back(means[i].pixels);
    region.red.push_back(means[i].red);
    region.green.push_back(means[i].green);
    region.blue.push_back(means[i].blue);
    region.spread.push_back(means[i].spread);
    region.clipped.push_back(means[i].clipped);
  }
}

}  // namespace dfxterm::extraction
