#include "engine/model_drafter.h"

#include <algorithm>

namespace hearth {

namespace {
// Rows that it may be behind by and still catch up in a step in which little is read.
constexpr int64_t kLeastDraftRows = 64;
}  // namespace

Result<std::unique_ptr<ModelDrafter>> ModelDrafter::create(Program& program, const Plan& plan,
                                                           const MemoryOptions& memory,
                                                           const ModelDrafterOptions& options) {
  if (plan.outputs.empty() || plan.outputs.front().name != "logits")
    return fail("it does not generate text, so it cannot guess any");
  TRY(auto store, Store::create(program, plan, memory));
  if (store->states()) {
    return fail(
        "it remembers by recurrent states, which cannot be taken back when it guessed wrong; a model with "
        "attention alone is needed");
  }
  int64_t trained = trained_rotation(plan);
  return std::unique_ptr<ModelDrafter>(
      new ModelDrafter(program, std::move(store), options, trained > 0 && options.context > trained));
}

ModelDrafter::Reader* ModelDrafter::reader_of(const Sequence& sequence) {
  auto [at, fresh] = readers_.try_emplace(sequence.id);
  Reader& reader = at->second;
  if (fresh) {
    if (!store_->begin(reader.held, sequence.request.salt, sequence.tokens)) {
      readers_.erase(at);
      return nullptr;
    }
    reader.read.assign(sequence.tokens.begin(), sequence.tokens.begin() + reader.held.length);
  }
  // What was guessed right is the sequence's now; what was not is forgotten.
  auto same = std::mismatch(reader.read.begin() + reader.held.length, reader.read.end(),
                            sequence.tokens.begin() + reader.held.length, sequence.tokens.end());
  reader.read.erase(same.first, reader.read.end());
  auto length = static_cast<int64_t>(reader.read.size());
  if (length > reader.held.length) store_->commit(reader.held, sequence.tokens, sequence.prompt(), length);
  return &reader;
}

void ModelDrafter::add(Reader& reader, std::span<const TokenId> tokens) {
  rows_.add(reader.held, static_cast<int64_t>(reader.read.size()), tokens, long_context_);
  reader.read.insert(reader.read.end(), tokens.begin(), tokens.end());
}

Status ModelDrafter::follow(std::span<const Advance> advances, std::span<const OutputRows>) {
  struct Guessing {
    Sequence* sequence;
    Reader* reader;
    int64_t most;
    Listener::Chooser choose;
  };
  std::vector<Guessing> guessing;
  int64_t left = kLeastDraftRows;
  for (const Advance& advance : advances) left += advance.count;
  left = std::min<int64_t>(left, program_.most_rows());

  rows_.clear();
  for (const Advance& advance : advances) {
    Sequence& sequence = *advance.sequence;
    if (sequence.length() >= options_.context) continue;
    Reader* reader = reader_of(sequence);
    if (!reader) continue;
    int64_t past = static_cast<int64_t>(reader->read.size());
    int64_t count = std::min(sequence.length() - past, left);
    bool whole = past + count == sequence.length();
    int64_t most = std::min(advance.most, options_.context - sequence.length());
    bool guesses = whole && most > 0;
    if (count == 0 || !store_->reserve(reader->held, past + count + (guesses ? most - 1 : 0))) continue;
    left -= count;
    add(*reader, std::span(sequence.tokens).subspan(static_cast<size_t>(past), static_cast<size_t>(count)));
    if (!guesses) continue;
    rows_.want(rows_.rows() - 1);
    guessing.push_back({&sequence, reader, most, sequence.request.listener->fork()});
  }
  while (!rows_.empty()) {
    auto outputs = program_.run(rows_.batch(), store_->memory());
    if (!outputs.ok()) return std::move(outputs).error();
    int64_t next = 0;
    std::erase_if(guessing, [&](Guessing& each) {
      bool more = add_draft(*each.sequence, each.choose, outputs->front().row(next++));
      return !more || static_cast<int64_t>(each.sequence->drafts.size()) == each.most;
    });
    rows_.clear();
    for (Guessing& each : guessing) {
      add(*each.reader, std::span(each.sequence->drafts).last(1));
      rows_.want(rows_.rows() - 1);
    }
  }
  return {};
}

void ModelDrafter::end(const Sequence& sequence) {
  auto at = readers_.find(sequence.id);
  if (at == readers_.end()) return;
  store_->end(at->second.held);
  readers_.erase(at);
}

}  // namespace hearth
