#include "engine/session.h"

#include <algorithm>
#include <numeric>

namespace hearth {

namespace {
constexpr int32_t kPageTokens = 32;
constexpr int64_t kLongestContext = int64_t{1} << 26;
}  // namespace

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model, Backend& backend,
                                                 const SessionOptions& options) {
  Plan plan = model->plan();
  return create(std::move(model), std::move(plan), backend, options);
}

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model, Plan plan,
                                                 Backend& backend, const SessionOptions& options) {
  if (options.context < 1 || options.context > kLongestContext) {
    return fail("a context of {} tokens; from 1 to {} are possible", options.context, kLongestContext);
  }
  std::unique_ptr<Session> session(new Session());
  session->options_ = options;
  // Attention that looks both ways needs the whole text at once.
  bool both_ways = false;
  for (const Step& step : plan.steps) {
    both_ways = both_ways || (step.op == Op::attend && step.arguments[kAttendCausal].number == 0);
  }
  session->options_.batch_rows = static_cast<int32_t>(
      both_ways ? options.context : std::min<int64_t>(options.batch_rows, options.context));
  for (const State& state : plan.states) {
    session->recurrent_ = session->recurrent_ || state.memory == Memory::slot;
  }
  for (const Step& step : plan.steps) {
    if (step.rotation)
      session->trained_rotation_ = std::max(session->trained_rotation_, step.rotation->original);
  }
  const size_t tables = plan.tables.size();
  TRY(auto weights, backend.load(model->weights()));
  TRY(session->program_, backend.compile(std::move(plan), std::move(weights), session->options_.batch_rows));

  MemoryOptions memory;
  memory.page_tokens = kPageTokens;
  auto pages = static_cast<int32_t>((options.context + kPageTokens - 1) / kPageTokens);
  memory.pages.assign(tables, pages);
  memory.slots = 1;
  memory.key_type = options.key_type;
  memory.value_type = options.value_type;
  TRY(session->memory_, session->program_->make_memory(memory));
  session->memory_->clear_slot(0);
  session->tables_.resize(tables);
  for (std::vector<int32_t>& table : session->tables_) {
    table.resize(static_cast<size_t>(pages));
    std::iota(table.begin(), table.end(), 0);
  }
  session->model_ = std::move(model);
  return session;
}

Result<std::span<const float>> Session::extend(std::span<const int32_t> tokens) {
  if (tokens.empty()) return fail("there are no tokens to compute");
  while (!tokens.empty()) {
    size_t count = std::min<size_t>(tokens.size(), static_cast<size_t>(options_.batch_rows));
    int32_t last = static_cast<int32_t>(count) - 1;
    bool wanted = count == tokens.size();
    TRY_STATUS(step(tokens.first(count), wanted ? std::span(&last, 1) : std::span<const int32_t>()));
    tokens = tokens.subspan(count);
  }
  const OutputRows& rows = outputs_.front();
  return rows.row(rows.rows - 1);
}

Status Session::extend_all(std::span<const int32_t> tokens, const RowSink& sink) {
  std::vector<int32_t> all(static_cast<size_t>(options_.batch_rows));
  std::iota(all.begin(), all.end(), 0);
  while (!tokens.empty()) {
    size_t count = std::min<size_t>(tokens.size(), all.size());
    TRY(auto outputs, step(tokens.first(count), std::span(all).first(count)));
    const OutputRows& rows = outputs.front();
    for (int64_t i = 0; i < rows.rows; ++i) TRY_STATUS(sink(rows.row(i)));
    tokens = tokens.subspan(count);
  }
  return {};
}

Result<std::span<const OutputRows>> Session::step(std::span<const int32_t> tokens,
                                                  std::span<const int32_t> wanted) {
  auto count = static_cast<int64_t>(tokens.size());
  if (length_ + count > options_.context) {
    return fail("{} tokens do not fit into a context of {}; make it larger with --ctx", length_ + count,
                options_.context);
  }
  positions_.resize(tokens.size());
  std::iota(positions_.begin(), positions_.end(), static_cast<int32_t>(first_position_ + length_));
  Batch::Run run;
  run.count = static_cast<int32_t>(count);
  run.past = static_cast<int32_t>(length_);
  run.tables = tables_;
  run.slot = 0;
  // longrope's choice is made once, by how far the sequence may grow.
  run.long_context = trained_rotation_ > 0 && first_position_ + options_.context > trained_rotation_;
  Batch batch{tokens, positions_, std::span(&run, 1), wanted};
  TRY(outputs_, program_->run(batch, *memory_));
  length_ += count;
  return std::span<const OutputRows>(outputs_);
}

Status Session::truncate(int64_t count) {
  if (count < 0 || count > length_) return fail("cannot go back to {} tokens of {}", count, length_);
  if (count == length_) return {};
  if (recurrent_ && count > 0) {
    return fail("this model remembers by a state that cannot be taken back to token {}", count);
  }
  if (recurrent_) memory_->clear_slot(0);
  length_ = count;
  return {};
}

}  // namespace hearth
