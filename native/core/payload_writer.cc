#include "payload_writer.h"

#include <array>
#include <span>

#include "json_text.h"
#include "protobuf_writer.h"

namespace dfxterm::extraction {
namespace {

constexpr std::array<std::uint8_t, 5> kHeader{'D', 'X', 'T', 'P', 1};
constexpr const char* kDetailsKey = "extraction";

template <typename Number>
std::span<const Number> All(const std::vector<Number>& column) {
  return column;
}

ProtobufWriter RegionMessage(const RegionColumns& region) {
  ProtobufWriter message;
  message.Text(1, region.name);
  message.Unsigned(2, region.skin ? 1 : 0);
  message.Packed(3, All(region.pixels));
  message.Packed(4, All(region.red));
  message.Packed(5, All(region.green));
  message.Packed(6, All(region.blue));
  message.Packed(7, All(region.spread));
  message.Packed(8, All(region.clipped));
  return message;
}

ProtobufWriter MarkerMessage(const Marker& marker) {
  ProtobufWriter message;
  message.Unsigned(1, marker.frame_number);
  message.Text(2, marker.text);
  return message;
}

// Writes the members of a JSON object one behind the other.
class JsonObject {
 public:
  // `json` is a value that is JSON already.
  JsonObject& Add(const char* key, const std::string& json) { return AddQuoted(JsonText(key), json); }
  JsonObject& AddText(const std::string& key, const std::string& text) {
    return AddQuoted(JsonText(key), JsonText(text));
  }
  JsonObject& AddFlag(const char* key, bool flag) { return Add(key, flag ? "true" : "false"); }
  std::string Close() { return json_.append("}"); }

 private:
  JsonObject& AddQuoted(const std::string& key, const std::string& json) {
    json_.append(json_.size() > 1 ? "," : "").append(key).append(":").append(json);
    return *this;
  }
  std::string json_ = "{";
};

std::string RegionNames(const ChunkData& chunk) {
  std::string list = "[";
  for (const RegionColumns& region : chunk.regions) {
    list.append(list.size() > 1 ? "," : "").append(JsonText(region.name));
  }
  return list.append("]");
}

std::string VideoFormat(const Picture& format) {
  return JsonObject()
      .Add("widthPx", std::to_string(format.width_px))
      .Add("heightPx", std::to_string(format.height_px))
      .AddFlag("fullRange", format.range == Range::kFull)
      .AddFlag("bt709", format.matrix == Matrix::kBt709)
      .Close();
}

}  // namespace

std::vector<std::uint8_t> EncodePayload(const ChunkData& chunk, std::uint32_t chunk_number) {
  ProtobufWriter writer;
  writer.Raw(kHeader);
  writer.Text(1, kEngineName);
  writer.Unsigned(2, chunk_number);
  writer.Unsigned(3, chunk.frame_number.front());
  writer.Packed(4, All(chunk.timestamp_ms));
  writer.Packed(5, All(chunk.frame_number));
  writer.Packed(6, All(chunk.face));
  writer.Packed(7, All(chunk.centre_x));
  writer.Packed(8, All(chunk.centre_y));
  writer.Packed(9, All(chunk.eye_distance));
  writer.Packed(10, All(chunk.roll));
  writer.Packed(11, All(chunk.yaw));
  writer.Packed(12, All(chunk.pitch));
  for (const RegionColumns& region : chunk.regions) writer.Message(13, RegionMessage(region));
  for (const Marker& marker : chunk.markers) writer.Message(14, MarkerMessage(marker));
  if (!chunk.key_frames.empty()) writer.Packed(15, All(chunk.key_frames));
  return writer.Take();
}

bool IsReservedKey(const std::string& key) { return key == kEngineName || key == kDetailsKey; }

std::string EncodeMetadata(const ChunkData& chunk, const MetadataFacts& facts, const Properties& properties) {
  JsonObject metadata;
  metadata.AddText(kEngineName, kEngineVersion);
  for (const auto& [key, value] : properties) metadata.AddText(key, value);
  metadata.Add(kDetailsKey, JsonObject()
                                .AddText("study", facts.study_id)
                                .Add("frames", std::to_string(chunk.size()))
                                .Add("faceFrames", std::to_string(chunk.face_frames))
                                .Add("ignoredFrames", std::to_string(facts.ignored_frames))
                                .Add("regions", RegionNames(chunk))
                                .Add("video", VideoFormat(facts.format))
                                .Close());
  return metadata.Close();
}

}  // namespace dfxterm::extraction
