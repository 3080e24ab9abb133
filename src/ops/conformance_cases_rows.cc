// Norms, heads, rows.
#include "ops/conformance_cases.h"

namespace hearth::conformance {

namespace {

constexpr int64_t kRowHeads = 3, kRowWidth = 37;

StepArgument maybe(CaseBuilder& b, bool any, std::vector<int64_t> shape, bool bias) {
  if (!any) return none();
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return of_weight(b.weight(std::move(shape), bias ? count : 0));
}

void add_norm(std::vector<Case>& all, Op op) {
  auto make = [&](std::string_view what, int64_t heads, int64_t width, std::vector<int64_t> shape,
                  bool bias) {
    CaseBuilder b(fmt::format("{} {}", row_of(op).name, what));
    StepArgument w = maybe(b, !shape.empty(), shape, bias);
    b.output(b.step(op, {of(b.spread_input(heads, width)), w, of_number(1e-5)}, heads, width));
    // An epsilon that shows, on rows that are wanted
    View x = b.wanted(b.input(heads, width));
    b.output(b.step(op, {of(x), w, of_number(0.2)}, heads, width, Rows::wanted));
    all.push_back(std::move(b).finish());
  };
  make("without a weight", 1, 259, {}, false);
  make("with a weight", 1, 131, {131}, false);
  make("with a weight and a bias", 1, 131, {131}, true);
  make("of heads with one weight", kRowHeads, kRowWidth, {kRowWidth}, false);
  make("of heads with one weight and bias", kRowHeads, kRowWidth, {kRowWidth}, true);
  make("of heads with a weight each", kRowHeads, kRowWidth, {kRowHeads, kRowWidth}, false);
  make("of heads with a weight and a bias each", kRowHeads, kRowWidth, {kRowHeads, kRowWidth}, true);
}

}  // namespace

void add_norm_cases(std::vector<Case>& all) {
  add_norm(all, Op::rms);
  add_norm(all, Op::layernorm);
  {
    CaseBuilder b("l2");
    b.output(b.step(Op::l2, {of(b.spread_input(kRowHeads, kRowWidth, {-0.1, 0.1})), of_number(1e-6)},
                    kRowHeads, kRowWidth));
    b.output(b.step(Op::l2, {of(b.input(1, kRowWidth)), of_number(3.4)}, 1,
                    kRowWidth));  // some are longer, some not
    all.push_back(std::move(b).finish());
  }
  for (Op op : {Op::softmax, Op::renorm, Op::sum, Op::mean}) {
    CaseBuilder b{std::string(row_of(op).name)};
    bool one = op == Op::sum || op == Op::mean;
    Range range = op == Op::renorm ? Range{0.1, 1} : Range{-5, 5};
    b.output(b.step(op, {of(b.spread_input(kRowHeads, kRowWidth, range))}, kRowHeads, one ? 1 : kRowWidth));
    b.output(b.step(op, {of(b.input(1, 131, range))}, 1, one ? 1 : 131));
    all.push_back(std::move(b).finish());
  }
}

void add_head_cases(std::vector<Case>& all) {
  {
    CaseBuilder b("reshape of numbers that lie apart");
    View x = b.spread_input(6, 7);
    b.output(b.step(Op::reshape, {of(x)}, 2, 21));
    b.output(b.step(Op::split, {of(b.spread_input(1, 42)), of_number(3)}, 3, 14));
    b.output(b.step(Op::merge, {of(x)}, 1, 42));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("columns and heads");
    View x = b.spread_input(5, kRowWidth);
    b.output(b.step(Op::columns, {of(x), of_number(11), of_number(13)}, 5, 13));
    b.output(b.step(Op::heads, {of(x), of_number(1), of_number(4)}, 3, kRowWidth));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("cat");
    View x = b.spread_input(kRowHeads, 5), y = b.input(kRowHeads, 11), z = b.spread_input(kRowHeads, 7);
    b.output(b.step(Op::cat, {of(x), of(y)}, kRowHeads, 16));
    b.output(b.step(Op::cat, {none(), of(y), none(), of(z), of(x)}, kRowHeads, 23));
    b.output(b.step(Op::cat, {of(b.input(1, 3)), of(b.input(1, 9))}, 1, 12));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("stack");
    View x = b.spread_input(2, kRowWidth), y = b.input(1, kRowWidth), z = b.spread_input(3, kRowWidth);
    b.output(b.step(Op::stack, {of(x), of(y)}, 3, kRowWidth));
    b.output(b.step(Op::stack, {of(y), none(), of(z), of(x)}, 6, kRowWidth));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("tile");
    b.output(b.step(Op::tile, {of(b.spread_input(2, 9)), of_number(3)}, 6, 9));
    b.output(b.step(Op::tile, {of(b.input(1, 9)), of_number(5)}, 5, 9));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("total");
    b.output(b.step(Op::total, {of(b.spread_input(5, kRowWidth))}, 1, kRowWidth));
    all.push_back(std::move(b).finish());
  }
}

void add_row_cases(std::vector<Case>& all) {
  {
    CaseBuilder b("rows of a table");
    b.output(b.step(Op::rows, {of_weight(b.weight({kVocabulary, 131})), of(CaseBuilder::tokens())}, 1, 131));
    b.output(b.step(Op::rows, {of_weight(b.weight({1100, 5})), of(CaseBuilder::positions())}, 1, 5));
    View ids = b.wanted(CaseBuilder::tokens());
    b.output(b.step(Op::rows, {of_weight(b.weight({kVocabulary, 9})), of(ids)}, 1, 9, Rows::wanted));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("entries of a list");
    b.output(b.step(Op::entries, {of_weight(b.weight({11})), of(b.indices(5, 11))}, 1, 5));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("ids as numbers");
    b.output(b.step(Op::number, {of(CaseBuilder::tokens())}, 1, 1));
    b.output(b.step(Op::number, {of(b.wanted(CaseBuilder::positions()))}, 1, 1, Rows::wanted));
    b.output(b.step(Op::number, {of(b.indices(5, 11))}, 1, 5));
    all.push_back(std::move(b).finish());
  }
  {
    CaseBuilder b("rows by ids that were computed with");
    View id = b.step(Op::number, {of(CaseBuilder::tokens())}, 1, 1);
    id = b.step(Op::index, {of(b.step(Op::add, {of(id), of_number(2)}, 1, 1))}, 1, 1);
    b.output(b.step(Op::rows, {of_weight(b.weight({kVocabulary + 2, 9})), of(id)}, 1, 9));
    all.push_back(std::move(b).finish());
  }
  for (int pooling : {1, 2, 3, 4}) {
    CaseBuilder b(fmt::format("pool {}", pooling));
    View pooled = b.step(Op::pool, {of(b.spread_input(1, kRowWidth)), of_number(pooling)}, 1, kRowWidth,
                         Rows::sequences);
    b.output(pooled);
    b.output(
        b.step(Op::linear, {of_weight(b.weight({13, kRowWidth}, 13)), of(pooled)}, 1, 13, Rows::sequences));
    all.push_back(std::move(b).finish(true));
  }
}

}  // namespace hearth::conformance
