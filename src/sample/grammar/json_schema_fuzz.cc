#include "sample/grammar/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return hearth::fuzz_grammar(hearth::GrammarKind::json_schema, data, size);
}
