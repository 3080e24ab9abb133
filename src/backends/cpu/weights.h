// A model's weights: the file's own bytes, and what kernels want laid out otherwise, made when a program first
// asks for it.
#pragma once

#include <map>
#include <mutex>

#include "backends/cpu/memory.h"
#include "backends/cpu/panels.h"

namespace hearth::cpu {

class Weights final : public DeviceWeights {
 public:
  explicit Weights(std::vector<WeightData> all) : all(std::move(all)) {}
  uint64_t bytes() const override {
    std::lock_guard turn(turn_);
    return arena_.bytes();
  }

  // The weight as panels. All programs of a backend ask for the same format.
  Result<const std::byte*> panels(WeightId id, const Matrix& matrix, const PanelFormat& format,
                                  ThreadPool& pool) {
    std::lock_guard turn(turn_);
    if (auto at = panels_.find(id); at != panels_.end()) return at->second;
    const WeightData& weight = all[static_cast<size_t>(id)];
    TRY(const std::byte* panels, pack_panels(weight.type, weight.bytes, matrix.count, matrix.rows,
                                             matrix.columns, format, pool, arena_));
    panels_.emplace(id, panels);
    return panels;
  }

  const std::vector<WeightData> all;

 private:
  mutable std::mutex turn_;
  Arena arena_;
  std::map<WeightId, const std::byte*> panels_;
};

}  // namespace hearth::cpu
