// For tests: what a result says that has no value.
#pragma once

#include <string>

#include "base/result.h"

namespace hearth {

template <class T>
std::string error_of(const Result<T>& result) {
  return result.ok() ? "no error" : result.error().message;
}

}  // namespace hearth
