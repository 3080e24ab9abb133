#include "engine/work.h"

#include <algorithm>
#include <cmath>

namespace hearth {

namespace {

double elements_of(const WeightData& weight) {
  double count = 1;
  for (int64_t size : weight.shape) count *= static_cast<double>(size);
  return count;
}

Work product(const WeightData& weight, double share_read, double lines) {
  Work work;
  work.bytes = static_cast<double>(weight.bytes.size()) * share_read;
  double ops = 2 * elements_of(weight) * lines;
  (info(weight.type).block > 1 ? work.int8_ops
   : weight.type == Type::bf16 ? work.bf16_ops
                               : work.f32_ops) = ops;
  return work;
}

// Of `count` experts, how many at least one of `rows` rows chooses, if all are chosen alike.
double chosen_share(double count, double used, double rows) { return 1 - std::pow(1 - used / count, rows); }

Work attention(const Plan& plan, const Step& step, const BatchSize& batch, const MemoryOptions& memory) {
  Work work;
  const View& q = step.arguments[kAttendQ].view;
  if (step.state < 0) return work;
  const State& state = plan.states[static_cast<size_t>(step.state)];
  int64_t window = state.window > 0 ? state.window : state.chunk;
  auto seen = [&](int64_t tokens) {
    return static_cast<double>(window > 0 ? std::min(window, tokens) : tokens);
  };
  double pairs = 0;
  for (int64_t i = 0; i < batch.tokens; ++i) pairs += seen(batch.past + i + 1);
  auto sequences = static_cast<double>(batch.sequences);
  // Values that lie within keys are read with them, but are a product of their own.
  auto widths = static_cast<double>(state.key_width + step.results.front().width / q.heads);
  work.f32_ops = 2 * pairs * static_cast<double>(q.heads) * widths * sequences;
  auto bytes = [](Type type, int64_t numbers) {
    return static_cast<double>(info(type).bytes) / info(type).block * static_cast<double>(numbers);
  };
  work.bytes = seen(batch.past + batch.tokens) * sequences *
               (bytes(memory.key_type, state.key_heads * state.key_width) +
                bytes(memory.value_type, state.value_heads * state.value_width));
  return work;
}

}  // namespace

Work work_of(const Plan& plan, const Step& step, std::span<const WeightData> weights, const BatchSize& batch,
             const MemoryOptions& memory) {
  const std::array<int64_t, kRowKinds> rows_of = {batch.sequences * batch.tokens, batch.wanted,
                                                  batch.sequences};
  const View& result = step.results.front();
  const auto rows = static_cast<double>(rows_of[static_cast<size_t>(result.rows)]);
  const auto heads = static_cast<double>(result.heads);
  auto weight = [&]() -> const WeightData& {
    return weights[static_cast<size_t>(step.arguments.front().weight)];
  };
  if (rows == 0) return {};
  switch (step.op) {
    case Op::linear: return product(weight(), 1, rows * heads);
    case Op::linears: return product(weight(), 1, rows);
    case Op::experts: {
      auto count = static_cast<double>(weight().shape.front());
      return product(weight(), chosen_share(count, heads, rows), rows * heads / count);
    }
    case Op::rows: {
      Work work;
      if (step.arguments.front().kind == ArgumentKind::weight && !weight().shape.empty()) {
        work.bytes =
            static_cast<double>(weight().bytes.size()) / static_cast<double>(weight().shape.front()) * rows;
      }
      return work;
    }
    case Op::attend: return attention(plan, step, batch, memory);
    default: return {};
  }
}

Bound bound_of(const Work& work, const MachineLimits& limits) {
  const Bound kinds[] = {{work.int8_ops / limits.int8_or_f32(), "int8"},
                         {work.bf16_ops / limits.bf16_or_f32(), "bf16"},
                         {work.f32_ops / limits.f32_ops, "f32"}};
  const double read = work.bytes / limits.bytes;
  double computed = 0;
  for (const Bound& kind : kinds) computed += kind.seconds;
  if (read >= computed) return {read, "memory"};
  return {computed, std::ranges::max_element(kinds, {}, &Bound::seconds)->by};
}

}  // namespace hearth
