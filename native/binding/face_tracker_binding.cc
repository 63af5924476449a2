#include <napi.h>

namespace dfxterm::binding {

void ExportFaceTracker(Napi::Env, Napi::Object) {}

}  // namespace dfxterm::binding
