// Whatever bytes come, Importance refuses them or gives sums that weights can be chosen by.
#include <cmath>
#include <cstdlib>
#include <vector>

#include "formats/importance.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void walk(const hearth::Importance& importance) {
  for (const auto& [name, squares] : importance.tensors) {
    require(!squares.rows.empty() && squares.sums.size() % squares.rows.size() == 0);
    auto means = squares.means(squares.rows.size(), squares.sums.size() / squares.rows.size());
    require(means.ok());
    for (float mean : *means) require(std::isfinite(mean) && mean >= 0);
  }
  hearth::Importance twice = importance;
  require(twice.add(importance).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // In a block of its own, whose end the address sanitizer guards.
  std::vector<uint8_t> bytes(data, data + size);
  auto parsed = hearth::Importance::parse(std::as_bytes(std::span(bytes)), "fuzz");
  if (parsed.ok()) {
    walk(*parsed);
  } else {
    for (char c : parsed.error().message) require(static_cast<uint8_t>(c) >= 0x20);
  }
  return 0;
}
