#pragma once

#include <stdexcept>
#include <string>

namespace dfxterm {

// Every failure of the engine: a code for branching and one sentence for people.
class EngineError : public std::runtime_error {
 public:
  EngineError(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

}  // namespace dfxterm
