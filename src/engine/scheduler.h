// Who computes what in the next step: sequences that write get a token each, and those that read share what rows
// are left within the time that a step may take. Knows nothing of models.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/sequence.h"

namespace hearth {

struct SchedulerOptions {
  int64_t most_rows = 512;    // of a step
  size_t most_running = 8;    // sequences that have memory at once; at most as many as rows
  double step_seconds = 0.1;  // that a step may take which several wait for, if that leaves anything to read
  bool whole = false;         // a prompt is read in one step: attention looks both ways
  int64_t most_outputs =
      64;  // rows of a slice of a prompt whose logits are wanted: each is as long as the vocabulary
};

struct Slice {
  Sequence* sequence;
  int64_t count;       // tokens, from held.length on
  bool reads;          // a prompt, or again what it had read and written
  int64_t drafts = 0;  // of its guesses, behind its tokens
};

class Scheduler {
 public:
  Scheduler(Store& store, const SchedulerOptions& options) : store_(store), options_(options) {}

  void add(Sequence& sequence);
  // It is done, or not wanted any more: its memory is free.
  void remove(Sequence& sequence);

  // The next step; memory is taken for it. Empty: there is nothing to do, or nothing that can be done.
  std::vector<Slice> plan(Clock::time_point now);
  // Somebody who waits although nobody runs: there is not enough memory for it. Null: nobody.
  Sequence* stuck() const { return running_.empty() && !waiting_.empty() ? waiting_.front() : nullptr; }
  // How long a step took.
  void observe(const std::vector<Slice>& slices, double seconds);

  size_t waiting() const { return waiting_.size(); }
  size_t running() const { return running_.size(); }
  int64_t preemptions() const { return preemptions_; }
  // When a machine this busy may have room for one more: a guess, from what waits and how fast it is read.
  double seconds_until_room() const;

 private:
  void admit(Clock::time_point now);
  Sequence* first_waiting();
  bool will_share(const Sequence& sequence) const;
  void add_decoding(std::vector<Slice>& slices);
  void add_reading(std::vector<Slice>& slices);
  bool make_room(Sequence& sequence, int64_t length, std::vector<Slice>& slices);
  void preempt(Sequence& sequence, std::vector<Slice>& slices);
  int64_t rows_in_time(int64_t decoding) const;
  bool before(const Sequence& a, const Sequence& b) const;

  Store& store_;
  const SchedulerOptions options_;
  std::vector<Sequence*> waiting_, running_;
  struct Client {
    double served = 0;  // rows that were computed for it; those who were served less come first
    int64_t sequences = 0;
  };
  std::map<std::string, Client> clients_;
  bool full_ = false;  // nobody got memory the last time, and none has become free since
  double decode_seconds_ = 0, row_seconds_ = 0;
  int64_t preemptions_ = 0;
};

}  // namespace hearth
