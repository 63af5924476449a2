#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <span>
#include <string>

#include "engine_error.h"
#include "picture.h"

// The only door between JavaScript and the core: every argument is checked here, every C++ failure
// becomes a JavaScript Error with a `code`.
namespace dfxterm::binding {

inline Napi::Error Coded(Napi::Error error, const std::string& code) {
  error.Set("code", Napi::String::New(error.Env(), code));
  return error;
}

// An argument of the wrong kind; becomes a TypeError. One of the right kind that is too short, too long or out of
// range is an EngineError("ENGINE_ARGUMENT") and becomes a RangeError.
class ArgumentTypeError : public EngineError {
 public:
  explicit ArgumentTypeError(const std::string& message) : EngineError("ENGINE_ARGUMENT", message) {}
};

template <typename Body>
auto Crossing(Napi::Env env, Body body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const ArgumentTypeError& error) {
    throw Coded(Napi::TypeError::New(env, error.what()), error.code());
  } catch (const EngineError& error) {
    const bool is_range = error.code() == "ENGINE_ARGUMENT" || error.code() == "ENGINE_FRAME_SIZE";
    throw is_range ? Coded(Napi::RangeError::New(env, error.what()), error.code())
                   : Coded(Napi::Error::New(env, error.what()), error.code());
  } catch (const std::bad_alloc&) {
    throw Coded(Napi::Error::New(env, "the engine ran out of memory"), "ENGINE_MEMORY");
  } catch (const std::exception& error) {
    throw Coded(Napi::Error::New(env, error.what()), "ENGINE_INTERNAL");
  }
}

[[noreturn]] inline void RefuseType(const std::string& what) { throw ArgumentTypeError(what); }
[[noreturn]] inline void RefuseRange(const std::string& what) { throw EngineError("ENGINE_ARGUMENT", what); }

// The memory of a typed array, as long as no JavaScript runs. Shared memory is refused, because another thread could
// change it between a check and a use; a resizable buffer has the length of this moment.
template <typename Number>
std::span<Number> ViewIn(const Napi::Value& value, napi_typedarray_type wanted, const char* type, std::size_t at_least,
                         const char* name) {
  const auto refuse = [&](const char* what) { RefuseType(std::string(name) + what); };
  if (!value.IsTypedArray()) RefuseType(std::string(name) + " must be a " + type);
  napi_typedarray_type kind{};
  std::size_t count = 0;
  void* data = nullptr;
  napi_value buffer = nullptr;
  const napi_env env = value.Env();
  if (napi_get_typedarray_info(env, value, &kind, &count, &data, &buffer, nullptr) != napi_ok || kind != wanted) {
    RefuseType(std::string(name) + " must be a " + type);
  }
  bool is_own = false;
  if (napi_is_arraybuffer(env, buffer, &is_own) != napi_ok || !is_own) refuse(" must not lie in shared memory");
  bool is_detached = false;
  if (napi_is_detached_arraybuffer(env, buffer, &is_detached) != napi_ok || is_detached) {
    refuse(" has been moved away (its buffer is detached)");
  }
  if (count < at_least) RefuseRange(std::string(name) + " must hold at least " + std::to_string(at_least) + " numbers");
  return {static_cast<Number*>(data), count};
}

inline std::span<std::uint8_t> BytesIn(const Napi::Value& value, const char* name) {
  return ViewIn<std::uint8_t>(value, napi_uint8_array, "Uint8Array", 0, name);
}

inline std::span<float> FloatsIn(const Napi::Value& value, std::size_t at_least, const char* name) {
  return ViewIn<float>(value, napi_float32_array, "Float32Array", at_least, name);
}

inline std::span<double> DoublesIn(const Napi::Value& value, std::size_t at_least, const char* name) {
  return ViewIn<double>(value, napi_float64_array, "Float64Array", at_least, name);
}

// As people write it: 1000, not 1000.000000.
inline std::string Shown(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", number);
  return text;
}

inline double NumberIn(const Napi::Value& value, double low, double high, const char* name) {
  if (!value.IsNumber()) RefuseType(std::string(name) + " must be a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!std::isfinite(number) || number < low || number > high) {
    RefuseRange(std::string(name) + " must be between " + Shown(low) + " and " + Shown(high));
  }
  return number;
}

inline int IntIn(const Napi::Value& value, int low, int high, const char* name) {
  const double number = NumberIn(value, low, high, name);
  if (number != std::floor(number)) RefuseRange(std::string(name) + " must be a whole number");
  return static_cast<int>(number);
}

inline bool BoolIn(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) RefuseType(std::string(name) + " must be true or false");
  return value.As<Napi::Boolean>().Value();
}

// The length is asked for first: a string may be half a gigabyte long.
inline std::string TextIn(const Napi::Value& value, const char* name) {
  constexpr std::size_t kUnitsMax = 4096;
  if (!value.IsString()) RefuseType(std::string(name) + " must be a string");
  std::size_t units = 0;
  const napi_status status = napi_get_value_string_utf16(value.Env(), value, nullptr, 0, &units);
  if (status != napi_ok || units > kUnitsMax) RefuseRange(std::string(name) + " is too long");
  return value.As<Napi::String>().Utf8Value();
}

// Five consecutive arguments describe a picture: data, widthPx, heightPx, fullRange, bt709.
inline Picture PictureIn(const Napi::CallbackInfo& info, std::size_t at) {
  const auto bytes = BytesIn(info[at], "frame");
  const int width_px = IntIn(info[at + 1], 2, kMaxSidePx, "widthPx");
  const int height_px = IntIn(info[at + 2], 2, kMaxSidePx, "heightPx");
  if (bytes.size() < PictureBytes(width_px, height_px)) {
    throw EngineError("ENGINE_FRAME_SIZE", "the frame buffer is shorter than its width and height need");
  }
  Picture picture;
  picture.width_px = width_px;
  picture.height_px = height_px;
  picture.y = bytes.data();
  picture.u = picture.y + static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px);
  picture.v = picture.u + static_cast<std::size_t>(picture.chroma_width_px()) *
                              static_cast<std::size_t>(picture.chroma_height_px());
  picture.range = BoolIn(info[at + 3], "fullRange") ? Range::kFull : Range::kLimited;
  picture.matrix = BoolIn(info[at + 4], "bt709") ? Matrix::kBt709 : Matrix::kBt601;
  return picture;
}

}  // namespace dfxterm::binding
