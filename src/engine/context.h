// How long a sequence may grow.
#pragma once

#include "model/model.h"

namespace hearth {

// What keys and values of one token take.
uint64_t cache_bytes_of_token(const Model& model, Type key_type, Type value_type);

// As many tokens as the model was trained for, or if half of the memory that is left does not hold them, as many
// as it does. Says so in the log when it is less.
int64_t default_context(const Model& model, Type key_type, Type value_type);

}  // namespace hearth
