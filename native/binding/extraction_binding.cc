#include <napi.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector.h"
#include "crossing.h"
#include "factory.h"

namespace dfxterm::binding {
namespace {

constexpr std::size_t kListMax = 1024;

// Reading an entry may run JavaScript (a getter), which may change the array: the count is read once, and nothing
// that it could pull away is held meanwhile.
std::vector<std::string> TextsIn(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) RefuseType(std::string(name) + " must be an array of strings");
  const auto array = value.As<Napi::Array>();
  const std::uint32_t count = array.Length();
  if (count > kListMax) RefuseRange(std::string(name) + " has too many entries");
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < count; ++i) texts.push_back(TextIn(array.Get(i), name));
  return texts;
}

Napi::Uint8Array BytesOut(Napi::Env env, const void* data, std::size_t size) {
  auto bytes = Napi::Uint8Array::New(env, size);
  std::copy_n(static_cast<const std::uint8_t*>(data), size, bytes.Data());
  return bytes;
}

Napi::Object PayloadOut(Napi::Env env, const extraction::Payload& payload) {
  auto object = Napi::Object::New(env);
  object.Set("valid", payload.valid);
  object.Set("startFrame", payload.start_frame);
  object.Set("endFrame", payload.end_frame);
  object.Set("chunkNumber", payload.chunk_number);
  object.Set("numberChunks", payload.number_chunks);
  object.Set("firstChunkStartTimeS", payload.first_chunk_start_time_s);
  object.Set("startTimeS", payload.start_time_s);
  object.Set("endTimeS", payload.end_time_s);
  object.Set("durationS", payload.duration_s);
  object.Set("payload", BytesOut(env, payload.payload.data(), payload.payload.size()));
  object.Set("metadata", BytesOut(env, payload.metadata.data(), payload.metadata.size()));
  return object;
}

class CollectorWrap : public Napi::ObjectWrap<CollectorWrap> {
 public:
  explicit CollectorWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "Collector",
                       {
                           InstanceMethod<&CollectorWrap::SetTargetFps>("setTargetFps"),
                           InstanceMethod<&CollectorWrap::SetChunkDurationSeconds>("setChunkDurationSeconds"),
                           InstanceMethod<&CollectorWrap::SetNumberChunks>("setNumberChunks"),
                           InstanceMethod<&CollectorWrap::SetProperty>("setProperty"),
                           InstanceMethod<&CollectorWrap::GetState>("getState"),
                           InstanceMethod<&CollectorWrap::StartCollection>("startCollection"),
                           InstanceMethod<&CollectorWrap::AddMarker>("addMarker"),
                           InstanceMethod<&CollectorWrap::ExtractChannels>("extractChannels"),
                           InstanceMethod<&CollectorWrap::ForceComplete>("forceComplete"),
                           InstanceMethod<&CollectorWrap::GetChunkData>("getChunkData"),
                           InstanceMethod<&CollectorWrap::CancelCollection>("cancelCollection"),
                           InstanceMethod<&CollectorWrap::ResetCollection>("resetCollection"),
                           InstanceMethod<&CollectorWrap::RegionNames>("regionNames"),
                           InstanceMethod<&CollectorWrap::RegionPolygon>("regionPolygon"),
                       });
  }

  void Attach(std::unique_ptr<extraction::Collector> collector) {
    collector_ = std::move(collector);
    points_.resize(collector_->point_count());
  }

 private:
  // Runs `body` on the collector behind the one door for failures.
  template <typename Body>
  Napi::Value On(const Napi::CallbackInfo& info, Body body) {
    return Crossing(info.Env(), [&]() -> Napi::Value {
      if (!collector_) RefuseType("a collector is made by Factory.createCollector");
      return body(*collector_);
    });
  }

  Napi::Value SetTargetFps(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.SetTargetFps(NumberIn(info[0], 1, 1000, "rateHz"));
      return info.Env().Undefined();
    });
  }

  Napi::Value SetChunkDurationSeconds(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.SetChunkDurationSeconds(NumberIn(info[0], 1, 30, "durationS"));
      return info.Env().Undefined();
    });
  }

  Napi::Value SetNumberChunks(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.SetNumberChunks(static_cast<std::uint32_t>(IntIn(info[0], 1, 100'000, "count")));
      return info.Env().Undefined();
    });
  }

  Napi::Value SetProperty(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.SetProperty(TextIn(info[0], "key"), TextIn(info[1], "value"));
      return info.Env().Undefined();
    });
  }

  Napi::Value GetState(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) { return StateOut(info, collector.state()); });
  }

  Napi::Value StartCollection(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.StartCollection();
      return info.Env().Undefined();
    });
  }

  Napi::Value AddMarker(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.AddMarker(TextIn(info[0], "text"));
      return info.Env().Undefined();
    });
  }

  // extractChannels(data, widthPx, heightPx, fullRange, bt709, frameNumber, timestampMs, hasFace, poseValid,
  //                 detected, points[, keyFrame])
  Napi::Value ExtractChannels(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      extraction::Frame frame;
      frame.video.picture = PictureIn(info, 0);
      frame.video.number = static_cast<std::uint32_t>(IntIn(info[5], 0, kFrameNumberMax, "frameNumber"));
      frame.video.timestamp_ms = NumberIn(info[6], 0, 1e12, "timestampMs");
      const bool has_face = BoolIn(info[7], "hasFace");
      extraction::Face face;
      face.pose_valid = BoolIn(info[8], "poseValid");
      face.detected = BoolIn(info[9], "detected");
      const auto points = FloatsIn(info[10], has_face ? points_.size() * extraction::kFloatsPerPoint : 0, "points");
      frame.video.key_frame = !info[11].IsUndefined() && BoolIn(info[11], "keyFrame");
      if (has_face) {
        extraction::PointsFromFloats(points, points_);
        face.points = points_;
        frame.face = &face;
      }
      return StateOut(info, collector.ExtractChannels(frame));
    });
  }

  Napi::Value ForceComplete(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.ForceComplete();
      return info.Env().Undefined();
    });
  }

  Napi::Value GetChunkData(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) -> Napi::Value {
      const auto payload = collector.GetChunkData();
      if (!payload) return info.Env().Null();
      return PayloadOut(info.Env(), *payload);
    });
  }

  Napi::Value CancelCollection(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.CancelCollection();
      return info.Env().Undefined();
    });
  }

  Napi::Value ResetCollection(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) {
      collector.ResetCollection();
      return info.Env().Undefined();
    });
  }

  Napi::Value RegionNames(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) -> Napi::Value {
      const auto& regions = collector.study().regions;
      auto names = Napi::Array::New(info.Env(), regions.size());
      for (std::uint32_t i = 0; i < regions.size(); ++i) names.Set(i, regions[i].name);
      return names;
    });
  }

  // regionPolygon(index, out: Float32Array): number of points; the outer ring, clipped to the picture.
  Napi::Value RegionPolygon(const Napi::CallbackInfo& info) {
    return On(info, [&](extraction::Collector& collector) -> Napi::Value {
      const auto& regions = collector.regions();
      const int index = IntIn(info[0], 0, static_cast<int>(regions.size()) - 1, "index");
      const auto out = FloatsIn(info[1], 2, "out");
      const auto& ring = regions[static_cast<std::size_t>(index)].outer;
      const std::size_t count = std::min(ring.size(), out.size() / 2);
      for (std::size_t i = 0; i < count; ++i) {
        out[2 * i] = static_cast<float>(ring[i].x);
        out[2 * i + 1] = static_cast<float>(ring[i].y);
      }
      return Napi::Number::New(info.Env(), static_cast<double>(count));
    });
  }

  static Napi::Value StateOut(const Napi::CallbackInfo& info, extraction::CollectorState state) {
    return Napi::Number::New(info.Env(), static_cast<double>(state));
  }

  static constexpr int kFrameNumberMax = 2'147'483'647;

  std::unique_ptr<extraction::Collector> collector_;
  std::vector<extraction::PosePoint> points_;
};

class FactoryWrap : public Napi::ObjectWrap<FactoryWrap> {
 public:
  // The class of the collectors belongs to the factory, not to the process: every thread has its own.
  explicit FactoryWrap(const Napi::CallbackInfo& info)
      : ObjectWrap(info), collector_class_(Napi::Persistent(CollectorWrap::Class(info.Env()))) {}

  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "Factory",
                       {
                           InstanceMethod<&FactoryWrap::InitializeStudy>("initializeStudy"),
                           InstanceMethod<&FactoryWrap::CreateCollector>("createCollector"),
                       });
  }

 private:
  // initializeStudy(id, pointNames, requiredPoints, regionNames, layout, limits)
  Napi::Value InitializeStudy(const Napi::CallbackInfo& info) {
    return Crossing(info.Env(), [&] {
      auto points = TextsIn(info[1], "pointNames");
      const auto required = static_cast<std::uint32_t>(IntIn(info[2], 0, static_cast<int>(kListMax), "requiredPoints"));
      auto regions = TextsIn(info[3], "regionNames");
      factory_.InitializeStudy(extraction::StudyFromNumbers(TextIn(info[0], "id"), std::move(points), required,
                                                            std::move(regions), DoublesIn(info[4], 0, "layout"),
                                                            DoublesIn(info[5], 0, "limits")));
      return info.Env().Undefined();
    });
  }

  // createCollector(posePointNames): Collector
  Napi::Value CreateCollector(const Napi::CallbackInfo& info) {
    return Crossing(info.Env(), [&]() -> Napi::Value {
      auto collector = factory_.CreateCollector(TextsIn(info[0], "posePointNames"));
      const Napi::Object object = collector_class_.New({});
      CollectorWrap::Unwrap(object)->Attach(std::move(collector));
      return object;
    });
  }

  extraction::Factory factory_;
  Napi::FunctionReference collector_class_;
};

Napi::Value EngineVersion(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), extraction::kEngineVersion);
}

}  // namespace

void ExportExtraction(Napi::Env env, Napi::Object exports) {
  exports.Set("Factory", FactoryWrap::Class(env));
  exports.Set("engineVersion", Napi::Function::New(env, EngineVersion, "engineVersion"));
}

}  // namespace dfxterm::binding
