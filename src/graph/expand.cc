#include "graph/expand.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "graph/expressions.h"
#include "graph/parse.h"
#include "graph/source.h"

namespace hearth::arch {

namespace {

// Builds an Architecture from the oldest ancestor down. Until finish(), prefixes of rows are empty unless
// their block has its own, since a descendant may give others to the whole stack.
class Expansion {
 public:
  Status apply(const Document& document) {
    TRY_STATUS(apply_config(document));
    TRY_STATUS(apply_weights(document));
    for (const Graph& graph : document.graphs) replace(out_.graphs, graph);
    for (const Definition& definition : document.definitions) replace(out_.definitions, definition);
    out_.sources.insert(out_.sources.begin(), document.source);
    std::vector<Word> strip = std::move(out_.header.strip);
    strip.insert(strip.end(), document.header.strip.begin(), document.header.strip.end());
    out_.name = document.name;
    out_.header = document.header;  // `hf` and `gguf` are not inherited
    out_.header.strip = std::move(strip);
    if (out_.header.gguf.name.text.empty()) out_.header.gguf.name = document.name;
    return {};
  }

  Result<Architecture> finish() {
    std::set<std::string_view> names;
    for (const Weight& weight : out_.weights) names.insert(weight.name);
    for (Weight& weight : out_.weights) {
      for (Declaration& declaration : weight.declarations) {
        TRY_STATUS(resolve_ties(declaration.row, names));
        if (weight.layers) fill_prefixes(weight.stack, &declaration.gguf_prefix, &declaration.hf_prefix);
      }
    }
    for (size_t i = 0; i < out_.ignored_tensors.size(); ++i) {
      IgnoredTensor& ignored = out_.ignored_tensors[i];
      if (ignored.layers) fill_prefixes(ignored_stacks_[i], nullptr, &ignored.prefix);
    }
    return std::move(out_);
  }

 private:
  template <class Named>
  static void replace(std::vector<Named>& all, const Named& one) {
    auto found =
        std::find_if(all.begin(), all.end(), [&](const Named& n) { return n.name.text == one.name.text; });
    if (found == all.end())
      all.push_back(one);
    else
      *found = one;
  }

  Status apply_config(const Document& document) {
    for (const Word& word : document.config_drops) {
      const size_t entries =
          std::erase_if(out_.entries, [&](const Entry& entry) { return entry.name.text == word.text; });
      const size_t required = std::erase_if(
          out_.requires_, [&](const Require& require) { return mentions(*require.condition, word.text); });
      if (entries + required == 0)
        return error_at(word.at, "nothing to drop: no inherited entry or requirement has `{}`", word.text);
    }
    for (const Require& own : document.requires_) {
      const std::string_view head = first_name(*own.condition);
      // What this document itself appended is not the parent's.
      std::erase_if(out_.requires_, [&](const Require& require) {
        return require.at.source != own.at.source && first_name(*require.condition) == head;
      });
      out_.requires_.push_back(own);
    }
    for (const Entry& entry : document.entries) replace(out_.entries, entry);
    out_.ignores.insert(out_.ignores.end(), document.ignores.begin(), document.ignores.end());
    return {};
  }

  Stack& stack_of(const std::string& name) {
    for (Stack& stack : out_.stacks)
      if (stack.name == name) return stack;
    out_.stacks.push_back({.name = name});
    return out_.stacks.back();
  }

  Status apply_weights(const Document& document) {
    for (const Word& word : document.weight_drops) {
      if (std::erase_if(out_.weights, [&](const Weight& weight) { return weight.name == word.text; }) == 0)
        return error_at(word.at, "nothing to drop: no inherited weight is called `{}`", word.text);
    }
    std::set<std::string> prefixed;                            // stacks that this document gave prefixes
    std::set<std::tuple<bool, std::string, std::string>> own;  // weights that it declared
    for (const RowBlock& block : document.blocks) {
      std::string gguf_prefix, hf_prefix;  // of this block alone
      if (block.layers) {
        Stack& stack = stack_of(block.stack);
        if (!block.hf_prefix.empty() && prefixed.insert(block.stack).second) {
          stack.hf_prefix = block.hf_prefix;
          if (!block.gguf_prefix.empty()) stack.gguf_prefix = block.gguf_prefix;
        } else {
          if (block.hf_prefix != stack.hf_prefix) hf_prefix = block.hf_prefix;
          if (block.gguf_prefix != stack.gguf_prefix) gguf_prefix = block.gguf_prefix;
        }
      }
      for (const Row& row : block.rows) {
        Weight& weight = weight_of(block, row.name.text);
        if (own.emplace(block.layers, block.stack, row.name.text).second) weight.declarations.clear();
        weight.declarations.push_back({row, block.when, gguf_prefix, hf_prefix});
      }
      for (const Word& word : block.ignores) {
        out_.ignored_tensors.push_back({word, block.layers, hf_prefix});
        ignored_stacks_.push_back(block.stack);
      }
    }
    return {};
  }

  Weight& weight_of(const RowBlock& block, const std::string& name) {
    for (Weight& weight : out_.weights)
      if (weight.layers == block.layers && weight.stack == block.stack && weight.name == name) return weight;
    out_.weights.push_back({.name = name, .layers = block.layers, .stack = block.stack});
    return out_.weights.back();
  }

  void fill_prefixes(const std::string& name, std::string* gguf, std::string* hf) {
    const Stack& stack = stack_of(name);
    if (gguf && gguf->empty()) *gguf = stack.gguf_prefix;
    if (hf->empty()) *hf = stack.hf_prefix;
  }

  // Behind `or`, the name of another weight of the file is that weight.
  static Status resolve_ties(Row& row, const std::set<std::string_view>& names) {
    for (size_t i = 1; i < row.origins.size(); ++i) {
      Origin& origin = row.origins[i];
      if (origin.kind != Origin::Kind::stored || origin.names.size() != 1) continue;
      const TensorName& stored = origin.names[0];
      if (stored.name.text == row.name.text || !names.count(stored.name.text)) continue;
      if (!origin.transforms.empty() || !stored.parts.empty())
        return error_at(origin.at, "`{}` is tied to `{}`; a tie has no transforms", row.name.text,
                        stored.name.text);
      origin.kind = Origin::Kind::tie;
      origin.weight = stored.name.text;
      origin.names.clear();
    }
    return {};
  }

  Architecture out_;
  std::vector<std::string> ignored_stacks_;  // beside out_.ignored_tensors
};

Result<Document> parse_named(std::string_view name, std::string text) {
  TRY(Document document, parse(std::string(name) + ".arch", std::move(text)));
  if (document.name.text != name)
    return error_at(document.name.at, "this is `{}`; `{}` was looked for", document.name.text, name);
  return document;
}

}  // namespace

Result<Architecture> expand(Document document, const Loader& loader) {
  std::vector<Document> line{std::move(document)};  // of descent, the youngest first
  while (!line.back().parent.text.empty()) {
    const Word& parent = line.back().parent;
    if (line.size() > kMostParents)
      return error_at(parent.at, "`like` is more than two steps deep, from `{}`", line.front().name.text);
    auto text = loader(parent.text);
    if (!text.ok()) return error_at(parent.at, "no parent: {}", text.error().message);
    TRY(Document next, parse_named(parent.text, std::move(text).value()));
    line.push_back(std::move(next));
  }
  Expansion expansion;
  while (!line.empty()) {
    TRY_STATUS(expansion.apply(line.back()));
    line.pop_back();
  }
  return expansion.finish();
}

Result<Architecture> load(std::string_view name, const Loader& loader) {
  TRY(std::string text, loader(name));
  TRY(Document document, parse_named(name, std::move(text)));
  return expand(std::move(document), loader);
}

}  // namespace hearth::arch
