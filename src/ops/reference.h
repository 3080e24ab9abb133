// The plain reference: every operator as its definition reads, in double precision, one number at a time.
// Other backends are tested against this one alone. It wants weights in f32.
#pragma once

#include "ops/backend.h"

namespace hearth {

std::unique_ptr<Backend> make_reference_backend();

}  // namespace hearth
