// An expanded architecture as one Document.
#include <algorithm>
#include <utility>

#include "graph/expressions.h"
#include "graph/print.h"

namespace hearth::arch {

namespace {

struct Block {
  RowBlock rows;
  std::string gguf_prefix, hf_prefix;  // of its rows, in full
};

class Flattening {
 public:
  explicit Flattening(const Architecture& from) : from_(from) {}

  std::vector<RowBlock> blocks() {
    for (const Weight& weight : from_.weights) {
      size_t first = 0;
      for (const Declaration& declaration : weight.declarations) {
        // Cases of one weight keep their order.
        first = block_for(weight.layers, weight.stack, declaration.when, declaration.gguf_prefix,
                          declaration.hf_prefix, first);
        blocks_[first].rows.rows.push_back(written(declaration.row));
        ++first;
      }
    }
    for (const IgnoredTensor& ignored : from_.ignored_tensors) ignore(ignored);
    return in_order();
  }

 private:
  size_t block_for(bool layers, const std::string& stack, const ExprPtr& when, const std::string& gguf,
                   const std::string& hf, size_t first) {
    for (size_t i = first; i < blocks_.size(); ++i) {
      const Block& block = blocks_[i];
      if (block.rows.layers == layers && block.rows.stack == stack && same(block.rows.when, when) &&
          block.gguf_prefix == gguf && block.hf_prefix == hf)
        return i;
    }
    Block block{{.layers = layers, .stack = stack, .when = when}, gguf, hf};
    blocks_.push_back(std::move(block));
    return blocks_.size() - 1;
  }

  static Row written(Row row) {
    for (Origin& origin : row.origins) {
      if (origin.kind != Origin::Kind::tie) continue;
      origin.kind = Origin::Kind::stored;
      origin.names = {{.name = {origin.at, std::exchange(origin.weight, {})}}};
    }
    return row;
  }

  // Into any block whose prefix in safetensors is the same.
  void ignore(const IgnoredTensor& ignored) {
    for (Block& block : blocks_) {
      if (block.rows.layers == ignored.layers && block.hf_prefix == ignored.prefix) {
        block.rows.ignores.push_back(ignored.name);
        return;
      }
    }
    Block block{{.layers = ignored.layers, .ignores = {ignored.name}}, "", ignored.prefix};
    for (const Stack& stack : from_.stacks)
      if (stack.hf_prefix == ignored.prefix) block.rows.stack = stack.name;
    blocks_.push_back(std::move(block));
  }

  static bool guarded_by(const Block& block, const Block& other) {
    if (!block.rows.when) return false;
    return std::any_of(other.rows.rows.begin(), other.rows.rows.end(), [&](const Row& row) {
      const std::string_view word = word_of(row.name.text);
      bool found = false;
      walk(*block.rows.when,
           [&](const Expr& part) { found |= part.kind == ExprKind::name && part.text == word; });
      return found;
    });
  }

  // Rows outside layers first; then blocks as they are, but behind those that their guards name.
  std::vector<RowBlock> in_order() {
    std::stable_partition(blocks_.begin(), blocks_.end(), [](const Block& b) { return !b.rows.layers; });
    std::vector<RowBlock> out;
    while (!blocks_.empty()) {
      auto next = std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& block) {
        return std::none_of(blocks_.begin(), blocks_.end(),
                            [&](const Block& other) { return &other != &block && guarded_by(block, other); });
      });
      if (next == blocks_.end()) next = blocks_.begin();  // guards that name each other: check() says so
      append(std::move(*next), out);
      blocks_.erase(next);
    }
    return out;
  }

  // The first block of a stack carries the stack's prefixes, others what differs from them.
  void append(Block block, std::vector<RowBlock>& out) const {
    if (block.rows.layers) {
      const Stack& stack = *from_.stack(block.rows.stack);
      const bool first = std::none_of(out.begin(), out.end(), [&](const RowBlock& other) {
        return other.layers && other.stack == stack.name;
      });
      const bool own_gguf = block.gguf_prefix != stack.gguf_prefix;
      const bool own_hf = block.hf_prefix != stack.hf_prefix;
      if (first) {
        RowBlock carrier{.layers = true, .stack = stack.name, .hf_prefix = stack.hf_prefix};
        if (stack.gguf_prefix != Stack{}.gguf_prefix) carrier.gguf_prefix = stack.gguf_prefix;
        if (own_gguf || own_hf) {
          out.push_back(std::move(carrier));
        } else {
          block.rows.gguf_prefix = carrier.gguf_prefix;
          block.rows.hf_prefix = carrier.hf_prefix;
        }
      }
      if (own_gguf) block.rows.gguf_prefix = block.gguf_prefix;
      if (own_gguf || own_hf) block.rows.hf_prefix = block.hf_prefix;
    }
    out.push_back(std::move(block.rows));
  }

  const Architecture& from_;
  std::vector<Block> blocks_;
};

}  // namespace

Document flatten(const Architecture& architecture) {
  Document document;
  document.source = architecture.sources.front();
  document.name = architecture.name;
  document.header = architecture.header;
  GgufName& gguf = document.header.gguf;
  if (gguf.name.text == document.name.text && !gguf.when) gguf = {};
  document.entries = architecture.entries;
  document.requires_ = architecture.requires_;
  document.ignores = architecture.ignores;
  document.blocks = Flattening(architecture).blocks();
  document.graphs = architecture.graphs;
  document.definitions = architecture.definitions;
  return document;
}

}  // namespace hearth::arch
