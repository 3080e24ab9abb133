#include "ops/conformance_builder.h"

#include <cstring>
#include <utility>

namespace hearth::conformance {

namespace {

uint64_t hash(std::string_view text) {
  uint64_t value = 0xcbf29ce484222325;
  for (char c : text) value = (value ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return value;
}

}  // namespace

uint64_t Random::next() {  // splitmix64
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double Random::between(double low, double high) {
  return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
}

StepArgument of(const View& view) { return {ArgumentKind::value, view, -1, 0}; }
StepArgument of_weight(WeightId weight) { return {ArgumentKind::weight, {}, weight, 0}; }
StepArgument of_number(double number) { return {ArgumentKind::number, {}, -1, number}; }

// A case's numbers depend on its name alone, not on which cases stand before it.
CaseBuilder::CaseBuilder(std::string name) : random_(hash(name)) {
  case_.name = std::move(name);
  case_.memory = {{}, 8, 5, Type::f32, Type::f32};
}

View CaseBuilder::tokens() {
  View view;
  view.buffer = kTokensInput;
  view.row_stride = 1;
  return view;
}

View CaseBuilder::positions() {
  View view = tokens();
  view.buffer = kPositionsInput;
  return view;
}

View CaseBuilder::input(int64_t heads, int64_t width, Range range) {
  WeightId table = weight({kVocabulary, heads * width}, 0, range);
  View view = step(Op::rows, {of_weight(table), of(tokens())}, 1, heads * width);
  view.heads = heads;
  view.head_stride = view.width = width;
  return view;
}

View CaseBuilder::spread_input(int64_t heads, int64_t width, Range range) {
  View view = input(heads + 1, width + 3, range);
  view.offset += 2;
  view.heads = heads;
  view.width = width;
  return view;
}

View CaseBuilder::values(int64_t heads, int64_t width, const std::vector<float>& numbers) {
  int64_t row = heads * width;
  WeightId table = weight_of({static_cast<int64_t>(numbers.size()) / row, row}, numbers);
  View view = step(Op::rows, {of_weight(table), of(tokens())}, 1, row);
  view.heads = heads;
  view.head_stride = view.width = width;
  return view;
}

View CaseBuilder::indices(int64_t count, int64_t below) {
  View scores = input(1, below);
  View chosen = result(1, count), weights = result(1, count);
  case_.plan.steps.push_back(
      {Op::pick,
       {of(scores), of_number(static_cast<double>(count)), none(), of_number(1), of_number(1)},
       {chosen, weights},
       nullptr,
       std::nullopt});
  return chosen;
}

WeightId CaseBuilder::weight(std::vector<int64_t> shape, int64_t bias, Range range) {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  std::vector<float> numbers(count), biases(bias);
  for (auto* list : {&numbers, &biases}) {
    for (float& number : *list) number = static_cast<float>(random_.between(range.low, range.high));
  }
  return weight_of(std::move(shape), numbers, std::move(biases));
}

WeightId CaseBuilder::weight_of(std::vector<int64_t> shape, const std::vector<float>& numbers,
                                std::vector<float> bias) {
  std::vector<std::byte> bytes(numbers.size() * sizeof(float));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return weight(OwnedWeight{Type::f32, std::move(shape), std::move(bytes), std::move(bias)});
}

WeightId CaseBuilder::weight(OwnedWeight weight) {
  case_.weights.push_back(std::move(weight));
  return static_cast<WeightId>(case_.weights.size() - 1);
}

View CaseBuilder::result(int64_t heads, int64_t width, Rows rows) {
  int64_t& end = case_.plan.arena_floats[static_cast<size_t>(rows)];
  case_.plan.buffers.push_back({rows, heads * width, end});
  end += (heads * width + 15) / 16 * 16;
  auto buffer = static_cast<int32_t>(case_.plan.buffers.size() - 1);
  return {buffer, rows, 0, heads, width, heads * width, width, 1};
}

View CaseBuilder::step(Op op, std::vector<StepArgument> arguments, int64_t heads, int64_t width, Rows rows) {
  View view = result(heads, width, rows);
  case_.plan.steps.push_back({op, std::move(arguments), {view}, nullptr, std::nullopt});
  return view;
}

int32_t CaseBuilder::state(State state) {
  case_.plan.states.push_back(state);
  return static_cast<int32_t>(case_.plan.states.size() - 1);
}

void CaseBuilder::remember(const View& k, const View& v, int32_t state) {
  case_.plan.steps.push_back({Op::remember, {of(k), of(v)}, {}, nullptr, std::nullopt});
  last().state = state;
}

View CaseBuilder::wanted(const View& view) {
  return step(Op::select, {of(view)}, view.heads, view.width, Rows::wanted);
}

void CaseBuilder::output(View view) {
  if (view.rows == Rows::tokens) view = wanted(view);
  std::string name = "output" + std::to_string(case_.plan.outputs.size());
  case_.plan.outputs.push_back({std::move(name), view});
}

Case CaseBuilder::finish(bool whole) && {
  constexpr int32_t kTokens = 512;  // in the pages of each table: four sequences fit
  case_.whole = whole;
  assign_tables(case_.plan);
  case_.memory.pages.assign(case_.plan.tables.size(), kTokens / case_.memory.page_tokens);
  return std::move(case_);
}

View stretched(View view, int64_t heads, int64_t width) {
  if (view.heads == 1) {
    view.heads = heads;
    view.head_stride = 0;
  }
  if (view.width == 1) {
    view.width = width;
    view.step = 0;
  }
  return view;
}

}  // namespace hearth::conformance
