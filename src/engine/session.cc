#include "engine/session.h"

#include <algorithm>
#include <numeric>

namespace hearth {

namespace {
constexpr int32_t kSessionPageTokens = 32;
constexpr int64_t kLongestContext = int64_t{1} << 26;
}  // namespace

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model, Backend& backend,
                                                 const SessionOptions& options) {
  if (options.drafting && !model->drafting()) return fail("{}: has no draft layers", model->name());
  Plan plan = options.drafting ? model->drafting()->plan : model->plan();
  return create(std::move(model), std::move(plan), backend, options);
}

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model, Plan plan,
                                                 Backend& backend, const SessionOptions& options) {
  if (options.context < 1 || options.context > kLongestContext) {
    return fail("a context of {} tokens; from 1 to {} are possible", options.context, kLongestContext);
  }
  std::unique_ptr<Session> session(new Session());
  session->options_ = options;
  if (options.source < 0 || options.source > kLongestContext)
    return fail("a source of {} tokens; up to {} are possible", options.source, kLongestContext);
  std::vector<float>& scales = session->options_.adapter_scales;
  if (scales.empty()) {
    for (const GivenAdapter& adapter : model->adapters()) scales.push_back(adapter.scale);
  }
  if (scales.size() != model->adapters().size())
    return fail("{} scales for {} adapters", scales.size(), model->adapters().size());
  session->options_.batch_rows = static_cast<int32_t>(
      reads_whole(plan) ? options.context : std::min<int64_t>(options.batch_rows, options.context));
  for (const State& state : plan.states) {
    session->recurrent_ = session->recurrent_ || state.memory == Memory::slot;
  }
  for (const Step& step : plan.steps) {
    if (step.rotation)
      session->trained_rotation_ = std::max(session->trained_rotation_, step.rotation->original);
  }
  const std::vector<PageTable> tables = plan.tables;
  const int32_t rows = session->options_.batch_rows;
  TRY(auto weights, backend.load(model->weights()));
  TRY(session->program_, backend.compile(std::move(plan), weights, rows));
  if (model->encoder() && options.source > 0) {
    TRY(session->encoder_, backend.compile(*model->encoder(), weights, static_cast<int32_t>(options.source)));
  }
  if (options.drafting) {
    for (const Plan& draft : model->drafting()->drafts) {
      TRY(session->drafts_.emplace_back(), backend.compile(draft, weights, rows));
    }
  }

  MemoryOptions memory;
  memory.page_tokens = kSessionPageTokens;
  for (const PageTable& table : tables) {
    int64_t tokens = table.source ? options.source : options.context;
    memory.pages.push_back(static_cast<int32_t>((tokens + kSessionPageTokens - 1) / kSessionPageTokens));
  }
  memory.slots = 1;
  memory.key_type = options.key_type;
  memory.value_type = options.value_type;
  TRY(session->memory_, session->program_->make_memory(memory));
  session->memory_->clear_slot(0);
  for (int32_t pages : memory.pages) {
    std::vector<int32_t>& table = session->tables_.emplace_back(static_cast<size_t>(pages));
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
  if (model_->encoder() && source_ == 0)
    return fail("{}: is an encoder-decoder model, and its encoder was given nothing to read", model_->name());
  positions_.resize(tokens.size());
  std::iota(positions_.begin(), positions_.end(), static_cast<int32_t>(first_position_ + length_));
  Batch::Run run = run_of(length_, count);
  auto inputs = inputs_of(count);
  Batch batch{tokens, positions_, std::span(&run, 1), wanted, inputs};
  TRY(outputs_, program_->run(batch, *memory_));
  length_ += count;
  return std::span<const OutputRows>(outputs_);
}

std::vector<std::span<const float>> Session::inputs_of(int64_t rows,
                                                       std::vector<std::span<const float>> others) {
  const std::vector<float>& scales = options_.adapter_scales;
  if (scales.empty()) return others;
  scales_.clear();
  for (int64_t row = 0; row < rows; ++row) scales_.insert(scales_.end(), scales.begin(), scales.end());
  others.emplace_back(scales_);
  return others;
}

Batch::Run Session::run_of(int64_t past, int64_t count) const {
  Batch::Run run;
  run.count = static_cast<int32_t>(count);
  run.past = static_cast<int32_t>(past);
  run.tables = tables_;
  run.slot = 0;
  run.source = static_cast<int32_t>(source_);
  // longrope's choice is made once, by how far the sequence may grow.
  run.long_context = trained_rotation_ > 0 && first_position_ + options_.context > trained_rotation_;
  return run;
}

Status Session::encode(std::span<const int32_t> tokens) {
  if (!model_->encoder()) return fail("{}: has no encoder to read a source", model_->name());
  auto count = static_cast<int64_t>(tokens.size());
  if (count < 1 || count > options_.source)
    return fail("a source of {} tokens; from 1 to {} are possible", count, options_.source);
  if (length_ > 0) return fail("a source is read before the sequence begins");
  std::vector<int32_t> positions(tokens.size());
  std::iota(positions.begin(), positions.end(), 0);
  source_ = count;
  Batch::Run run = run_of(0, count);
  auto inputs = inputs_of(count);
  auto outputs = encoder_->run({tokens, positions, std::span(&run, 1), {}, inputs}, *memory_);
  if (!outputs.ok()) {
    source_ = 0;
    return std::move(outputs).error();
  }
  return {};
}

Result<std::span<const OutputRows>> Session::draft(size_t n, std::span<const int32_t> tokens) {
  if (n >= drafts_.size()) return fail("draft {} is asked for; there are {}", n + 1, drafts_.size());
  // The rows that it takes are among the outputs of what ran before it, behind those that are for the world.
  const std::vector<OutputRows>& before = n == 0 ? outputs_ : draft_outputs_;
  std::vector<std::vector<float>> rows;
  std::vector<std::span<const float>> inputs;
  for (size_t i = 1; i < before.size(); ++i)
    rows.emplace_back(before[i].numbers.begin(), before[i].numbers.end());
  for (const auto& each : rows) inputs.emplace_back(each);
  if (tokens.size() != positions_.size())
    return fail("{} tokens to draft from; the last step had {}", tokens.size(), positions_.size());
  auto count = static_cast<int64_t>(tokens.size());
  std::vector<int32_t> wanted(tokens.size());
  std::iota(wanted.begin(), wanted.end(), 0);
  Batch::Run run = run_of(length_ - count, count);
  inputs = inputs_of(count, std::move(inputs));
  TRY(draft_outputs_, drafts_[n]->run({tokens, positions_, std::span(&run, 1), wanted, inputs}, *memory_));
  return std::span<const OutputRows>(draft_outputs_);
}

uint64_t Session::memory_bytes() const {
  uint64_t sum = memory_->bytes() + program_->bytes() + (encoder_ ? encoder_->bytes() : 0);
  for (const auto& draft : drafts_) sum += draft->bytes();
  return sum;
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
