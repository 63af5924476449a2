#pragma once

#include <span>

#include "kernels.h"

namespace dfxterm {

// Kernels that this processor and its operating system can run, fastest first; never empty.
std::span<const kernels::Kernels* const> AvailableKernels();

// The fastest of them. The environment variable DFXTERM_ISA ("baseline", "avx2" or "avx512") may ask for less;
// asking for more than there is, or for something unknown, changes nothing.
const kernels::Kernels& ChooseKernels();

}  // namespace dfxterm
