#include <napi.h>

namespace dfxterm::binding {
void ExportFaceTracker(Napi::Env env, Napi::Object exports);
void ExportExtraction(Napi::Env env, Napi::Object exports);
void ExportPipe(Napi::Env env, Napi::Object exports);
}  // namespace dfxterm::binding

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  dfxterm::binding::ExportFaceTracker(env, exports);
  dfxterm::binding::ExportExtraction(env, exports);
  dfxterm::binding::ExportPipe(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(dfxterm, Init)
