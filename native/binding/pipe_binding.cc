#include <fcntl.h>
#include <napi.h>

#include <algorithm>

#include "crossing.h"

namespace dfxterm::binding {
namespace {

// widenPipe(fd, bytes): number. The size that the pipe has afterwards; 0 where the system does not tell, or when the
// descriptor is no pipe. What the system refuses (there is a limit for all pipes of a user) leaves it as it is.
Napi::Value WidenPipe(const Napi::CallbackInfo& info) {
  return Crossing(info.Env(), [&]() -> Napi::Value {
    const int fd = IntIn(info[0], 0, 1 << 20, "fd");
    const int bytes = IntIn(info[1], 4096, 1 << 30, "bytes");
    int size = 0;
#if defined(F_SETPIPE_SZ)
    if (fcntl(fd, F_GETPIPE_SZ) < bytes) (void)fcntl(fd, F_SETPIPE_SZ, bytes);
    size = std::max(0, fcntl(fd, F_GETPIPE_SZ));
#else
    (void)fd;
    (void)bytes;
#endif
    return Napi::Number::New(info.Env(), size);
  });
}

}  // namespace

void ExportPipe(Napi::Env env, Napi::Object exports) {
  exports.Set("widenPipe", Napi::Function::New<WidenPipe>(env, "widenPipe"));
}

}  // namespace dfxterm::binding
