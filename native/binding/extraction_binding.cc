#include <napi.h>

namespace dfxterm::binding {

void ExportExtraction(Napi::Env, Napi::Object) {}

}  // namespace dfxterm::binding
