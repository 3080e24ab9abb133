#include "engine/context.h"

#include <algorithm>

#include "base/log.h"
#include "base/system.h"

namespace hearth {

namespace {
constexpr int64_t kUnsaid = 4096;  // where the file does not say what the model was trained for
constexpr int64_t kLeast = 256;
}  // namespace

uint64_t cache_bytes_of_token(const Model& model, Type key_type, Type value_type) {
  uint64_t bytes = 0;
  for (const State& state : model.plan().states) {
    if (state.memory != Memory::keys_values) continue;
    bytes += row_bytes(key_type, static_cast<uint64_t>(state.key_heads * state.key_width)).value_or(0);
    bytes += row_bytes(value_type, static_cast<uint64_t>(state.value_heads * state.value_width)).value_or(0);
  }
  return bytes;
}

int64_t default_context(const Model& model, Type key_type, Type value_type) {
  int64_t wanted = model.trained_context().value_or(kUnsaid);
  uint64_t each = cache_bytes_of_token(model, key_type, value_type);
  auto memory = available_memory();
  if (!memory || each == 0) return wanted;
  auto fits = static_cast<int64_t>(*memory / 2 / each);
  if (fits >= wanted) return wanted;
  fits = std::min(std::max(fits / kLeast * kLeast, kLeast), wanted);
  log_info(
      "context: {} tokens, of the {} that the model was trained for: {:.1f} GB of memory are left, and a "
      "token takes {} KB (--ctx overrides)",
      fits, wanted, static_cast<double>(*memory) / 1e9, each / 1024);
  return fits;
}

}  // namespace hearth
