#include "model/draft/names.h"

#include <algorithm>
#include <string>
#include <vector>

namespace hearth {

namespace {

// Words for one thing, as those who write models call it.
constexpr struct {
  std::string_view word, meant;
} kSynonyms[] = {{"w1", "gate"},
                 {"w3", "up"},
                 {"w2", "down"},
                 {"wq", "q"},
                 {"wk", "k"},
                 {"wv", "v"},
                 {"wo", "o"},
                 {"query", "q"},
                 {"key", "k"},
                 {"value", "v"},
                 {"out", "o"},
                 {"output", "o"},
                 {"dense", "o"},
                 {"fc", "up"},
                 {"fc1", "up"},
                 {"fc2", "down"},
                 {"wte", "embed"},
                 {"embedding", "embed"},
                 {"embeddings", "embed"},
                 {"tok", "embed"},
                 {"tokens", "embed"},
                 {"word", "embed"},
                 {"ln", "norm"},
                 {"layernorm", "norm"},
                 {"ln1", "input"},
                 {"ln2", "post"},
                 {"attn", "attention"},
                 {"mlp", "ffn"},
                 {"feed", "ffn"},
                 {"forward", "ffn"},
                 {"feedforward", "ffn"},
                 {"dim", "size"},
                 {"num", "n"},
                 {"head", "heads"},
                 {"layer", "layers"},
                 {"rmsnorm", "norm"},
                 {"rms", "norm"},
                 {"self", "attention"}};

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (char c : name) {
    if (c == '.' || c == '_' || c == '#') {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  for (std::string& word : words) {
    for (const auto& row : kSynonyms) {
      if (word == row.word) {
        word = row.meant;
        break;
      }
    }
  }
  std::erase_if(words,
                [](const std::string& word) { return word.empty() || word == "weight" || word == "proj"; });
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace

double likeness(std::string_view a, std::string_view b) {
  std::vector<std::string> x = words_of(a), y = words_of(b), both;
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(both));
  size_t all = x.size() + y.size();
  return all == 0 ? 0 : 2.0 * static_cast<double>(both.size()) / static_cast<double>(all);
}

}  // namespace hearth
