#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

// Writes the few wire types of Protocol Buffers that the payload needs
// (https://protobuf.dev/programming-guides/encoding/).
namespace dfxterm::extraction {

class ProtobufWriter {
 public:
  void Varint(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<std::uint8_t>(value));
  }

  // proto3 leaves out a field that has its default value.
  void Unsigned(std::uint32_t field, std::uint64_t value) {
    if (value == 0) return;
    Varint(field << 3 | kVarint);
    Varint(value);
  }

  void Text(std::uint32_t field, std::string_view text) {
    if (text.empty()) return;
    Varint(field << 3 | kLengthDelimited);
    Varint(text.size());
    bytes_.insert(bytes_.end(), text.begin(), text.end());
  }

  void Message(std::uint32_t field, const ProtobufWriter& message) {
    Varint(field << 3 | kLengthDelimited);
    Varint(message.bytes_.size());
    bytes_.insert(bytes_.end(), message.bytes_.begin(), message.bytes_.end());
  }

  void Packed(std::uint32_t field, std::span<const std::uint32_t> values) {
    if (values.empty()) return;
    std::size_t length = 0;
    for (const std::uint32_t value : values) length += VarintLength(value);
    Varint(field << 3 | kLengthDelimited);
    Varint(length);
    for (const std::uint32_t value : values) Varint(value);
  }

  template <std::floating_point Number>
  void Packed(std::uint32_t field, std::span<const Number> values) {
    static_assert(std::endian::native == std::endian::little, "protobuf numbers are little-endian");
    if (values.empty()) return;
    Varint(field << 3 | kLengthDelimited);
    Varint(values.size_bytes());
    const std::size_t at = bytes_.size();
    bytes_.resize(at + values.size_bytes());
    std::memcpy(bytes_.data() + at, values.data(), values.size_bytes());
  }

  void Raw(std::span<const std::uint8_t> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  std::vector<std::uint8_t> Take() { return std::move(bytes_); }

 private:
  static constexpr std::uint32_t kVarint = 0;
  static constexpr std::uint32_t kLengthDelimited = 2;

  static std::size_t VarintLength(std::uint64_t value) {
    std::size_t length = 1;
    while (value >= 0x80) {
      value >>= 7;
      ++length;
    }
    return length;
  }

  std::vector<std::uint8_t> bytes_;
};

}  // namespace dfxterm::extraction
