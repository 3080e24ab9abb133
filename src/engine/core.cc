#include "engine/core.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/hash.h"
#include "base/log.h"

namespace hearth {

namespace {

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

constexpr int kPagesAStep = 4;  // that are copied for the disk while others are computed
constexpr int64_t kMostLogits = int64_t{1}
                                << 24;  // of a slice of a prompt whose outputs are wanted, in floats
constexpr double kLuckWeight = 0.1;     // of the latest guess in how often they are right
constexpr double kForgiveness = 0.001;  // by which bad luck is forgotten with each token that nobody guessed

}  // namespace

int64_t trained_rotation(const Plan& plan) {
  int64_t most = 0;
  for (const Step& step : plan.steps) {
    if (step.rotation && !step.rotation->long_frequencies.empty())
      most = std::max(most, step.rotation->original);
  }
  return most;
}

uint64_t salt_of(std::string_view client) { return client.empty() ? 0 : hash64(client); }

uint64_t salted(uint64_t salt, std::span<const float> scales) {
  constexpr uint64_t kPrime = 0x9e3779b97f4a7c15;
  for (float scale : scales) salt = (salt ^ std::bit_cast<uint32_t>(scale)) * kPrime + 1;
  return salt;
}

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
  TRY(auto store, Store::create(program, plan, memory, options.model));
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
      scheduler_(*store_,
                 {program.most_rows(), options.most_running, options.step_seconds, whole_,
                  std::clamp<int64_t>(kMostLogits / std::max<int64_t>(options.vocabulary, 1), 16, 512)}) {}

Core::~Core() { end(); }

void Core::end() {
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
  if (request.prompt_logits && (whole_ || rows_of_sequences_))
    return Refusal{Refusal::invalid, fail("this model has no logits of the tokens of a text")};
  auto source = static_cast<int64_t>(request.source.size());
  if ((source > 0) != (options_.encoder != nullptr)) {
    return Refusal{Refusal::invalid, source > 0 ? fail("the model has no encoder to read a source")
                                                : fail("the model's encoder has nothing to read")};
  }
  if (source > 0 && source > options_.encoder->most_rows()) {
    return Refusal{Refusal::too_long, fail("the text has {} tokens; this model's encoder reads at most {}",
                                           source, options_.encoder->most_rows())};
  }
  if (request.adapter_scales.size() != options_.adapters) {
    return Refusal{Refusal::invalid, fail("{} scales of adapters are given; the model has {}",
                                          request.adapter_scales.size(), options_.adapters)};
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
  request.salt = salted(request.salt, request.adapter_scales);
  sequence->request = std::move(request);
  sequence->asked = options_.now();
  sequence->usage.prompt_tokens = sequence->prompt() + static_cast<int64_t>(sequence->request.source.size());
  scheduler_.add(*sequence);
  sequences_.emplace(id, std::move(sequence));
}

void Core::cancel(RequestId id) {
  auto at = sequences_.find(id);
  if (at == sequences_.end()) return;
  Sequence& sequence = *at->second;
  if (!sequence.computing) return finish(sequence, Finish::cancelled);
  if (!std::exchange(sequence.cancelled, true)) --wanted_by_;
}

void Core::end_late() {
  Clock::time_point now = options_.now();
  std::vector<Sequence*> late;
  for (auto& [id, sequence] : sequences_) {
    if (sequence->request.deadline && *sequence->request.deadline <= now) late.push_back(sequence.get());
  }
  for (Sequence* sequence : late) finish(*sequence, Finish::deadline);
}

// All of a source at once, by itself: what it leaves is there for the sequence's tokens.
Status Core::encode(Sequence& sequence) {
  const std::vector<TokenId>& source = sequence.request.source;
  Batch::Run run;
  run.count = run.source = static_cast<int32_t>(source.size());
  run.tables = sequence.held.tables;
  std::vector<int32_t> positions(source.size());
  std::iota(positions.begin(), positions.end(), 0);
  std::vector<float> scales;
  for (int32_t row = 0; row < run.count; ++row)
    scales.insert(scales.end(), sequence.request.adapter_scales.begin(),
                  sequence.request.adapter_scales.end());
  const std::span<const float> all = scales;
  std::span<const std::span<const float>> inputs(&all, scales.empty() ? 0 : 1);
  auto outputs = options_.encoder->run({source, positions, std::span(&run, 1), {}, inputs}, store_->memory());
  if (!outputs.ok()) return std::move(outputs).error();
  sequence.held.encoded = true;
  counts_.prompt_tokens += run.count;
  return {};
}

namespace {

// Of a slice, the rows whose outputs the listener is told of: [first, end) of the sequence's tokens. Those of the
// prompt's last token choose what comes after it.
struct ToldRows {
  int64_t first = 0, end = 0;
  int64_t count() const { return end - first; }
};
ToldRows told_rows(const Slice& slice) {
  const Sequence& sequence = *slice.sequence;
  if (!sequence.request.prompt_logits) return {};
  int64_t first = std::max(sequence.held.length, sequence.told);
  int64_t end = std::min(sequence.held.length + slice.count, sequence.prompt() - 1);
  return {first, std::max(first, end)};
}

}  // namespace

Result<std::vector<OutputRows>> Core::compute(std::vector<Slice>& slices) {
  rows_.clear();
  // longrope's choice is made once, by how far any sequence may grow.
  const bool long_context = trained_rotation_ > 0 && options_.context > trained_rotation_;
  for (Slice& slice : slices) {
    Sequence& sequence = *slice.sequence;
    if (sequence.held.source > 0 && !sequence.held.encoded) TRY_STATUS(encode(sequence));
    auto tokens = std::span(sequence.tokens).subspan(static_cast<size_t>(sequence.held.length));
    bool complete = slice.count == sequence.missing();
    const int32_t before = rows_.rows();
    rows_.add(sequence.held, sequence.held.length, tokens.first(static_cast<size_t>(slice.count)),
              long_context, sequence.request.adapter_scales);
    for (auto [at, end] = told_rows(slice); at < end; ++at)
      rows_.want(before + static_cast<int32_t>(at - sequence.held.length));
    if (!complete) continue;
    rows_.want(rows_.rows() - 1);
    if (slice.drafts > 0 && !store_->keep(sequence.held)) slice.drafts = 0;
    sequence.drafts.resize(static_cast<size_t>(slice.drafts));
    for (TokenId draft : sequence.drafts) {
      rows_.more(std::span(&draft, 1));
      rows_.want(rows_.rows() - 1);
    }
  }
  ++counts_.steps;
  counts_.rows += rows_.rows();
  auto size = static_cast<size_t>(std::bit_width(static_cast<uint32_t>(rows_.rows()) - 1));
  ++counts_.steps_by_rows[std::min(size, counts_.steps_by_rows.size() - 1)];
  Batch batch = rows_.batch();
  batch.unwanted = &unwanted_;
  auto scales = rows_.scales();
  batch.inputs = std::span(&scales, scales.empty() ? 0 : 1);
  return program_.run(batch, store_->memory());
}

bool Core::step() {
  end_late();
  std::vector<Slice> slices = scheduler_.plan(options_.now());
  if (slices.empty()) {
    Sequence* stuck = scheduler_.stuck();
    if (!stuck) return store_->write_page(true);
    Error error =
        fail("a sequence of {} tokens does not fit into the memory for keys and values", stuck->length());
    finish(*stuck, Finish::error, &error);
    return true;
  }
  for (const Slice& slice : slices) slice.sequence->computing = true;
  wanted_by_ = slices.size();
  Clock::time_point start = options_.now();
  const double joules = options_.joules ? options_.joules() : 0;
  auto outputs = compute(slices);
  for (const Slice& slice : slices) slice.sequence->computing = false;
  if (wanted_by_ == 0) {
    for (const Slice& slice : slices) finish(*slice.sequence, Finish::cancelled);
    return true;
  }
  double seconds = seconds_between(start, options_.now());
  if (!outputs.ok()) {
    for (const Slice& slice : slices) finish(*slice.sequence, Finish::error, &outputs.error());
    return true;
  }
  // A step's energy is shared out by rows.
  if (options_.joules) {
    double of_row = (options_.joules() - joules) / static_cast<double>(rows_.rows());
    for (const Slice& slice : slices) {
      std::optional<double>& taken = slice.sequence->usage.joules;
      taken = taken.value_or(0) + of_row * static_cast<double>(slice.count + slice.drafts);
    }
  }
  std::vector<Advance> advances;
  int64_t next = 0, row = 0;
  bool reads = false, guessed = false;
  for (size_t i = 0; i < slices.size(); ++i) {
    const Slice& slice = slices[i];
    reads |= slice.reads;
    guessed |= slice.drafts > 0;
    bool complete = slice.count == slice.sequence->missing();
    tell_prompt(slice, outputs->front(), next);
    next += told_rows(slice).count();
    int64_t first = row, wanted = rows_of_sequences_ ? static_cast<int64_t>(i) : next;
    row += slice.count + slice.drafts;
    next += complete ? 1 + slice.drafts : 0;
    if (auto advance = settle(slice, outputs->front(), wanted)) {
      advance->row = first;
      advances.push_back(*advance);
    }
  }
  guessed_ = guessed;
  if (drafter_) {
    if (!reads) payoff_.observe_step(row, seconds);
    Clock::time_point begin = options_.now();
    draft(advances, *outputs);
    double drafting = seconds_between(begin, options_.now());
    int64_t drafted = 0;
    for (const Advance& advance : advances) drafted += static_cast<int64_t>(advance.sequence->drafts.size());
    if (!reads) payoff_.observe_drafts(drafted, drafting);
    seconds += drafting;
  }
  scheduler_.observe(slices, seconds);
  for (int i = 0; i < kPagesAStep && store_->write_page(false); ++i) {}
  return true;
}

// Nothing of the sequence has been committed: its slice is where it was planned to be.
void Core::tell_prompt(const Slice& slice, const OutputRows& outputs, int64_t row) {
  for (auto [at, end] = told_rows(slice); at < end; ++at, ++row)
    slice.sequence->request.listener->on_prompt_logits(at + 1, outputs.row(row));
}

// A slice is computed; if nothing of the sequence is missing, `outputs` has those of its last token, and of the guesses
// behind it, from `row` on. Nothing if the sequence has ended.
std::optional<Advance> Core::settle(const Slice& slice, const OutputRows& outputs, int64_t row) {
  Sequence& sequence = *slice.sequence;
  Listener& listener = *sequence.request.listener;
  Advance advance{&sequence, sequence.held.length, 0, slice.count};
  int64_t length = sequence.held.length + slice.count;
  sequence.told = std::max(sequence.told, length);
  bool complete = slice.count == sequence.missing();
  if (slice.reads) {
    counts_.prompt_tokens += slice.count;
    listener.on_prompt(std::min(length, sequence.prompt()), sequence.usage.cached_tokens);
  }
  std::vector<TokenId> drafts = std::exchange(sequence.drafts, {});
  if (!complete) drafts.clear();
  sequence.usage.drafted += static_cast<int64_t>(drafts.size());
  counts_.drafted += static_cast<int64_t>(drafts.size());
  counts_.drafts += !drafts.empty();
  for (size_t right = 0;; ++right) {
    // A state has seen all guesses, and is nobody's if one of them was wrong.
    bool all = right == drafts.size();
    if (all || !store_->states()) {
      store_->commit(sequence.held, sequence.tokens, sequence.prompt(), length + static_cast<int64_t>(right));
    }
    if (sequence.cancelled) {
      finish(sequence, Finish::cancelled);
      return std::nullopt;
    }
    if (!complete) return advance;
    if (!sequence.writes) {
      sequence.writes = true;
      if (sequence.read == Clock::time_point{}) sequence.read = options_.now();
      if (sequence.request.most == 0) {
        listener.on_outputs(outputs.row(row));
        finish(sequence, Finish::end);
        return std::nullopt;
      }
    }
    advance.count = slice.count + static_cast<int64_t>(right);
    if (!choose(sequence, outputs.row(row + static_cast<int64_t>(right)))) return std::nullopt;
    if (all) break;
    bool hit = sequence.tokens.back() == drafts[right];
    sequence.chance += kLuckWeight * ((hit ? 1 : 0) - sequence.chance);
    sequence.usage.accepted += hit;
    counts_.accepted += hit;
    if (hit) continue;
    store_->take_back(sequence.held);
    break;
  }
  if (drafts.empty()) sequence.chance += kForgiveness * (Sequence::kFirstChance - sequence.chance);
  return advance;
}

// False: the sequence has ended.
bool Core::choose(Sequence& sequence, std::span<const float> logits) {
  Request& request = sequence.request;
  auto end = [&](Finish as, const Error* error = nullptr) {
    finish(sequence, as, error);
    return false;
  };
  auto token = request.listener->choose(logits);
  if (!token.ok()) return end(Finish::error, &token.error());
  if (*token < 0 || *token >= options_.vocabulary) {
    Error error = fail("token {} was chosen; the model has {}", *token, options_.vocabulary);
    return end(Finish::error, &error);
  }
  const auto& ends = request.end_tokens;
  if (std::find(ends.begin(), ends.end(), *token) != ends.end()) return end(Finish::end);
  sequence.tokens.push_back(*token);
  ++sequence.usage.tokens;
  ++counts_.tokens;
  if (!request.listener->on_token(*token)) return end(Finish::stopped);
  if (sequence.usage.tokens == request.most) return end(Finish::length);
  if (sequence.length() > options_.context) return end(Finish::context);
  return true;
}

// For its next step; 0 where it is not going to choose in that.
int64_t Core::most_drafts(const Sequence& sequence) const {
  if (!sequence.writes) return 0;
  const Request& request = sequence.request;
  int64_t most = drafter_->most();
  if (request.most_drafts >= 0) most = std::min(most, request.most_drafts);
  // The token behind the last guess has to be wanted, too.
  if (request.most > 0) most = std::min(most, request.most - sequence.usage.tokens - 1);
  most = std::min(most, options_.context - sequence.length());
  most = std::min(most, store_->room_for_drafts(sequence.held, sequence.length()));
  return std::max<int64_t>(most, 0);
}

// One after the other gets a guess more, as long as that pays.
void Core::share_out_drafts(std::vector<Advance>& advances) const {
  struct Share {
    Advance* advance;
    int64_t most;
    double chance;
  };
  std::vector<Share> open;
  int64_t rows = 0;
  for (Advance& advance : advances) {
    if (!advance.sequence->writes) continue;
    rows += advance.sequence->missing();
    open.push_back({&advance, most_drafts(*advance.sequence), 1});
  }
  if (guessed_ && payoff_.needs_contrast()) return;
  auto tokens = static_cast<double>(open.size());
  while (!open.empty()) {
    std::erase_if(open, [&](Share& share) {
      share.chance *= share.advance->sequence->chance;
      bool more = share.advance->most < share.most && payoff_.pays(share.chance, tokens, rows);
      if (!more) return true;
      ++share.advance->most;
      ++rows;
      tokens += share.chance;
      return false;
    });
  }
}

void Core::draft(std::vector<Advance>& advances, std::span<const OutputRows> outputs) {
  share_out_drafts(advances);
  Status status = drafter_->follow(advances, outputs);
  for (const Advance& advance : advances) {
    // A smaller model may know fewer tokens; it may not know more.
    std::vector<TokenId>& drafts = advance.sequence->drafts;
    auto strange = std::find_if(drafts.begin(), drafts.end(),
                                [&](TokenId token) { return token < 0 || token >= options_.vocabulary; });
    drafts.erase(strange, drafts.end());
  }
  if (status.ok()) return;
  log_warning("nothing is guessed any more: {}", status.error().message);
  drafter_.reset();
}

void Core::finish(Sequence& sequence, Finish finish, const Error* error) {
  scheduler_.remove(sequence);
  if (drafter_) drafter_->end(sequence);
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
  counts.file_tokens = store_->tokens_from_files();
  counts.seconds_until_room = scheduler_.seconds_until_room();
  return counts;
}

}  // namespace hearth
