// What tells models apart: what is computed, and numbers from every part of every weight.
#pragma once

#include "model/model.h"

namespace hearth {

// Quick, whatever the size of the model: of each weight some hundred bytes are read. The same in each run of the
// program.
uint64_t fingerprint(const Model& model, const Plan& plan);

}  // namespace hearth
