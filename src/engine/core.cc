#include "engine/core.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace hearth {

namespace {

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

int64_t trained_rotation(const Plan& plan) {
  int64_t most = 0;
  for (const Step& step : plan.steps) {
    if (step.rotation && !step.rotation->long_frequencies.empty())
      most = std::max(most, step.rotation->original);
  }
  return most;
}

}  // namespace

std::string_view name(Finish finish) {
  switch (finish) {
    case Finish::end: return "end";
    case Finish::stopped: return "stopped";
    case Finish::length: return "length";
    case Finish::context: return "context";
    case Finish::cancelled: return "cancelled";
    case Finish::deadline: return "deadline";
    case Finish::error: return "error";
  }
  return "";
}

Result<std::unique_ptr<Core>> Core::create(Program& program, const Plan& plan, const MemoryOptions& memory,
                                           const CoreOptions& options) {
  TRY(auto store, Store::create(program, plan, memory));
  if (options.context < 1 || options.context > store->capacity()) {
    return fail("a context of {} tokens does not fit into memory for {}", options.context, store->capacity());
  }
  if (options.most_running < 1 || static_cast<int64_t>(options.most_running) > program.most_rows()) {
    return fail("{} sequences at once; from 1 to {} are possible", options.most_running, program.most_rows());
  }
  return std::unique_ptr<Core>(new Core(program, plan, std::move(store), options));
}

Core::Core(Program& program, const Plan& plan, std::unique_ptr<Store> store, const CoreOptions& options)
    : program_(program),
      store_(std::move(store)),
      options_(options),
      whole_(reads_whole(plan)),
      rows_of_sequences_(plan.outputs.front().view.rows == Rows::sequences),
      trained_rotation_(trained_rotation(plan)),
      scheduler_(*store_, {program.most_rows(), options.most_running, options.step_seconds, whole_}) {}

Core::~Core() {
  while (!sequences_.empty()) finish(*sequences_.begin()->second, Finish::cancelled);
}

std::optional<Refusal> Core::refusal(const Request& request) const {
  auto length = static_cast<int64_t>(request.prompt.size());
  if (!request.listener) return Refusal{Refusal::invalid, fail("nobody listens")};
  if (length == 0)
    return Refusal{Refusal::invalid, fail("the prompt is empty: there is nothing to go on from")};
  if (length > options_.context) {
    return Refusal{Refusal::too_long,
                   fail("the prompt has {} tokens and the context {}", length, options_.context)};
  }
  if (whole_ && length > program_.most_rows()) {
    return Refusal{Refusal::too_long,
                   fail("the text has {} tokens; this model reads a text at once, at most {}", length,
                        program_.most_rows())};
  }
  auto source = static_cast<int64_t>(request.source.size());
  if ((source > 0) != (options_.encoder != nullptr)) {
    return Refusal{Refusal::invalid, source > 0 ? fail("the model has no encoder to read a source")
                                                : fail("the model's encoder has nothing to read")};
  }
  if (source > 0 && source > options_.encoder->most_rows()) {
    return Refusal{Refusal::too_long, fail("the text has {} tokens; this model's encoder reads at most {}",
                                           source, options_.encoder->most_rows())};
  }
  if (auto refused = refusal_of(request.source)) return refused;
  return refusal_of(request.prompt);
}

std::optional<Refusal> Core::refusal_of(std::span<const TokenId> tokens) const {
  for (TokenId token : tokens) {
    if (token < 0 || token >= options_.vocabulary) {
      return Refusal{Refusal::invalid,
                     fail("there is no token {}; the model has {}", token, options_.vocabulary)};
    }
  }
  return std::nullopt;
}

void Core::add(RequestId id, Request request) {
  auto sequence = std::make_unique<Sequence>();
  sequence->id = id;
  sequence->tokens = request.prompt;
  sequence->request = std::move(request);
  sequence->asked = options_.now();
  sequence->usage.prompt_tokens = sequence->prompt() + static_cast<int64_t>(sequence->request.source.size());
  scheduler_.add(*sequence);
  sequences_.emplace(id, std::move(sequence));
}

void Core::cancel(RequestId id) {
  if (auto at = sequences_.find(id); at != sequences_.end()) at->second->cancelled = true;
}

void Core::end_unwanted() {
  Clock::time_point now = options_.now();
  std::vector<std::pair<Sequence*, Finish>> ends;
  for (auto& [id, sequence] : sequences_) {
    if (sequence->cancelled) {
      ends.emplace_back(sequence.get(), Finish::cancelled);
    } else if (sequence->request.deadline && *sequence->request.deadline <= now) {
      ends.emplace_back(sequence.get(), Finish::deadline);
    }
  }
  for (auto [sequence, finish_as] : ends) finish(*sequence, finish_as);
}

// All of a source at once, by itself: what it leaves is there for the sequence's tokens.
Status Core::encode(Sequence& sequence) {
  const std::vector<TokenId>& source = sequence.request.source;
  Batch::Run run;
  run.count = run.source = static_cast<int32_t>(source.size());
  run.tables = sequence.held.tables;
  std::vector<int32_t> positions(source.size());
  std::iota(positions.begin(), positions.end(), 0);
  auto outputs = options_.encoder->run({source, positions, std::span(&run, 1), {}}, store_->memory());
  if (!outputs.ok()) return std::move(outputs).error();
  sequence.held.encoded = true;
  counts_.prompt_tokens += run.count;
  return {};
}

Result<std::vector<OutputRows>> Core::compute(const std::vector<Slice>& slices) {
  tokens_.clear();
  positions_.clear();
  wanted_.clear();
  runs_.clear();
  for (const Slice& slice : slices) {
    Sequence& sequence = *slice.sequence;
    if (sequence.held.source > 0 && !sequence.held.encoded) TRY_STATUS(encode(sequence));
    Batch::Run run;
    run.first = static_cast<int32_t>(tokens_.size());
    run.count = static_cast<int32_t>(slice.count);
    run.past = static_cast<int32_t>(sequence.held.length);
    run.tables = sequence.held.tables;
    run.slot = sequence.held.slot;
    run.source = static_cast<int32_t>(sequence.held.source);
    // longrope's choice is made once, by how far any sequence may grow.
    run.long_context = trained_rotation_ > 0 && options_.context > trained_rotation_;
    runs_.push_back(run);
    auto first = sequence.tokens.begin() + sequence.held.length;
    tokens_.insert(tokens_.end(), first, first + slice.count);
    for (int64_t i = 0; i < slice.count; ++i)
      positions_.push_back(static_cast<int32_t>(sequence.held.length + i));
    if (slice.count == sequence.missing()) wanted_.push_back(static_cast<int32_t>(tokens_.size()) - 1);
  }
  ++counts_.steps;
  counts_.rows += static_cast<int64_t>(tokens_.size());
  auto size = static_cast<size_t>(std::bit_width(tokens_.size() - 1));
  ++counts_.steps_by_rows[std::min(size, counts_.steps_by_rows.size() - 1)];
  return program_.run({tokens_, positions_, runs_, wanted_}, store_->memory());
}

bool Core::step() {
  end_unwanted();
  std::vector<Slice> slices = scheduler_.plan(options_.now());
  if (slices.empty()) {
    Sequence* stuck = scheduler_.stuck();
    if (!stuck) return false;
    Error error =
        fail("a sequence of {} tokens does not fit into the memory for keys and values", stuck->length());
    finish(*stuck, Finish::error, &error);
    return true;
  }
  Clock::time_point start = options_.now();
  auto outputs = compute(slices);
  scheduler_.observe(slices, seconds_between(start, options_.now()));
  if (!outputs.ok()) {
    for (const Slice& slice : slices) finish(*slice.sequence, Finish::error, &outputs.error());
    return true;
  }
  const OutputRows& rows = outputs->front();
  int64_t next = 0;
  for (size_t i = 0; i < slices.size(); ++i) {
    bool complete = slices[i].count == slices[i].sequence->missing();
    int64_t row = rows_of_sequences_ ? static_cast<int64_t>(i) : complete ? next++ : -1;
    advance(slices[i], complete ? rows.row(row) : std::span<const float>());
  }
  return true;
}

// A slice is computed; if nothing of the sequence is missing, `outputs` are those of its last token.
void Core::advance(const Slice& slice, std::span<const float> outputs) {
  Sequence& sequence = *slice.sequence;
  int64_t length = sequence.held.length + slice.count;
  store_->commit(sequence.held, sequence.tokens, sequence.prompt(), length);
  if (slice.reads) {
    counts_.prompt_tokens += slice.count;
    sequence.request.listener->on_prompt(std::min(length, sequence.prompt()), sequence.usage.cached_tokens);
  }
  if (outputs.empty()) return;
  if (sequence.read == Clock::time_point{}) sequence.read = options_.now();
  if (sequence.request.most == 0) {
    sequence.request.listener->on_outputs(outputs);
    return finish(sequence, Finish::end);
  }
  choose(sequence, outputs);
}

void Core::choose(Sequence& sequence, std::span<const float> logits) {
  Request& request = sequence.request;
  auto token = request.listener->choose(logits);
  if (!token.ok()) return finish(sequence, Finish::error, &token.error());
  if (*token < 0 || *token >= options_.vocabulary) {
    Error error = fail("token {} was chosen; the model has {}", *token, options_.vocabulary);
    return finish(sequence, Finish::error, &error);
  }
  const auto& ends = request.end_tokens;
  if (std::find(ends.begin(), ends.end(), *token) != ends.end()) return finish(sequence, Finish::end);
  sequence.tokens.push_back(*token);
  ++sequence.usage.tokens;
  ++counts_.tokens;
  if (!request.listener->on_token(*token)) return finish(sequence, Finish::stopped);
  if (sequence.usage.tokens == request.most) return finish(sequence, Finish::length);
  if (sequence.length() > options_.context) return finish(sequence, Finish::context);
}

void Core::finish(Sequence& sequence, Finish finish, const Error* error) {
  scheduler_.remove(sequence);
  Clock::time_point now = options_.now(), none{};
  Usage& usage = sequence.usage;
  Clock::time_point begun = sequence.begun == none ? now : sequence.begun;
  Clock::time_point read = sequence.read == none ? now : sequence.read;
  usage.queue_seconds = seconds_between(sequence.asked, begun);
  usage.prompt_seconds = seconds_between(begun, read);
  usage.seconds = seconds_between(read, now);
  counts_.cached_tokens += usage.cached_tokens;
  auto node = sequences_.extract(sequence.id);
  node.mapped()->request.listener->on_finish(finish, usage, error);
}

CoreCounts Core::counts() const {
  CoreCounts counts = counts_;
  counts.waiting = scheduler_.waiting();
  counts.running = scheduler_.running();
  counts.preemptions = scheduler_.preemptions();
  counts.memory_use = store_->use();
  counts.seconds_until_room = scheduler_.seconds_until_room();
  return counts;
}

}  // namespace hearth
