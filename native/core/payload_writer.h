#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chunk_data.h"
#include "picture.h"

namespace dfxterm::extraction {

// Version of the engine, in payloads and metadata.
constexpr const char* kEngineName = "dfxterm";
constexpr const char* kEngineVersion = "0.1.0";

// The payload bytes of a chunk: "DXTP", version 1, then the protobuf message of docs/payload.md.
// The chunk holds one frame or more.
std::vector<std::uint8_t> EncodePayload(const ChunkData& chunk, std::uint32_t chunk_number);

// What the metadata says beside the properties.
struct MetadataFacts {
  std::string study_id;
  Picture format;  // of the last frame; the planes are not looked at
  std::uint64_t ignored_frames = 0;
};

using Properties = std::map<std::string, std::string>;

// Keys that the engine writes itself; properties cannot have these names.
bool IsReservedKey(const std::string& key);

// UTF-8 JSON object: "dfxterm" (the engine's version), every property, and "extraction" with our own details.
std::string EncodeMetadata(const ChunkData& chunk, const MetadataFacts& facts, const Properties& properties);

}  // namespace dfxterm::extraction
