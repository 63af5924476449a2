#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "face_models.h"

// Files that the fuzz tests damage: native/test/corpus, kept in the tree.
namespace dfxterm::test {

struct CorpusFile {
  std::string name;
  std::vector<std::uint8_t> bytes;
};

// The files of a folder of the corpus, in the order of their names.
std::vector<CorpusFile> Corpus(const std::string& folder);

// One to six changes of bytes, bits and words, mostly where a .tflite file has its structure.
void MutateModel(std::vector<std::uint8_t>& file, Random& random);

// Changes that move what lies behind them: truncation, repetition, removal, parts of another file.
void Splice(std::vector<std::uint8_t>& file, const std::vector<std::uint8_t>& other, Random& random);

}  // namespace dfxterm::test
