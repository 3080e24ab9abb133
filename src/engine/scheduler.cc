#include "engine/scheduler.h"

#include <algorithm>
#include <set>

namespace hearth {

namespace {

constexpr int64_t kLeastSlice = 8;  // that are read in a step however slow it is: reading must go on
constexpr size_t kLooked = 64;      // of those who wait, to find one that has nothing to wait for
constexpr double kMemory = 0.2;     // weight of the latest step in what is known of speed

void learn(double& average, double value) {
  average = average == 0 ? value : average + kMemory * (value - average);
}

}  // namespace

void Scheduler::add(Sequence& sequence) {
  waiting_.push_back(&sequence);
  auto [at, fresh] = clients_.try_emplace(sequence.request.client);
  if (fresh) {
    // Whoever comes new has no claim on what the others got before.
    double least = -1;
    for (const auto& [name, client] : clients_) {
      if (&client != &at->second && (least < 0 || client.served < least)) least = client.served;
    }
    at->second.served = std::max(least, 0.0);
  }
  ++at->second.sequences;
}

void Scheduler::remove(Sequence& sequence) {
  if (std::erase(waiting_, &sequence) + std::erase(running_, &sequence) == 0) return;
  store_.end(sequence.held);
  sequence.running = sequence.writes = false;
  full_ = false;
  auto client = clients_.find(sequence.request.client);
  if (--client->second.sequences == 0) clients_.erase(client);
}

// Higher priorities, then clients that got less, then those who came first.
bool Scheduler::before(const Sequence& a, const Sequence& b) const {
  if (a.request.priority != b.request.priority) return a.request.priority > b.request.priority;
  double mine = clients_.at(a.request.client).served, other = clients_.at(b.request.client).served;
  if (mine != other) return mine < other;
  return a.id < b.id;
}

Sequence* Scheduler::first_waiting() {
  std::sort(waiting_.begin(), waiting_.end(), [&](Sequence* a, Sequence* b) { return before(*a, *b); });
  size_t looked = std::min(waiting_.size(), kLooked);
  for (size_t i = 0; i < looked; ++i) {
    if (!will_share(*waiting_[i])) return waiting_[i];
  }
  return nullptr;
}

// Whether somebody is reading what this one begins with: it is faster to wait than to read it twice.
bool Scheduler::will_share(const Sequence& sequence) const {
  if (!sequence.request.source.empty() || sequence.request.prompt_logits) return false;
  for (const Sequence* other : running_) {
    if (other->writes || other->missing() <= 1 || other->request.salt != sequence.request.salt) continue;
    auto last = std::mismatch(sequence.tokens.begin(), sequence.tokens.end() - 1, other->tokens.begin(),
                              other->tokens.end());
    int64_t common = last.first - sequence.tokens.begin();
    if (common / store_.page_tokens() * store_.page_tokens() > other->held.length) return true;
  }
  return false;
}

void Scheduler::admit(Clock::time_point now) {
  while (!full_ && running_.size() < options_.most_running) {
    Sequence* first = first_waiting();
    if (!first) return;
    Sequence& sequence = *first;
    // What is kept of a prompt has no logits.
    std::span<const TokenId> known = sequence.tokens;
    if (sequence.request.prompt_logits) known = known.first(1);
    if (!store_.begin(sequence.held, sequence.request.salt, known)) {
      full_ = true;
      return;
    }
    sequence.held.source = static_cast<int64_t>(sequence.request.source.size());
    if (!store_.reserve_all(sequence.held, sequence.length())) {
      store_.end(sequence.held);
      full_ = true;
      return;
    }
    if (sequence.begun == Clock::time_point{}) {
      sequence.begun = now;
      sequence.usage.cached_tokens = sequence.held.length;
      sequence.usage.same_tokens = sequence.held.match.same;
      sequence.usage.differs = sequence.held.match.differs;
    }
    sequence.running = true;
    std::erase(waiting_, first);
    running_.push_back(&sequence);
  }
}

void Scheduler::preempt(Sequence& sequence, std::vector<Slice>& slices) {
  std::erase_if(slices, [&](const Slice& slice) { return slice.sequence == &sequence; });
  std::erase(running_, &sequence);
  store_.end(sequence.held);
  sequence.running = sequence.writes = false;
  sequence.drafts.clear();
  waiting_.push_back(&sequence);
  ++preemptions_;
}

// Memory for a sequence, if need be that of others who came later or matter less: what they had is kept as long
// as nobody needs the room, and computed again if somebody does. False: it is this one that has to wait.
bool Scheduler::make_room(Sequence& sequence, int64_t length, std::vector<Slice>& slices) {
  while (!store_.reserve(sequence.held, length)) {
    Sequence* last = &sequence;
    for (Sequence* other : running_) {
      bool later = other->request.priority != last->request.priority
                       ? other->request.priority < last->request.priority
                       : other->id > last->id;
      if (later) last = other;
    }
    preempt(*last, slices);
    if (last == &sequence) return false;
  }
  return true;
}

void Scheduler::add_decoding(std::vector<Slice>& slices) {
  std::vector<Sequence*> decoding;
  for (Sequence* sequence : running_) {
    if (sequence->decodes()) decoding.push_back(sequence);
  }
  // Each has a row for sure; more take what was computed with wrong guesses behind it, and guesses.
  auto left = options_.most_rows - static_cast<int64_t>(decoding.size());
  for (Sequence* sequence : decoding) {
    if (!sequence->running) continue;  // another one needed its memory
    int64_t count = 1 + std::min(left, sequence->missing() - 1);
    if (!make_room(*sequence, sequence->held.length + count, slices)) continue;
    left -= count - 1;
    auto drafts = static_cast<int64_t>(sequence->drafts.size());
    bool room = count == sequence->missing() && drafts <= left &&
                store_.reserve(sequence->held, sequence->length() + drafts);
    if (!room) drafts = 0;
    left -= drafts;
    slices.push_back({sequence, count, false, drafts});
  }
}

// That are read in a step which several wait for: all of them until it ends, and so does whoever leaves.
int64_t Scheduler::rows_in_time(int64_t decoding) const {
  int64_t most = options_.most_rows - decoding;
  if (options_.whole) return most;
  if (row_seconds_ == 0) return std::min(most, 8 * kLeastSlice);
  double left = (options_.step_seconds - (decoding > 0 ? decode_seconds_ : 0)) / row_seconds_;
  return std::min(most, std::max(kLeastSlice, static_cast<int64_t>(std::min(left, 1e9))));
}

void Scheduler::add_reading(std::vector<Slice>& slices) {
  // All that have no slice yet: those who came back with everything still there among them.
  std::vector<Sequence*> reading;
  for (Sequence* sequence : running_) {
    bool planned = std::any_of(slices.begin(), slices.end(),
                               [&](const Slice& slice) { return slice.sequence == sequence; });
    if (!planned) reading.push_back(sequence);
  }
  std::sort(reading.begin(), reading.end(), [&](Sequence* a, Sequence* b) { return before(*a, *b); });
  // The first one of each client gets an equal part; what these leave is for whoever is next.
  std::set<std::string_view> seen;
  auto rest = std::stable_partition(reading.begin(), reading.end(), [&](Sequence* sequence) {
    return seen.insert(sequence->request.client).second;
  });
  int64_t decoding = 0;
  for (const Slice& slice : slices) decoding += slice.count + slice.drafts;
  int64_t left = rows_in_time(decoding);
  for (auto at = reading.begin(); at != reading.end() && left > 0; ++at) {
    Sequence& sequence = **at;
    if (!sequence.running) continue;
    int64_t part = at < rest && !options_.whole ? std::max<int64_t>(left / (rest - at), 1) : left;
    // Alone it may take long: if it is not wanted any more, nobody wants the step.
    if (slices.empty()) part = options_.most_rows;
    if (sequence.request.prompt_logits) part = std::min(part, options_.most_outputs);
    if (options_.whole && sequence.missing() > left) continue;
    int64_t end = sequence.held.length + std::min(part, sequence.missing());
    if (!options_.whole) end = store_.cut(sequence.held, sequence.prompt(), end);
    if (!make_room(sequence, end, slices)) continue;
    slices.push_back({&sequence, end - sequence.held.length, true, 0});
    left -= slices.back().count;
  }
}

std::vector<Slice> Scheduler::plan(Clock::time_point now) {
  std::vector<Slice> slices;
  add_decoding(slices);
  admit(now);
  add_reading(slices);
  for (const Slice& slice : slices) {
    clients_.at(slice.sequence->request.client).served += static_cast<double>(slice.count);
  }
  return slices;
}

void Scheduler::observe(const std::vector<Slice>& slices, double seconds) {
  int64_t read = 0;
  bool somebody_writes = false;
  for (const Slice& slice : slices) {
    if (slice.reads) {
      read += slice.count;
    } else {
      somebody_writes = true;
    }
  }
  if (read == 0) return learn(decode_seconds_, seconds);
  double reading = std::max(seconds - (somebody_writes ? decode_seconds_ : 0), 0.0);
  learn(row_seconds_, reading / static_cast<double>(read));
}

double Scheduler::seconds_until_room() const {
  int64_t rows = 0;
  for (const Sequence* sequence : waiting_) rows += sequence->missing();
  for (const Sequence* sequence : running_) rows += sequence->missing();
  return std::max(1.0, static_cast<double>(rows) * row_seconds_);
}

}  // namespace hearth
