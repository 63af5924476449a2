#include <napi.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cpu_features.h"
#include "crossing.h"
#include "face_tracker.h"
#include "network.h"
#include "thumbnail.h"

namespace dfxterm::binding {
namespace {

DetectStrategy StrategyIn(const Napi::Value& value) {
  const std::string name = TextIn(value, "strategy");
  if (name == "brute") return DetectStrategy::kBrute;
  if (name == "fast") return DetectStrategy::kFast;
  if (name == "smart") return DetectStrategy::kSmart;
  RefuseRange("strategy must be brute, fast or smart");
}

class FaceTrackerObject : public Napi::ObjectWrap<FaceTrackerObject> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "FaceTracker",
                       {InstanceMethod<&FaceTrackerObject::Track>("track"),
                        InstanceMethod<&FaceTrackerObject::Reset>("reset")});
  }

  // new FaceTracker(detectorModel: Uint8Array, meshModel: Uint8Array, strategy: string)
  explicit FaceTrackerObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FaceTrackerObject>(info) {
    Crossing(info.Env(), [&] {
      const auto detector = BytesIn(info[0], "detectorModel");
      const auto mesh = BytesIn(info[1], "meshModel");
      tracker_ = std::make_unique<FaceTracker>(detector, mesh, StrategyIn(info[2]));
    });
  }

 private:
  // track(picture..., timestampMs, landmarks: Float32Array, state: Float64Array): boolean
  Napi::Value Track(const Napi::CallbackInfo& info) {
    return Crossing(info.Env(), [&]() -> Napi::Value {
      const Picture picture = PictureIn(info, 0);
      const double timestamp_ms = NumberIn(info[5], -kMaxTimeMs, kMaxTimeMs, "timestampMs");
      const auto landmarks = FloatsIn(info[6], kLandmarkFloats, "landmarks");
      const auto out = DoublesIn(info[7], 6, "state");
      const bool found = tracker_->Track(picture, timestamp_ms, landmarks);
      const TrackState& state = tracker_->state();
      const double values[] = {state.presence, state.detected ? 1.0 : 0.0, static_cast<double>(state.detector_runs),
                               state.region.x, state.region.y,             state.region.size};
      std::ranges::copy(values, out.begin());
      return Napi::Boolean::New(info.Env(), found);
    });
  }

  // reset(): void
  Napi::Value Reset(const Napi::CallbackInfo& info) {
    return Crossing(info.Env(), [&]() -> Napi::Value {
      tracker_->Reset();
      return info.Env().Undefined();
    });
  }

  // A hundred years.
  static constexpr double kMaxTimeMs = 3.2e12;
  std::unique_ptr<FaceTracker> tracker_;
};

// instructionSet(): string
Napi::Value InstructionSet(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), ChooseKernels().name);
}

// thumbnail(picture..., cropX, cropY, cropWidth, cropHeight, out: Uint8Array, outWidthPx, outHeightPx): void
Napi::Value MakeThumbnail(const Napi::CallbackInfo& info) {
  return Crossing(info.Env(), [&]() -> Napi::Value {
    constexpr int kFar = 1 << 20;
    const Picture picture = PictureIn(info, 0);
    const Crop crop{IntIn(info[5], -kFar, kFar, "cropX"), IntIn(info[6], -kFar, kFar, "cropY"),
                    IntIn(info[7], 1, kFar, "cropWidth"), IntIn(info[8], 1, kFar, "cropHeight")};
    const auto out = BytesIn(info[9], "out");
    const int width_px = IntIn(info[10], 1, kMaxThumbnailSidePx, "outWidthPx");
    const int height_px = IntIn(info[11], 1, kMaxThumbnailSidePx, "outHeightPx");
    Thumbnail(picture, crop, out, width_px, height_px);
    return info.Env().Undefined();
  });
}

// runModel(model: Uint8Array, input: Float32Array): Float32Array[]
Napi::Value RunModel(const Napi::CallbackInfo& info) {
  return Crossing(info.Env(), [&]() -> Napi::Value {
    Network network(BytesIn(info[0], "model"), ChooseKernels());
    const Network::Input input = network.input();
    const auto row = static_cast<std::size_t>(input.width * input.channels);
    const auto values = FloatsIn(info[1], row * static_cast<std::size_t>(input.height), "input");
    for (std::size_t y = 0; y < static_cast<std::size_t>(input.height); ++y) {
      std::ranges::copy(values.subspan(y * row, row), input.pixels + y * input.row_stride);
    }
    network.Run();
    auto outputs = Napi::Array::New(info.Env(), network.output_count());
    for (std::size_t i = 0; i < network.output_count(); ++i) {
      auto output = Napi::Float32Array::New(info.Env(), network.output_size(i));
      network.CopyOutput(i, {output.Data(), output.ElementLength()});
      outputs.Set(static_cast<std::uint32_t>(i), output);
    }
    return outputs;
  });
}

}  // namespace

void ExportFaceTracker(Napi::Env env, Napi::Object exports) {
  exports.Set("FaceTracker", FaceTrackerObject::Define(env));
  exports.Set("instructionSet", Napi::Function::New<InstructionSet>(env, "instructionSet"));
  exports.Set("thumbnail", Napi::Function::New<MakeThumbnail>(env, "thumbnail"));
  exports.Set("runModel", Napi::Function::New<RunModel>(env, "runModel"));
}

}  // namespace dfxterm::binding
