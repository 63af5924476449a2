#include <cstdio>
#include <cstring>
#include <exception>

#include "check.h"

// No test needs more at once: a size that comes out of a file must be refused before memory is asked for it.
extern "C" const char* __asan_default_options() { return "max_allocation_size_mb=192"; }

// Runs every registered case, or those whose name contains the first argument; the exit status counts as a gate.
int main(int argc, char** argv) {
  const char* wanted = argc > 1 ? argv[1] : "";
  int ran = 0;
  int failed = 0;
  for (const dfxterm::test::Case& test : dfxterm::test::Cases()) {
    if (!std::strstr(test.name, wanted)) continue;
    ++ran;
    try {
      test.body();
    } catch (const std::exception& error) {
      ++failed;
      std::printf("FAILED %s\n       %s\n", test.name, error.what());
    }
  }
  std::printf("%d native tests, %d failed\n", ran, failed);
  return failed == 0 && ran > 0 ? 0 : 1;
}
