// The engine without its thread: requests come in, and each step computes a batch and tells listeners. One thread
// at a time.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <unordered_map>

#include "engine/batch_rows.h"
#include "engine/drafter.h"
#include "engine/payoff.h"
#include "engine/scheduler.h"
#include "engine/store.h"

namespace hearth {

struct CoreOptions {
  int64_t context = 4096;  // tokens that a sequence may have
  int64_t vocabulary = 0;  // ids are below it
  uint64_t model = 0;      // a fingerprint of it, for what is kept outside of memory
  size_t most_running = 8;
  double step_seconds = 0.1;
  size_t adapters = 0;         // whose scales every request brings
  Program* encoder = nullptr;  // that reads the sources of requests; outlives the core
  std::function<Clock::time_point()> now = Clock::now;
  std::function<double()> joules{};   // that the machine has taken so far; none: it does not say
  std::function<void()> meanwhile{};  // called now and then while a step is computed; may add and cancel
};

struct CoreCounts {
  size_t waiting = 0, running = 0;
  int64_t prompt_tokens = 0, cached_tokens = 0, tokens = 0, preemptions = 0, steps = 0;
  int64_t file_tokens = 0, file_bytes = 0;  // read again from files, and kept in them
  int64_t drafts = 0, drafted = 0,
          accepted = 0;  // times that guesses were made, guesses, and those that were right
  int64_t rows = 0;      // of all steps
  std::array<int64_t, 16> steps_by_rows{};  // of up to 1, 2, 4, ... rows; the last: of more
  Store::Use memory_use;
  double seconds_until_room = 0;
};

class Core {
 public:
  // `program` runs `plan` and outlives the core.
  static Result<std::unique_ptr<Core>> create(Program& program, const Plan& plan, const MemoryOptions& memory,
                                              const CoreOptions& options);
  ~Core();

  // Why a request cannot be served, whatever else goes on. From any thread.
  std::optional<Refusal> refusal(const Request& request) const;
  // `id` is new, and greater than those before; the request was not refused.
  void add(RequestId id, Request request);
  // The request ends now; or, if it is a part of the step that is being computed, with that, which is given up if it
  // is for nobody else. An id that is gone is no error.
  void cancel(RequestId id);
  // All requests end.
  void end();
  // False: there was nothing to do.
  bool step();
  // Guesses from now on what sequences say next.
  void set_drafter(std::unique_ptr<Drafter> drafter) { drafter_ = std::move(drafter); }

  bool idle() const { return sequences_.empty(); }
  CoreCounts counts() const;
  const CoreOptions& options() const { return options_; }
  Store& store() { return *store_; }

 private:
  Core(Program& program, const Plan& plan, std::unique_ptr<Store> store, const CoreOptions& options);

  void end_late();
  std::optional<Refusal> refusal_of(std::span<const TokenId> tokens) const;
  Status encode(Sequence& sequence);
  Result<std::vector<OutputRows>> compute(std::vector<Slice>& slices);
  void tell_prompt(const Slice& slice, const OutputRows& outputs, int64_t row);
  std::optional<Advance> settle(const Slice& slice, const OutputRows& outputs, int64_t row);
  bool choose(Sequence& sequence, std::span<const float> logits);
  int64_t most_drafts(const Sequence& sequence) const;
  void share_out_drafts(std::vector<Advance>& advances) const;
  void draft(std::vector<Advance>& advances, std::span<const OutputRows> outputs);
  void finish(Sequence& sequence, Finish finish, const Error* error = nullptr);

  Program& program_;
  std::unique_ptr<Store> store_;
  const CoreOptions options_;
  const bool whole_;  // a prompt is read in one step
  const bool
      rows_of_sequences_;  // the outputs have a row for each sequence of a batch, not for each wanted token
  int64_t trained_rotation_ = 0;  // beyond this length longrope turns otherwise; 0: there is no such choice
  Scheduler scheduler_;
  std::unordered_map<RequestId, std::unique_ptr<Sequence>> sequences_;
  CoreCounts counts_;
  BatchRows rows_;
  std::unique_ptr<Drafter> drafter_;  // null: nothing is guessed
  Payoff payoff_;
  bool guessed_ = false;  // in the last step
  size_t wanted_by_ = 0;  // requests, of those that the step which is being computed is for
  const std::function<bool()> unwanted_ = [this] {
    if (options_.meanwhile) options_.meanwhile();
    return wanted_by_ == 0;
  };
};

}  // namespace hearth
