#include "graph/plan.h"

#include <algorithm>
#include <optional>

namespace hearth {

namespace {

constexpr int64_t kFloatsApart = 16;  // buffers begin on 64-byte lines

// Free stretches of one arena, in floats of a row.
class Arena {
 public:
  int64_t take(int64_t floats) {
    for (size_t i = 0; i < free_.size(); ++i) {
      auto [begin, end] = free_[i];
      if (end - begin < floats) continue;
      free_[i].first += floats;
      if (free_[i].first == free_[i].second) free_.erase(free_.begin() + static_cast<ptrdiff_t>(i));
      return begin;
    }
    // The last stretch may reach the end of the arena and grow.
    int64_t begin = end_;
    if (!free_.empty() && free_.back().second == end_) {
      begin = free_.back().first;
      free_.pop_back();
    }
    end_ = begin + floats;
    return begin;
  }

  void give_back(int64_t begin, int64_t floats) {
    auto at = std::lower_bound(free_.begin(), free_.end(), std::pair(begin, begin));
    at = free_.insert(at, {begin, begin + floats});
    if (auto next = at + 1; next != free_.end() && next->first == at->second) {
      at->second = next->second;
      at = free_.erase(next) - 1;
    }
    if (at != free_.begin() && (at - 1)->second == at->first) {
      (at - 1)->second = at->second;
      free_.erase(at);
    }
  }

  int64_t size() const { return end_; }

 private:
  std::vector<std::pair<int64_t, int64_t>> free_;  // sorted, apart
  int64_t end_ = 0;
};

// Results may be written over an argument of the same form: element i of one needs only element i of the other.
bool works_in_place(Op op) {
  switch (op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::pow:
    case Op::sigmoid:
    case Op::tanh:
    case Op::exp:
    case Op::log:
    case Op::sqrt:
    case Op::floor:
    case Op::relu:
    case Op::silu:
    case Op::softplus:
    case Op::gelu:
    case Op::gelu_erf:
    case Op::gelu_quick:
    case Op::clamp:
    case Op::softcap:
    case Op::swiglu_oai: return true;
    default: return false;
  }
}

bool broadcasts(Op op) {
  switch (op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::pow:
    case Op::floor_div:
    case Op::mod:
    case Op::lerp:
    case Op::swiglu_oai: return true;
    default: return false;
  }
}

class Planner {
 public:
  explicit Planner(const Graph& graph) : graph_(graph), views_(graph.values.size()) {}

  Result<Plan> make() {
    plan_.states = graph_.states;
    assign_tables(plan_);
    if (graph_.tokens >= 0) views_[static_cast<size_t>(graph_.tokens)] = input(kTokensInput);
    if (graph_.positions >= 0) views_[static_cast<size_t>(graph_.positions)] = input(kPositionsInput);
    plan_.encodes = graph_.encodes;
    find_last_uses();
    for (ValueId input : graph_.inputs) {
      TRY(View view, room_for(input, 0));
      views_[static_cast<size_t>(input)] = view;
      plan_.inputs.push_back(view);
    }
    for (size_t n = 0; n < graph_.nodes.size(); ++n) TRY_STATUS(lay_out(graph_.nodes[n], n));
    for (const Graph::Output& output : graph_.outputs) {
      plan_.outputs.push_back({output.name, *views_[static_cast<size_t>(output.value)]});
    }
    for (size_t kind = 0; kind < kRowKinds; ++kind) plan_.arena_floats[kind] = arenas_[kind].size();
    return std::move(plan_);
  }

 private:
  static View input(int32_t buffer) {
    View view;
    view.buffer = buffer;
    view.row_stride = 1;
    return view;
  }

  // A view keeps its buffer alive, so a value's last use is that of everything that looks into it.
  void find_last_uses() {
    last_use_.assign(graph_.values.size(), 0);
    for (size_t n = 0; n < graph_.nodes.size(); ++n) {
      for (const NodeArgument& argument : graph_.nodes[n].arguments) {
        if (argument.kind == ArgumentKind::value) last_use_[static_cast<size_t>(argument.id)] = n;
      }
    }
    for (const Graph::Output& output : graph_.outputs) {
      last_use_[static_cast<size_t>(output.value)] = graph_.nodes.size();
    }
    for (size_t n = graph_.nodes.size(); n-- > 0;) {
      const Node& node = graph_.nodes[n];
      if (!may_be_view(node.op)) continue;
      auto& source = last_use_[static_cast<size_t>(node.arguments[0].id)];
      for (ValueId result : node.results) source = std::max(source, last_use_[static_cast<size_t>(result)]);
    }
  }

  static bool may_be_view(Op op) {
    return op == Op::split || op == Op::merge || op == Op::reshape || op == Op::columns || op == Op::heads;
  }

  // The same numbers seen otherwise, or nothing if they do not lie that way.
  std::optional<View> as_view(const Node& node, const Shape& shape) const {
    if (!may_be_view(node.op)) return std::nullopt;
    View view = *views_[static_cast<size_t>(node.arguments[0].id)];
    auto number = [&](size_t i) { return static_cast<int64_t>(node.arguments[i].number); };
    if (node.op == Op::columns) {
      view.offset += number(1) * view.step;
      view.width = number(2);
      return view;
    }
    if (node.op == Op::heads) {
      view.offset += number(1) * view.head_stride;
      view.heads = number(2) - number(1);
      return view;
    }
    if (view.step != 1 || (view.heads > 1 && view.head_stride != view.width)) return std::nullopt;
    view.heads = *shape.heads().whole();
    view.width = *shape.width().whole();
    view.head_stride = view.width;
    return view;
  }

  static Result<Rows> rows_of(const Shape& shape, int line) {
    if (shape.lead == std::vector<Dim>{tokens_rows()}) return Rows::tokens;
    if (shape.lead == std::vector<Dim>{wanted_rows()}) return Rows::wanted;
    if (shape.lead == std::vector<Dim>{sequence_rows()}) return Rows::sequences;
    return fail("line {}: a value that belongs to no token, row or sequence", line);
  }

  Status lay_out(const Node& node, size_t n) {
    if (!node.results.empty()) {
      const Shape& first = graph_.values[static_cast<size_t>(node.results[0])].shape;
      if (auto view = as_view(node, first)) {
        views_[static_cast<size_t>(node.results[0])] = *view;
        release(n);
        return {};
      }
    }
    Step step{node.op, {}, {}, node.rotation, node.bias, node.state, node.layer, node.line};
    for (const NodeArgument& argument : node.arguments) {
      StepArgument& to = step.arguments.emplace_back();
      to.kind = argument.kind;
      if (argument.kind == ArgumentKind::value) to.view = *views_[static_cast<size_t>(argument.id)];
      if (argument.kind == ArgumentKind::weight) to.weight = argument.id;
      to.number = argument.number;
    }
    for (ValueId result : node.results) {
      TRY(View view, place(node, result, n));
      views_[static_cast<size_t>(result)] = view;
      step.results.push_back(view);
    }
    if (broadcasts(node.op)) {
      for (StepArgument& argument : step.arguments) {
        if (argument.kind == ArgumentKind::value) stretch(argument.view, step.results[0]);
      }
    }
    plan_.steps.push_back(std::move(step));
    release(n);
    return {};
  }

  static void stretch(View& view, const View& to) {
    if (view.heads == 1 && to.heads > 1) {
      view.heads = to.heads;
      view.head_stride = 0;
    }
    if (view.width == 1 && to.width > 1) {
      view.width = to.width;
      view.step = 0;
    }
  }

  Result<View> dense_view(ValueId id, int line) const {
    const Shape& shape = graph_.values[static_cast<size_t>(id)].shape;
    View view;
    TRY(view.rows, rows_of(shape, line));
    auto heads = shape.heads().whole(), width = shape.width().whole();
    if (!heads || !width || *heads <= 0 || *width <= 0) {
      return fail("line {}: a value of {} has no size", line, shape.to_string());
    }
    view.heads = *heads;
    view.width = *width;
    view.head_stride = view.width;
    view.row_stride = view.heads * view.width;
    return view;
  }

  Result<View> place(const Node& node, ValueId id, size_t n) {
    if (works_in_place(node.op)) {
      TRY(View view, dense_view(id, node.line));
      for (const NodeArgument& argument : node.arguments) {
        if (argument.kind != ArgumentKind::value) continue;
        const View& from = *views_[static_cast<size_t>(argument.id)];
        if (from.buffer < 0 || from.rows != view.rows || from.heads != view.heads ||
            from.width != view.width || !from.dense() || from.offset != 0 ||
            buffer_last_use(from.buffer) != n || seen_otherwise(node, from)) {
          continue;
        }
        view.buffer = from.buffer;
        extend(from.buffer, last_use_[static_cast<size_t>(id)]);
        return view;
      }
    }
    return room_for(id, node.line);
  }

  // A buffer of its own.
  Result<View> room_for(ValueId id, int line) {
    TRY(View view, dense_view(id, line));
    Buffer buffer;
    buffer.rows = view.rows;
    buffer.floats = view.row_stride;
    int64_t room = (view.row_stride + kFloatsApart - 1) / kFloatsApart * kFloatsApart;
    buffer.place = arenas_[static_cast<size_t>(view.rows)].take(room);
    view.buffer = static_cast<int32_t>(plan_.buffers.size());
    plan_.buffers.push_back(buffer);
    alive_.push_back({view.buffer, last_use_[static_cast<size_t>(id)], room});
    return view;
  }

  // Does another argument look into the same buffer in another way, where writing would come before reading?
  bool seen_otherwise(const Node& node, const View& from) const {
    for (const NodeArgument& argument : node.arguments) {
      if (argument.kind != ArgumentKind::value) continue;
      const View& view = *views_[static_cast<size_t>(argument.id)];
      if (view.buffer == from.buffer &&
          (view.offset != from.offset || view.heads != from.heads || view.width != from.width)) {
        return true;
      }
    }
    return false;
  }

  struct Alive {
    int32_t buffer;
    size_t last_use;
    int64_t room;
  };

  size_t buffer_last_use(int32_t buffer) const {
    for (const Alive& each : alive_) {
      if (each.buffer == buffer) return each.last_use;
    }
    return SIZE_MAX;
  }

  void extend(int32_t buffer, size_t last_use) {
    for (Alive& each : alive_) {
      if (each.buffer == buffer) each.last_use = std::max(each.last_use, last_use);
    }
  }

  void release(size_t n) {
    std::erase_if(alive_, [&](const Alive& each) {
      if (each.last_use > n) return false;
      const Buffer& buffer = plan_.buffers[static_cast<size_t>(each.buffer)];
      arenas_[static_cast<size_t>(buffer.rows)].give_back(buffer.place, each.room);
      return true;
    });
  }

  const Graph& graph_;
  Plan plan_;
  std::vector<std::optional<View>> views_;
  std::vector<size_t> last_use_;
  std::vector<Alive> alive_;
  std::array<Arena, kRowKinds> arenas_;
};

}  // namespace

Result<Plan> make_plan(const Graph& graph) { return Planner(graph).make(); }

}  // namespace hearth
