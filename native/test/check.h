#pragma once

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine_error.h"

// A test framework that fits on a screen. Any native/test/*.cc adds cases:
//
//   TEST("a still region has no spread") {
//     CHECK(count == 4);
//     CHECK_NEAR(mean, 127.5, 1e-9);
//     CHECK_CODE(ParseStudy("{"), "ENGINE_STUDY");
//   }
//
// main.cc runs them all, or those whose name contains the program's argument.
namespace dfxterm::test {

struct Case {
  const char* name;
  void (*body)();
};

// The list that TEST adds to before main starts.
inline std::vector<Case>& Cases() {
  static std::vector<Case> cases;
  return cases;
}

struct Registration {
  Registration(const char* name, void (*body)()) { Cases().push_back({name, body}); }
};

// Ends the running case; main prints the text.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] inline void Fail(const char* file, int line, const std::string& what) {
  std::ostringstream text;
  text << file << ":" << line << ": " << what;
  throw Failure(text.str());
}

inline void CheckNear(double actual, double expected, double tolerance, const char* file, int line) {
  if (std::abs(actual - expected) <= tolerance) return;
  std::ostringstream text;
  text.precision(12);
  text << "got " << actual << ", expected " << expected << " within " << tolerance;
  Fail(file, line, text.str());
}

template <typename Body>
void CheckCode(Body body, const std::string& code, const char* file, int line) {
  try {
    body();
  } catch (const EngineError& error) {
    if (error.code() == code) return;
    Fail(file, line, "expected " + code + ", got " + error.code() + ": " + error.what());
  }
  Fail(file, line, "expected " + code + ", but nothing was thrown");
}

}  // namespace dfxterm::test

#define DFXTERM_JOIN_(a, b) a##b
#define DFXTERM_JOIN(a, b) DFXTERM_JOIN_(a, b)

#define TEST(name)                                                                       \
  static void DFXTERM_JOIN(Test, __LINE__)();                                            \
  static const dfxterm::test::Registration DFXTERM_JOIN(registration, __LINE__)(         \
      name, &DFXTERM_JOIN(Test, __LINE__));                                              \
  static void DFXTERM_JOIN(Test, __LINE__)()

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) dfxterm::test::Fail(__FILE__, __LINE__, #condition); \
  } while (false)

#define CHECK_NEAR(actual, expected, tolerance) \
  dfxterm::test::CheckNear(actual, expected, tolerance, __FILE__, __LINE__)

// The expression must throw an EngineError with this code.
#define CHECK_CODE(expression, code) \
  dfxterm::test::CheckCode([&] { (void)(expression); }, code, __FILE__, __LINE__)
