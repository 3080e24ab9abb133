#include "sample/grammar/matcher.h"

#include <algorithm>

#include "tokenizer/utf8.h"

namespace hearth {

using grammar::Frontier;

namespace {

constexpr int kNoByte = -1, kManyBytes = -2;

// The only byte that may come next, if it is only one and nothing but a byte may come.
int only_byte(const grammar::Automaton& automaton, const Frontier& frontier) {
  int only = kNoByte;
  if (frontier.complete()) return kManyBytes;
  for (const auto& item : frontier.items()) {
    const auto& state = automaton.state(item.state);
    if (state.tokens) return kManyBytes;
    for (const auto& edge : automaton.edges(state)) {
      if (edge.first != edge.last || (only != kNoByte && only != edge.first)) return kManyBytes;
      only = edge.first;
    }
  }
  return only;
}

}  // namespace

Matcher::Matcher(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const VocabularyTrie> trie)
    : grammar_(std::move(grammar)), masks_(grammar_->masks(trie)), frontier_(grammar_->automaton()) {
  frontier_.at_start();
}

Status Matcher::mask(std::span<uint64_t> words) const {
  std::fill(words.begin(), words.end(), 0);
  if (!finished_) {
    frontier_.clear_spent();
    if (!masks_->add(frontier_, words))
      return fail(
          "the grammar is too ambiguous here: finding which tokens may come next takes too many steps");
    if (is_complete()) {
      for (TokenId id : masks_->trie().ends())
        words[static_cast<size_t>(id) / 64] |= uint64_t{1} << (static_cast<size_t>(id) % 64);
    }
  }
  if (std::all_of(words.begin(), words.end(), [](uint64_t word) { return word == 0; }))
    return fail("no token of the vocabulary can continue the text as the grammar wants it");
  return {};
}

bool Matcher::accept(TokenId token) {
  const VocabularyTrie& trie = masks_->trie();
  if (finished_ || !trie.contains(token)) return false;
  Before before{frontier_.mark(), finished_};
  if (trie.is_end(token) && frontier_.complete()) {
    finished_ = true;
  } else {
    if (trie.is_end(token) && trie.bytes(token).empty()) return false;
    frontier_.clear_spent();
    if (!frontier_.step_token(token, trie.bytes(token))) return false;
    frontier_.forget_since(before.mark);
  }
  history_.push_back(before);
  return true;
}

size_t Matcher::accept_bytes(std::string_view bytes) {
  if (finished_) return 0;
  Before before{frontier_.mark(), finished_};
  frontier_.clear_spent();
  size_t taken = 0;
  while (taken < bytes.size() && frontier_.step(static_cast<uint8_t>(bytes[taken]))) {
    ++taken;
    frontier_.forget_since(before.mark);
  }
  if (taken > 0) history_.push_back(before);
  return taken;
}

grammar::ByteSet Matcher::next_bytes() const {
  grammar::ByteSet bytes;
  if (finished_) return bytes;
  const auto& automaton = grammar_->automaton();
  for (const auto& item : frontier_.items()) {
    for (const auto& edge : automaton.edges(automaton.state(item.state))) {
      for (size_t byte = edge.first; byte <= edge.last; ++byte) bytes.set(byte);
    }
  }
  return bytes;
}

std::string Matcher::forced(size_t most) const {
  std::string bytes;
  if (finished_) return bytes;
  Frontier::Mark before = frontier_.mark();
  frontier_.clear_spent();
  while (bytes.size() < most) {
    int byte = only_byte(grammar_->automaton(), frontier_);
    if (byte < 0 || !frontier_.step(static_cast<uint8_t>(byte))) break;
    bytes.push_back(static_cast<char>(byte));
  }
  frontier_.go_back(before);
  bytes.resize(bytes.size() - utf8_unfinished(bytes));
  return bytes;
}

void Matcher::rollback(size_t steps) {
  if (steps == 0) return;
  const Before& before = history_[history_.size() - steps];
  frontier_.go_back(before.mark);
  finished_ = before.finished;
  history_.resize(history_.size() - steps);
}

}  // namespace hearth
