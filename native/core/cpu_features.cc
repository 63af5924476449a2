#include "cpu_features.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace dfxterm {
namespace {

#if defined(__x86_64__)
constexpr const kernels::Kernels* kFastestFirst[] = {&kernels::kAvx512, &kernels::kAvx2, &kernels::kBaseline};

// Place of the fastest usable one. The built-ins also ask whether the operating system saves the wide registers.
std::size_t FastestUsable() {
  __builtin_cpu_init();
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (!has_avx2) return 2;
  return has_avx512 ? 0 : 1;
}
#else
constexpr const kernels::Kernels* kFastestFirst[] = {&kernels::kBaseline};

std::size_t FastestUsable() { return 0; }
#endif

}  // namespace

std::span<const kernels::Kernels* const> AvailableKernels() {
  return std::span(kFastestFirst).subspan(FastestUsable());
}

const kernels::Kernels& ChooseKernels() {
  const auto available = AvailableKernels();
  const char* wanted = std::getenv("DFXTERM_ISA");
  if (wanted) {
    const auto named = std::ranges::find_if(
        available, [&](const kernels::Kernels* kernels) { return std::string_view(kernels->name) == wanted; });
    if (named != available.end()) return **named;
  }
  return *available.front();
}

}  // namespace dfxterm
