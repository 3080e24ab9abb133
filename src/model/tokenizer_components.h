// The components that a `tokenizer.json` names, as a pipeline.
#pragma once

#include "base/result.h"
#include "model/tokenizer_json.h"
#include "tokenizer/pipeline.h"

namespace hearth {

// Roles and ends are left to whoever knows them. Errors begin with the component that is wrong; a type of
// component that is not known here is one.
Result<Pipeline> make_pipeline(const TokenizerJson& file);

}  // namespace hearth
