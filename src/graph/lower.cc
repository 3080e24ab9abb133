// Operators of the language as nodes: arguments matched to parameters, and the few operators whose node says
// less or more than their text does.
#include <cmath>

#include "graph/rotation.h"
#include "graph/tracer.h"

namespace hearth::arch {

namespace {

// A parameter's default, as the table writes it.
Item constant(std::string_view text) {
  if (text.starts_with('"')) return Item(std::string(text.substr(1, text.size() - 2)));
  if (text == "true" || text == "false") return Item(text == "true");
  return Item(std::stod(std::string(text)));
}

enum RopeParameter : uint8_t {
  kX,
  kTheta,
  kDim,
  kPairs,
  kFreqs,
  kScaling,
  kMagnitude,
  kAngles,
  kTruncate,
  kLong,
  kShort,
  kSections,
  kWoven,
  kPlaces,
};

}  // namespace

Result<Tracer::Matched> Tracer::match(const Expr& expr, const Operator& row, const Arguments& arguments) {
  const std::vector<Parameter>& wanted = parameters(row);
  Matched matched(wanted.size());
  std::vector<bool> given(wanted.size(), false);
  size_t next = 0;
  for (const Item& item : arguments.positional) {
    if (next == wanted.size()) {
      return error_at(expr.at, "`{}` takes {} values, not {}", row.name, wanted.size(),
                      arguments.positional.size());
    }
    if (wanted[next].variadic) {
      if (given[next])
        matched.push_back(item);
      else
        matched[next] = item;
      given[next] = true;
      continue;
    }
    given[next] = true;
    matched[next++] = item;
  }
  for (const auto& [keyword, item] : arguments.keywords) {
    size_t i = 0;
    while (i < wanted.size() && wanted[i].name != keyword.text) ++i;
    if (i == wanted.size()) return error_at(keyword.at, "`{}` has no parameter `{}`", row.name, keyword.text);
    if (given[i]) return error_at(keyword.at, "`{}` is given twice", keyword.text);
    matched[i] = item;
    given[i] = true;
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (given[i]) continue;
    if (!wanted[i].ambient.empty()) {
      TRY(std::optional<Item> found, ambient(wanted[i].ambient, expr.at));
      if (found) {
        matched[i] = *std::move(found);
        continue;
      }
    }
    if (!wanted[i].fallback.empty())
      matched[i] = constant(wanted[i].fallback);
    else if (!wanted[i].optional && !wanted[i].ambient.empty()) {
      return error_at(expr.at, "`{}` reads `{}`, which is not declared", row.name, wanted[i].ambient);
    } else if (!wanted[i].optional) {
      return error_at(expr.at, "`{}` needs `{}`", row.name, wanted[i].name);
    }
  }
  return matched;
}

Result<Item> Tracer::call_operator(const Expr& expr, const Operator& row, const Arguments& arguments) {
  if (arguments.keywords.empty()) {
    if (auto number = number_function(expr, row.name, arguments.positional)) return *std::move(number);
  }
  TRY(Matched given, match(expr, row, arguments));
  const auto& wanted = parameters(row);
  for (size_t i = 0; i < wanted.size(); ++i) {
    auto* absent = given[i].as<AbsentWeight>();
    if (absent && !wanted[i].optional)
      return error_at(expr.at, "`{}` takes {}", row.name, given[i].describe());
  }
  auto tensor = [&](size_t i) { return given[i].as<TensorItem>() != nullptr; };
  using enum ::hearth::Op;
  switch (row.op) {
    case rope: return lower_rope(given, expr.at);
    case attend: return lower_attend(given, expr.at);
    case indexer: return lower_indexer(std::move(given), expr.at);
    case cut: return lower_cut(given, expr.at);
    case alibi: {
      double steep = given[0].number().value_or(0);
      if (steep == 0) return Item();
      ScoreBias bias;
      bias.steep = steep;
      return Item(bias);
    }
    case relative: {
      auto* table = given[0].as<WeightItem>();
      auto both = given[1].truth();
      auto reach = given[2].number();
      if (!table || !both || !reach || binding_.weights()[static_cast<size_t>(table->id)].shape.size() != 2) {
        return error_at(expr.at, "`relative` takes a matrix of biases, a condition and a number");
      }
      ScoreBias bias;
      bias.kind = ScoreBias::relative;
      bias.table = table->id;
      bias.both = *both;
      bias.reach = *reach;
      return Item(bias);
    }
    case media:
    case deepen: return given[0];  // text alone: there are no rows to replace
    case softcap:
      if (given[1].number() == 0.0) return given[0];
      break;
    case pool: {
      // 0 none, 1 mean, 2 the first token, 3 the last, 4 the first, for ranking; by name in a default.
      double kind = given[1].number().value_or(-1);
      if (auto* word = given[1].as<std::string>()) {
        static constexpr std::string_view kKinds[] = {"none", "mean", "cls", "last", "rank"};
        for (size_t i = 0; i < std::size(kKinds); ++i) {
          if (kKinds[i] == *word) kind = static_cast<double>(i);
        }
      }
      if (!(kind >= 0 && kind <= 4)) return error_at(expr.at, "there is no pooling {}", given[1].describe());
      if (kind == 0) return given[0];
      given[1] = Item(kind);
      break;
    }
    case count: {
      auto* weight = given[0].as<WeightItem>();
      if (!weight) return error_at(expr.at, "`count` takes a list or a weight, not {}", given[0].describe());
      return Item(static_cast<double>(binding_.weights()[static_cast<size_t>(weight->id)].shape[0]));
    }
    case merge:
      if (tensor(0) && out_.values[static_cast<size_t>(given[0].as<TensorItem>()->id)].shape.dims.size() < 2)
        return given[0];
      break;
    default: break;
  }
  bool any = false;
  for (const Item& item : given) any = any || item.as<TensorItem>();
  if (!any)
    return error_at(expr.at, "`{}` takes a tensor; here is {}", row.name,
                    given.empty() ? "nothing" : given[0].describe());
  if (row.memory == Memory::slot) return lower_recurrence(row, std::move(given), expr.at);
  return note(row.op, std::move(given), expr.at);
}

// What remembers a fixed number of values for each sequence: the last inputs, or a matrix for each head.
Result<Item> Tracer::lower_recurrence(const Operator& row, Matched given, Position use) {
  using enum ::hearth::Op;
  auto id_of = [](const Item& item) { return item.as<TensorItem>() ? item.as<TensorItem>()->id : -1; };
  if (row.op == shift) {  // two calls on one value are one
    if (auto at = shifts_.find(id_of(given[0])); at != shifts_.end()) return Item(TensorItem{at->second});
  }
  std::vector<Shape> shapes;
  for (const Item& item : given) shapes.push_back(shape_argument(item).shape);
  auto extent = [&](size_t argument, bool heads) {
    const Shape& shape = shapes[argument];
    return (heads ? shape.heads() : shape.width()).whole().value_or(0);
  };
  bool remembers = row.op != conv1d || given[2].truth().value_or(true);
  ValueId source = id_of(given[0]);
  TRY(Item result, note(row.op, std::move(given), use));
  State state;
  state.memory = Memory::slot;
  state.layer = static_cast<int32_t>(layer_.value_or(-1));
  switch (row.op) {
    case shift: state.slot_floats = extent(0, false); break;
    case conv1d: state.slot_floats = extent(0, false) * (extent(1, false) - 1); break;
    case scan: state.slot_floats = extent(0, true) * extent(0, false) * extent(3, false); break;
    case delta: state.slot_floats = extent(2, true) * extent(1, false) * extent(2, false); break;
    case wkv6: state.slot_floats = extent(2, true) * extent(1, false) * extent(2, false); break;
    default: state.slot_floats = extent(3, true) * extent(2, false) * extent(3, false); break;  // wkv7
  }
  if (row.op == shift) shifts_.emplace(source, result.as<TensorItem>()->id);
  if (remembers) {
    last().state = static_cast<int32_t>(out_.states.size());
    out_.states.push_back(state);
  }
  return result;
}

// cut(x, a, b, ...) is one node for each part, which a plan makes a view of x.
Result<Item> Tracer::lower_cut(const Matched& given, Position use) {
  std::vector<ShapeArgument> shapes;
  for (const Item& item : given) shapes.push_back(shape_argument(item));
  if (shapes[0].kind != ShapeArgument::value)
    return error_at(use, "`cut` takes a tensor, not {}", given[0].describe());
  auto parts = row_of(::hearth::Op::cut).rule(shapes);
  if (!parts.ok()) return error_at(use, "cut: {}{}", parts.error().message, where());
  std::vector<Item> made;
  int64_t from = 0;
  ValueId x = given[0].as<TensorItem>()->id;
  for (Shape& shape : *parts) {
    auto count = shape.width().whole();
    if (!count || *count == 0) return error_at(use, "a part of cut has no size");
    ValueId result = out_.add_value(shape);
    put({::hearth::Op::columns,
         {NodeArgument::of_value(x), NodeArgument::of_number(static_cast<double>(from)),
          NodeArgument::of_number(static_cast<double>(*count))},
         {result},
         nullptr,
         std::nullopt,
         -1,
         static_cast<int32_t>(layer_.value_or(-1)),
         use.line});
    from += *count;
    made.push_back(TensorItem{result});
  }
  if (made.size() == 1) return std::move(made.front());
  return Item(Tuple{std::make_shared<const std::vector<Item>>(std::move(made))});
}

// The numbers by which rotary frequencies are divided: a weight's, or 1.
Result<std::vector<double>> Tracer::factors(const Item& item, int64_t pairs, Position use) {
  if (item.none() || item.as<AbsentWeight>()) return std::vector<double>();
  if (auto number = item.number()) return std::vector<double>(static_cast<size_t>(pairs), *number);
  auto* weight = item.as<WeightItem>();
  if (!weight) return error_at(use, "rope: `freqs` is {}; a weight or a number is expected", item.describe());
  auto numbers = binding_.facts().numbers(binding_.weights()[static_cast<size_t>(weight->id)].name);
  if (!numbers.ok()) return error_at(use, "rope: {}", numbers.error().message);
  return numbers;
}

Result<Item> Tracer::lower_rope(const Matched& given, Position use) {
  auto* x = given[kX].as<TensorItem>();
  if (!x) return error_at(use, "`rope` takes a tensor, not {}", given[kX].describe());
  const Shape shape = out_.values[static_cast<size_t>(x->id)].shape;
  RotationRule rule;
  auto dim = given[kDim].none() ? shape.width().whole().value_or(0) : given[kDim].number().value_or(-1);
  rule.dim = static_cast<int64_t>(dim);
  Item turns;
  Rotation rotation;
  auto* pairs = given[kPairs].as<std::string>();
  if (!pairs || (*pairs != "halves" && *pairs != "adjacent")) {
    return error_at(use, "rope: `pairs` is {}; \"halves\" or \"adjacent\" is expected",
                    given[kPairs].describe());
  }
  rule.adjacent = *pairs == "adjacent";
  if (!given[kAngles].none()) {
    if (!given[kAngles].as<TensorItem>())
      return error_at(use, "rope: `angles` is {}", given[kAngles].describe());
    turns = given[kAngles];
    rotation.angles = true;
    rotation.adjacent = rule.adjacent;
    rotation.dim =
        2 * out_.values[static_cast<size_t>(turns.as<TensorItem>()->id)].shape.width().whole().value_or(0);
  } else {
    auto theta = given[kTheta].number();
    if (!theta) return error_at(use, "rope: `theta` is {}; a number is expected", given[kTheta].describe());
    rule.theta = *theta;
    rule.magnitude = given[kMagnitude].number();
    rule.truncate = given[kTruncate].truth().value_or(true);
    if (auto* scaling = given[kScaling].as<std::shared_ptr<const RopeScaling>>())
      rule.scaling = scaling->get();
    else if (!given[kScaling].none())
      return error_at(use, "rope: `scaling` is {}", given[kScaling].describe());
    bool choice = rule.scaling && rule.scaling->type == "longrope";
    TRY(rule.factors, factors(given[choice ? kShort : kFreqs], rule.dim / 2, use));
    if (choice) { TRY(rule.long_factors, factors(given[kLong], rule.dim / 2, use)); }
    auto worked_out = work_out(rule);
    if (!worked_out.ok()) return error_at(use, "rope: {}{}", worked_out.error().message, where());
    rotation = *std::move(worked_out);
    turns = input(stage().positions);
  }
  if (auto width = shape.width().whole(); width && rotation.dim > *width) {
    return error_at(use, "rope: {} of {} values cannot be turned{}", rotation.dim, *width, where());
  }
  TRY(Item result, note(::hearth::Op::rope, {given[kX], turns}, use));
  last().rotation = shared(std::move(rotation));
  return result;
}

// Layers mostly turn alike, and a backend works out each table once.
std::shared_ptr<const Rotation> Tracer::shared(Rotation rotation) {
  for (const auto& known : rotations_) {
    if (*known == rotation) return known;
  }
  rotations_.push_back(std::make_shared<const Rotation>(std::move(rotation)));
  return rotations_.back();
}

Result<Item> Tracer::lower_attend(const Matched& given, Position use) {
  Matched items = given;
  auto *q = items[kAttendQ].as<TensorItem>(), *k = items[kAttendK].as<TensorItem>(),
       *v = items[kAttendV].as<TensorItem>();
  if (!q || !k || !v) return error_at(use, "`attend` takes three tensors");
  auto width = out_.values[static_cast<size_t>(q->id)].shape.width().whole();
  if (items[kAttendScale].none())
    items[kAttendScale] = Item(1 / std::sqrt(static_cast<double>(width.value_or(1))));
  for (size_t i : {kAttendScale, kAttendCap, kAttendWindow, kAttendChunk, kAttendCausal}) {
    if (!items[i].number()) {
      return error_at(use, "attend: `{}` is {}; a number is expected",
                      parameters(row_of(::hearth::Op::attend))[i].name, items[i].describe());
    }
  }
  std::optional<ScoreBias> bias;
  if (auto* given_bias = items[kAttendBias].as<ScoreBias>())
    bias = *given_bias;
  else if (auto zero = items[kAttendBias].number(); !items[kAttendBias].none() && zero != 0.0) {
    return error_at(use, "attend: `bias` is {}", items[kAttendBias].describe());
  }
  items[kAttendBias] = Item();
  const Item& keep = items[kAttendKeep];
  if (keep.number() == 0.0) {  // a choice carried from layer to layer, before the first
    items[kAttendKeep] = Item();
  } else if (auto* choice = keep.as<TensorItem>();
             !keep.none() && (!choice || !out_.values[static_cast<size_t>(choice->id)].index)) {
    return error_at(use, "attend: `keep` is {}; what `indexer` gives is expected", keep.describe());
  }
  bool causal = *items[kAttendCausal].number() != 0;
  auto window = static_cast<int64_t>(*items[kAttendWindow].number());
  auto chunk = static_cast<int64_t>(*items[kAttendChunk].number());
  if (window < 0 || chunk < 0) return error_at(use, "attend: `window` and `chunk` may not be negative");
  ValueId keys = k->id, values = v->id;
  const bool from_encoder = made_by_encoder(keys) && !made_by_encoder(q->id);
  if (from_encoder && (causal || window > 0 || chunk > 0 || bias || !items[kAttendKeep].none() ||
                       !items[kAttendTogether].none() || !items[kAttendGroups].none())) {
    return error_at(use, "attend: all of what an encoder read is seen alike: causal = false, and no windows");
  }
  int32_t source = -1;
  if (from_encoder) { TRY(source, source_state(keys, values, use)); }
  TRY(Item result, note(::hearth::Op::attend, std::move(items), use));
  Node& node = last();
  node.bias = bias;
  if (from_encoder) {
    node.state = source;
    node.arguments[kAttendK] = node.arguments[kAttendV] = {};
    return result;
  }
  // Not causal: all tokens are in the batch, and nothing is remembered.
  if (causal) node.state = attention_state(keys, values, window, chunk);
  return result;
}

// Keys and values that an encoder's tokens gave stay with the sequence; the encoder leaves them there.
Result<int32_t> Tracer::source_state(ValueId keys, ValueId values, Position use) {
  auto known = attention_states_.find({keys, values});
  if (known != attention_states_.end()) return known->second;
  if (!made_by_encoder(values)) return error_at(use, "attend: the keys are an encoder's, the values are not");
  int32_t index = attention_state(keys, values, 0, 0);
  out_.states[static_cast<size_t>(index)].source = true;
  stages_.front().nodes.push_back({::hearth::Op::remember,
                                   {NodeArgument::of_value(keys), NodeArgument::of_value(values)},
                                   {},
                                   nullptr,
                                   std::nullopt,
                                   index,
                                   static_cast<int32_t>(layer_.value_or(-1)),
                                   use.line});
  return index;
}

// A choice of keys is made among those of all tokens so far, which are remembered for it.
Result<Item> Tracer::lower_indexer(Matched given, Position use) {
  for (size_t i : {0u, 1u, 2u}) {
    if (!given[i].as<TensorItem>()) return error_at(use, "`indexer` takes three tensors and a number");
  }
  auto width = out_.values[static_cast<size_t>(given[1].as<TensorItem>()->id)].shape.width().whole();
  TRY(Item result, note(::hearth::Op::indexer, std::move(given), use));
  State state;
  state.memory = Memory::keys;
  state.layer = static_cast<int32_t>(layer_.value_or(-1));
  state.key_heads = 1;
  state.key_width = width.value_or(0);
  last().state = static_cast<int32_t>(out_.states.size());
  out_.states.push_back(state);
  return result;
}

// Whether each head's keys are its values with something behind them: k = cat(v, ...).
bool Tracer::begins_with(ValueId keys, ValueId values) const {
  if (keys == values) return true;
  const auto shape = [&](ValueId id) -> const Shape& { return out_.values[static_cast<size_t>(id)].shape; };
  if (shape(keys).heads().whole() != shape(values).heads().whole()) return false;
  for (const ::hearth::Graph& stage : stages_) {
    for (const Node& node : stage.nodes) {
      if (node.results != std::vector{keys}) continue;
      const NodeArgument& first = node.arguments.front();
      return node.op == ::hearth::Op::cat && first.kind == ArgumentKind::value && first.id == values;
    }
  }
  return false;
}

// A cache belongs to the values it stores: two calls that are given the same ones share it.
int32_t Tracer::attention_state(ValueId keys, ValueId values, int64_t window, int64_t chunk) {
  auto [at, fresh] = attention_states_.try_emplace({keys, values}, static_cast<int32_t>(out_.states.size()));
  if (fresh) {
    const Shape &k = out_.values[static_cast<size_t>(keys)].shape,
                &v = out_.values[static_cast<size_t>(values)].shape;
    State state;
    state.memory = Memory::keys_values;
    state.layer = static_cast<int32_t>(layer_.value_or(-1));
    state.key_heads = k.heads().whole().value_or(0);
    state.key_width = k.width().whole().value_or(0);
    // What an encoder left is read by a graph that has not got its values' shape.
    if (made_by_encoder(keys) || !begins_with(keys, values)) {
      state.value_heads = v.heads().whole().value_or(0);
      state.value_width = v.width().whole().value_or(0);
    }
    state.window = window;
    state.chunk = chunk;
    out_.states.push_back(state);
    return at->second;
  }
  State& state = out_.states[static_cast<size_t>(at->second)];
  // What one of them still sees must stay.
  state.window = state.window && window ? std::max(state.window, window) : 0;
  state.chunk = state.chunk && chunk ? std::max(state.chunk, chunk) : 0;
  return at->second;
}

}  // namespace hearth::arch
