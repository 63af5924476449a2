#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <new>
#include <span>
#include <string>

#include "engine_error.h"
#include "picture.h"

// The only door between JavaScript and the core: every argument is checked here, every C++ failure
// becomes a JavaScript Error with a `code`.
namespace dfxterm::binding {

inline Napi::Error Coded(Napi::Env env, const std::string& code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

template <typename Body>
auto Crossing(Napi::Env env, Body body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const EngineError& error) {
    throw Coded(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw Coded(env, "ENGINE_MEMORY", "the engine ran out of memory");
  } catch (const std::exception& error) {
    throw Coded(env, "ENGINE_INTERNAL", error.what());
  }
}

[[noreturn]] inline void RefuseArgument(const std::string& what) {
  throw EngineError("ENGINE_ARGUMENT", what);
}

// The bytes of a Uint8Array; a detached buffer counts as empty.
inline std::span<std::uint8_t> BytesIn(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    RefuseArgument(std::string(name) + " must be a Uint8Array");
  }
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ElementLength()};
}

inline std::span<float> FloatsIn(const Napi::Value& value, std::size_t at_least, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    RefuseArgument(std::string(name) + " must be a Float32Array");
  }
  auto array = value.As<Napi::Float32Array>();
  if (array.ElementLength() < at_least) {
    RefuseArgument(std::string(name) + " must hold at least " + std::to_string(at_least) + " numbers");
  }
  return {array.Data(), array.ElementLength()};
}

inline std::span<double> DoublesIn(const Napi::Value& value, std::size_t at_least, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    RefuseArgument(std::string(name) + " must be a Float64Array");
  }
  auto array = value.As<Napi::Float64Array>();
  if (array.ElementLength() < at_least) {
    RefuseArgument(std::string(name) + " must hold at least " + std::to_string(at_least) + " numbers");
  }
  return {array.Data(), array.ElementLength()};
}

inline double NumberIn(const Napi::Value& value, double low, double high, const char* name) {
  if (!value.IsNumber()) RefuseArgument(std::string(name) + " must be a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!std::isfinite(number) || number < low || number > high) {
    RefuseArgument(std::string(name) + " must be between " + std::to_string(low) + " and " + std::to_string(high));
  }
  return number;
}

inline int IntIn(const Napi::Value& value, int low, int high, const char* name) {
  const double number = NumberIn(value, low, high, name);
  if (number != std::floor(number)) RefuseArgument(std::string(name) + " must be a whole number");
  return static_cast<int>(number);
}

inline bool BoolIn(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) RefuseArgument(std::string(name) + " must be true or false");
  return value.As<Napi::Boolean>().Value();
}

inline std::string TextIn(const Napi::Value& value, const char* name) {
  if (!value.IsString()) RefuseArgument(std::string(name) + " must be a string");
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
