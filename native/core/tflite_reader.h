#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>

#include "engine_error.h"

// Reading a FlatBuffer (the container of .tflite files) whose bytes are not to be trusted: every access is
// checked against the end of the file. Format: the public FlatBuffers internals document.
//
//   table    [int32 distance back to its vtable][fields ...]
//   vtable   [uint16 its bytes][uint16 table bytes][uint16 place of field 0 in the table, 0 = absent] ...
//   vector   [uint32 count][elements ...]; vectors and tables are referred to by uint32 distances forward
namespace dfxterm::tflite {

[[noreturn]] inline void Refuse(const char* what) {
  throw EngineError("ENGINE_MODEL", std::string("the face model cannot be used: ") + what);
}

class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  template <typename Number>
  Number Read(std::size_t at) const {
    const auto part = Slice(at, sizeof(Number));
    Number number;
    std::memcpy(&number, part.data(), sizeof number);
    return number;
  }

  std::span<const std::uint8_t> Slice(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) Refuse("it ends too early or points outside itself");
    return bytes_.subspan(at, count);
  }

  // Where the forward reference at `at` leads.
  std::size_t Follow(std::size_t at) const { return at + Read<std::uint32_t>(at); }

 private:
  std::span<const std::uint8_t> bytes_;
};

// A vector inside the file. Its whole extent has been checked.
class Vector {
 public:
  Vector() = default;
  Vector(const Bytes& bytes, std::size_t at, std::size_t element_bytes)
      : first_(at + sizeof(std::uint32_t)), count_(bytes.Read<std::uint32_t>(at)) {
    if (count_ > std::numeric_limits<std::uint32_t>::max() / element_bytes) Refuse("a list in it is too long");
    bytes.Slice(first_, count_ * element_bytes);
  }
  std::size_t first() const { return first_; }
  std::size_t count() const { return count_; }

 private:
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

class Table {
 public:
  Table(const Bytes& bytes, std::size_t at) : bytes_(&bytes), at_(at) {
    const auto distance = static_cast<std::int64_t>(bytes.Read<std::int32_t>(at));
    const std::int64_t vtable = static_cast<std::int64_t>(at) - distance;
    if (vtable < 0) Refuse("a table in it points before the start");
    vtable_ = static_cast<std::size_t>(vtable);
    vtable_bytes_ = bytes.Read<std::uint16_t>(vtable_);
  }

  bool Has(int field) const { return PlaceOf(field) != 0; }

  template <typename Number>
  Number Scalar(int field, Number absent) const {
    const std::size_t place = PlaceOf(field);
    return place == 0 ? absent : bytes_->Read<Number>(at_ + place);
  }

  // The table a field refers to; the field must be there.
  Table Child(int field) const {
    const std::size_t place = PlaceOf(field);
    if (place == 0) Refuse("a part of it is missing");
    return Table(*bytes_, bytes_->Follow(at_ + place));
  }

  // An absent vector is empty.
  Vector Numbers(int field, std::size_t element_bytes) const {
    const std::size_t place = PlaceOf(field);
    return place == 0 ? Vector() : Vector(*bytes_, bytes_->Follow(at_ + place), element_bytes);
  }

  // A vector of references to tables.
  Vector Tables(int field) const { return Numbers(field, sizeof(std::uint32_t)); }

  Table At(const Vector& tables, std::size_t index) const {
    if (index >= tables.count()) Refuse("it refers to an entry that is not there");
    return Table(*bytes_, bytes_->Follow(tables.first() + index * sizeof(std::uint32_t)));
  }

 private:
  std::size_t PlaceOf(int field) const {
    const std::size_t entry = 4 + 2 * static_cast<std::size_t>(field);
    return entry + 2 <= vtable_bytes_ ? bytes_->Read<std::uint16_t>(vtable_ + entry) : 0;
  }

  const Bytes* bytes_;
  std::size_t at_;
  std::size_t vtable_ = 0;
  std::size_t vtable_bytes_ = 0;
};

}  // namespace dfxterm::tflite
