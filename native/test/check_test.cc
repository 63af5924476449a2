#include "check.h"

using dfxterm::EngineError;
using dfxterm::test::Failure;

namespace {

template <typename Body>
bool Fails(Body body) {
  try {
    body();
  } catch (const Failure&) {
    return true;
  }
  return false;
}

}  // namespace

TEST("the checks see what is wrong") {
  CHECK(Fails([] { CHECK(1 == 2); }));
  CHECK(Fails([] { CHECK_NEAR(1.0, 1.1, 0.01); }));
  CHECK(Fails([] { CHECK_CODE(0, "ENGINE_MODEL"); }));
  CHECK(Fails([] { CHECK_CODE(throw EngineError("ENGINE_STUDY", "no"), "ENGINE_MODEL"); }));
}

TEST("the checks let pass what is right") {
  CHECK(1 == 1);
  CHECK_NEAR(1.0, 1.005, 0.01);
  CHECK_CODE(throw EngineError("ENGINE_MODEL", "no"), "ENGINE_MODEL");
}
