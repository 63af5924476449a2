#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collector.h"
#include "engine_error.h"
#include "study.h"

namespace dfxterm::extraction {

// Makes collectors for a study. The collectors share the study and outlive the factory.
class Factory {
 public:
  // Replaces the study for the collectors to come.
  void InitializeStudy(Study study) { study_ = std::make_shared<const Study>(std::move(study)); }

  // Throws EngineError("ENGINE_STUDY") without a study, or when it needs a point that is not named.
  std::unique_ptr<Collector> CreateCollector(std::vector<std::string> point_names) const {
    if (!study_) throw EngineError("ENGINE_STUDY", "the factory has no study: initialise one first");
    return std::make_unique<Collector>(study_, std::move(point_names));
  }

 private:
  std::shared_ptr<const Study> study_;
};

}  // namespace dfxterm::extraction
