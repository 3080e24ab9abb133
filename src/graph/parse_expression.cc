#include "graph/parse_expression.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "graph/source.h"

namespace hearth::arch {

namespace {

struct BinaryRow {
  Op op;
  std::string_view spelling;
  int binding;
};
constexpr BinaryRow kBinary[] = {
#define X(name, spelling, binding) {Op::name, spelling, binding},
    HEARTH_ARCH_BINARY(X)
#undef X
};
constexpr BinaryRow kUnary[] = {
#define X(name, spelling, binding) {Op::name, spelling, binding},
    HEARTH_ARCH_UNARY(X)
#undef X
};
constexpr int binding_of(Op op) {
  for (const BinaryRow& row : kBinary)
    if (row.op == op) return row.binding;
  for (const BinaryRow& row : kUnary)
    if (row.op == op) return row.binding;
  return 0;
}
constexpr int kLoosest = binding_of(Op::or_);
constexpr int kCompare = binding_of(Op::equal);

ExprPtr make(Expr expr) {
  int depth = 0;
  for (const ExprPtr& operand : expr.operands)
    if (operand) depth = std::max(depth, operand->depth);
  expr.depth = depth + 1;
  return std::make_shared<const Expr>(std::move(expr));
}

// Takes `not in`, whatever the blanks between.
bool take_not_in(Cursor& cursor) {
  const size_t start = cursor.offset();
  if (cursor.take_word("not") && cursor.take_word("in")) return true;
  cursor.rewind(start);
  return false;
}

class Parser {
 public:
  Parser(Cursor& cursor, Within within) : cursor_(cursor), within_(within) {}

  // expr = or [ "if" or "else" expr ]
  Result<ExprPtr> expression() {
    TRY_STATUS(deeper());
    TRY(ExprPtr value, binary(kLoosest));
    if (const Position at = cursor_.here(); cursor_.take_word("if")) {
      TRY(ExprPtr condition, binary(kLoosest));
      if (!cursor_.take_word("else")) return cursor_.expected("`else`");
      TRY(ExprPtr otherwise, expression());
      TRY(value, checked(make({.kind = ExprKind::conditional,
                               .at = at,
                               .operands = {std::move(value), std::move(condition), std::move(otherwise)}})));
    }
    --depth_;
    return value;
  }

 private:
  // Brackets: inside them an expression reaches as far as it can.
  class Bracket {
   public:
    explicit Bracket(Parser& parser) : parser_(parser), within_(parser.within_) {
      parser.within_ = Within::anything;
    }
    ~Bracket() { parser_.within_ = within_; }
    Bracket(const Bracket&) = delete;
    Bracket& operator=(const Bracket&) = delete;

   private:
    Parser& parser_;
    Within within_;
  };

  Status deeper() {
    if (++depth_ > kDepthLimit)
      return error_at(cursor_.here(), "nested too deeply: more than {} levels", kDepthLimit);
    return {};
  }

  Result<ExprPtr> checked(ExprPtr expr) const {
    if (expr->depth > kDepthLimit)
      return error_at(expr->at, "nested too deeply: more than {} levels", kDepthLimit);
    return expr;
  }

  // The operator that comes next, if it binds at least so tightly; taken.
  const BinaryRow* take_operator(int loosest) {
    if (within_ == Within::origin && (cursor_.looking_at_word("or") || at_bias_mark(cursor_))) return nullptr;
    const BinaryRow* found = nullptr;
    for (const BinaryRow& row : kBinary) {
      const bool is_word = is_letter(row.spelling.back());
      const size_t start = cursor_.offset();
      bool here = row.op == Op::not_in ? take_not_in(cursor_)
                  : is_word            ? cursor_.looking_at_word(row.spelling)
                                       : cursor_.looking_at(row.spelling);
      cursor_.rewind(start);
      if (here && (!found || row.spelling.size() > found->spelling.size())) found = &row;
    }
    if (!found || found->op == Op::power || found->binding < loosest) return nullptr;
    if (found->op == Op::not_in)
      take_not_in(cursor_);
    else
      cursor_.take(found->spelling);
    return found;
  }

  Result<ExprPtr> binary(int loosest) {
    TRY(ExprPtr left, unary(loosest));
    bool compared = false;
    while (true) {
      const Position at = cursor_.here();
      const BinaryRow* row = take_operator(loosest);
      if (!row) return left;
      if (row->binding == kCompare && std::exchange(compared, true))
        return error_at(at, "comparisons do not chain; join two with `and`");
      TRY(ExprPtr right, binary(row->binding + 1));
      TRY(left, checked(make({.kind = ExprKind::binary,
                              .at = at,
                              .op = row->op,
                              .operands = {std::move(left), std::move(right)}})));
    }
  }

  Result<ExprPtr> unary(int loosest) {
    const Position at = cursor_.here();
    if (loosest <= binding_of(Op::not_) && cursor_.take_word("not"))
      return negation(at, Op::not_, binding_of(Op::not_));
    if (cursor_.looking_at("-") && cursor_.take("-")) return negation(at, Op::negate, binding_of(Op::negate));
    return power();
  }

  Result<ExprPtr> negation(Position at, Op op, int binding) {
    TRY_STATUS(deeper());
    TRY(ExprPtr operand, binary(binding));
    --depth_;
    return checked(make({.kind = ExprKind::unary, .at = at, .op = op, .operands = {std::move(operand)}}));
  }

  // power = postfix [ "**" unary ]
  Result<ExprPtr> power() {
    TRY(ExprPtr base, postfix());
    const Position at = cursor_.here();
    if (!cursor_.take("**")) return base;
    TRY_STATUS(deeper());
    TRY(ExprPtr exponent, unary(binding_of(Op::negate)));
    --depth_;
    return checked(make({.kind = ExprKind::binary,
                         .at = at,
                         .op = Op::power,
                         .operands = {std::move(base), std::move(exponent)}}));
  }

  Result<ExprPtr> postfix() {
    TRY(ExprPtr value, primary());
    while (true) {
      if (cursor_.looking_at("(")) {
        TRY(value, call(std::move(value)));
      } else if (cursor_.looking_at("[")) {
        TRY(value, subscript(std::move(value)));
      } else {
        return value;
      }
    }
  }

  Result<ExprPtr> call(ExprPtr callee) {
    cursor_.take("(");
    Bracket bracket(*this);
    Expr expr{.kind = ExprKind::call, .at = callee->at, .operands = {std::move(callee)}};
    bool keywords = false;
    if (!cursor_.take(")")) {
      do {
        Word keyword{cursor_.here(), {}};
        const size_t start = cursor_.offset();
        if (Word word = cursor_.name(false);
            !word.text.empty() && cursor_.looking_at("=") && cursor_.after(1) != '=') {
          if (is_reserved(word.text)) return error_at(word.at, "`{}` is a word of the language", word.text);
          if (std::any_of(expr.keywords.begin(), expr.keywords.end(),
                          [&](const Word& given) { return given.text == word.text; }))
            return error_at(word.at, "`{}` is given twice", word.text);
          cursor_.take("=");
          keyword = std::move(word);
          keywords = true;
        } else {
          cursor_.rewind(start);
          if (keywords) return cursor_.expected("a keyword, as `name = value`");
        }
        TRY(ExprPtr argument, expression());
        expr.operands.push_back(std::move(argument));
        expr.keywords.push_back(std::move(keyword));
      } while (cursor_.take(","));
      if (!cursor_.take(")")) return cursor_.expected("`,` or `)`");
    }
    return checked(make(std::move(expr)));
  }

  Result<ExprPtr> subscript(ExprPtr value) {
    cursor_.take("[");
    Bracket bracket(*this);
    Expr expr{.kind = ExprKind::index, .at = value->at, .operands = {std::move(value), nullptr}};
    if (!cursor_.looking_at(":")) { TRY(expr.operands[1], expression()); }
    if (cursor_.take(":")) {
      expr.kind = ExprKind::slice;
      expr.operands.push_back(nullptr);
      if (!cursor_.looking_at("]")) { TRY(expr.operands[2], expression()); }
    }
    if (!cursor_.take("]")) return cursor_.expected("`]`");
    return checked(make(std::move(expr)));
  }

  Result<ExprPtr> primary() {
    const Position at = cursor_.here();
    const char c = cursor_.peek();
    if (c >= '0' && c <= '9') return number();
    if (cursor_.take("(")) {
      Bracket bracket(*this);
      TRY(ExprPtr value, expression());
      if (!cursor_.take(")")) return cursor_.expected("`)`");
      return value;
    }
    if (cursor_.take("[")) {
      Bracket bracket(*this);
      Expr expr{.kind = ExprKind::list, .at = at};
      if (!cursor_.take("]")) {
        do {
          TRY(ExprPtr element, expression());
          expr.operands.push_back(std::move(element));
        } while (cursor_.take(","));
        if (!cursor_.take("]")) return cursor_.expected("`,` or `]`");
      }
      return checked(make(std::move(expr)));
    }
    if (c == '"') {
      const std::string_view rest = cursor_.rest();
      const size_t end = rest.find('"', 1);
      if (end == std::string_view::npos) return error_at(at, "the string has no end");
      const std::string text(rest.substr(1, end - 1));
      cursor_.rewind(cursor_.offset() + end + 1);
      return make({.kind = ExprKind::string, .at = at, .text = text});
    }
    const size_t start = cursor_.offset();
    Word word = cursor_.name(true);
    if (word.text == "true" || word.text == "false")
      return make({.kind = ExprKind::boolean, .at = at, .number = word.text == "true" ? 1.0 : 0.0});
    if (word.text == "none") return make({.kind = ExprKind::none, .at = at});
    if (word.text.empty() || is_reserved(word.text)) {
      cursor_.rewind(start);
      return cursor_.expected("a value");
    }
    return make({.kind = ExprKind::name, .at = at, .text = std::move(word.text)});
  }

  Result<ExprPtr> number() {
    const Position at = cursor_.here();
    const std::string_view rest = cursor_.rest();
    auto digits = [&](size_t from) {
      size_t end = from;
      while (end < rest.size() && rest[end] >= '0' && rest[end] <= '9') ++end;
      return end;
    };
    size_t end = digits(0);
    if (end + 1 < rest.size() && rest[end] == '.' && digits(end + 1) > end + 1) end = digits(end + 1);
    if (end < rest.size() && (rest[end] == 'e' || rest[end] == 'E')) {
      const size_t sign = end + 1 < rest.size() && (rest[end + 1] == '-' || rest[end + 1] == '+') ? 1 : 0;
      if (digits(end + 1 + sign) > end + 1 + sign) end = digits(end + 1 + sign);
    }
    Expr expr{.kind = ExprKind::number, .at = at, .text = std::string(rest.substr(0, end))};
    const auto read = std::from_chars(expr.text.data(), expr.text.data() + expr.text.size(), expr.number);
    if (read.ec != std::errc() || !std::isfinite(expr.number) ||
        (end < rest.size() && (is_letter(rest[end]) || rest[end] == '.'))) {
      return cursor_.expected("a number");
    }
    cursor_.rewind(cursor_.offset() + end);
    return make(std::move(expr));
  }

  Cursor& cursor_;
  Within within_;
  int depth_ = 0;
};

}  // namespace

bool is_reserved(std::string_view word) {
  static constexpr std::string_view kWords[] = {"and",  "or",   "not",   "in",  "if",
                                                "else", "true", "false", "none"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

bool at_bias_mark(Cursor& cursor) {
  const size_t start = cursor.offset();
  const bool found = cursor.take("+") && cursor.looking_at_word("bias");
  cursor.rewind(start);
  return found;
}

Result<ExprPtr> parse_expression(Cursor& cursor, Within within) {
  return Parser(cursor, within).expression();
}

Result<std::vector<ExprPtr>> parse_expressions(Cursor& cursor) {
  std::vector<ExprPtr> all;
  do {
    TRY(ExprPtr next, parse_expression(cursor));
    all.push_back(std::move(next));
  } while (cursor.take(","));
  return all;
}

Result<std::vector<SlicePart>> parse_slice(Cursor& cursor) {
  cursor.take("[");
  std::vector<SlicePart> parts;
  do {
    SlicePart part;
    auto ends = [&] { return cursor.looking_at(":") || cursor.looking_at(",") || cursor.looking_at("]"); };
    if (!ends()) { TRY(part.first, parse_expression(cursor)); }
    if (cursor.take(":")) {
      part.range = true;
      if (!ends()) { TRY(part.last, parse_expression(cursor)); }
      if (cursor.take(":") && !ends()) { TRY(part.step, parse_expression(cursor)); }
    } else if (!part.first) {
      return cursor.expected("an index or a range");
    }
    parts.push_back(std::move(part));
  } while (cursor.take(","));
  if (!cursor.take("]")) return cursor.expected("`,` or `]`");
  return parts;
}

}  // namespace hearth::arch
