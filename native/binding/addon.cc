#include <napi.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace dfxterm::binding {
void ExportFaceTracker(Napi::Env env, Napi::Object exports);
void ExportExtraction(Napi::Env env, Napi::Object exports);
void ExportPipe(Napi::Env env, Napi::Object exports);
}  // namespace dfxterm::binding

namespace {

/// Pieces of this size and larger go back to the system as soon as they are free.
[[maybe_unused]] constexpr int kReturnedBytes = 32 * 1024;

/// Every time a large piece is freed, glibc raises the size below which pieces stay with the process. The arrays of an
/// analysis grow with the measurement and do not fit into the holes of the last one: 25 MB of holes in ten minutes.
/// A size that was set once stays.
void ReturnLargePieces() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, kReturnedBytes);
#endif
}

/// Each measurement has threads of its own, and what those of the last one have left behind in the heaps that glibc gave
/// them is holes, 2 to 4 MB of them for each time that `r` is pressed.
void ReturnHoles() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ReturnLargePieces();
  ReturnHoles();
  dfxterm::binding::ExportFaceTracker(env, exports);
  dfxterm::binding::ExportExtraction(env, exports);
  dfxterm::binding::ExportPipe(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(dfxterm, Init)
