#include "chat/jinja/expression_parser.h"

#include <algorithm>

#include "chat/jinja/builtin.h"
#include "chat/jinja/number.h"
#include "chat/jinja/operators.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

constexpr uint32_t kDeepestNesting = 250;  // of parentheses and blocks
constexpr uint32_t kDeepestTree = 400;     // a long chain of operators nests to its left

// How tightly operators bind.
enum Binding { kOr, kAnd, kNot, kCompare, kSum, kConcat, kProduct, kPower, kTightest };

struct BinaryRow {
  std::string_view symbol;
  Binding binding;
  Operator apply;
};
constexpr BinaryRow kBinary[] = {
    {"+", kSum, add},        {"-", kSum, subtract},          {"*", kProduct, multiply},
    {"/", kProduct, divide}, {"//", kProduct, floor_divide}, {"%", kProduct, modulo},
    {"**", kPower, power},
};
constexpr BinaryRow kComparisons[] = {
    {"==", kCompare, is_equal},   {"!=", kCompare, is_not_equal}, {"<", kCompare, is_less},
    {"<=", kCompare, is_at_most}, {">", kCompare, is_greater},    {">=", kCompare, is_at_least},
};

uint32_t deepest(const Text&) { return 0; }
uint32_t deepest(Operator) { return 0; }
uint32_t deepest(const ExprPtr& child) { return child ? child->depth : 0; }
template <class A, class B>
uint32_t deepest(const std::pair<A, B>& child) {
  return std::max(deepest(child.first), deepest(child.second));
}
template <class T>
uint32_t deepest(const std::vector<T>& children) {
  uint32_t depth = 0;
  for (const T& child : children) depth = std::max(depth, deepest(child));
  return depth;
}
uint32_t deepest(const Arguments& args) {
  return std::max(
      {deepest(args.values), deepest(args.named), deepest(args.more_values), deepest(args.more_named)});
}

// `node` with all its children in place, which it must be told to know how deep it nests.
template <class Node, class... Children>
Result<ExprPtr> done(std::unique_ptr<Node>& node, const Children&... children) {
  node->depth = 1 + std::max({0u, deepest(children)...});
  if (node->depth > kDeepestTree) {
    return error_at(node->at, "the expression nests more than {} deep", kDeepestTree);
  }
  return ExprPtr(std::move(node));
}

Result<ExprPtr> literal(Position at, Value value) {
  auto node = std::make_unique<Literal>();
  node->at = at;
  node->value = value;
  return done(node);
}

Result<ExprPtr> text_literal(Position at, std::string bytes) {
  auto node = std::make_unique<Literal>();
  node->at = at;
  node->bytes = std::move(bytes);
  node->text = Text(node->bytes, Origin::author);
  node->value = Value(&node->text);
  return done(node);
}

Error unknown_error(const Apply& node) {
  return error_at(node.at, "there is no {} {}", node.is_test ? "test" : "filter", quote(node.name));
}

}  // namespace

bool is_constant_name(std::string_view name) {
  return name == "true" || name == "True" || name == "false" || name == "False" || name == "none" ||
         name == "None";
}

Status ExpressionParser::bounded() const {
  if (depth_ <= kDeepestNesting) return {};
  return error_at(now().at, "nested more than {} deep", kDeepestNesting);
}

Result<ExprPtr> ExpressionParser::expression(bool with_condition) {
  Nesting nesting(depth_);
  TRY_STATUS(bounded());
  Position at = now().at;
  size_t unknown = unknown_.size();
  TRY(ExprPtr value, operation(kOr));
  while (with_condition && take_name("if")) {
    auto node = make<Conditional>(at);
    node->yes = std::move(value);
    TRY(node->condition, operation(kOr));
    if (take_name("else")) { TRY(node->no, expression()); }
    TRY(value, done(node, node->condition, node->yes, node->no));
    unknown_.erase(unknown_.begin() + static_cast<ptrdiff_t>(unknown), unknown_.end());
  }
  return value;
}

Result<ExprPtr> ExpressionParser::operation(int binding) {
  TRY(ExprPtr left, now().is_name("not") && binding <= kNot ? negation() : unary(true));
  while (true) {
    Position at = now().at;
    if (binding <= kConcat && now().is_symbol("~")) {
      TRY(left, concat(std::move(left)));
    } else if (binding <= kCompare && comparison_here()) {
      TRY(left, comparison(std::move(left)));
    } else if (bool is_and = now().is_name("and");
               binding <= (is_and ? kAnd : kOr) && (is_and || now().is_name("or"))) {
      take();
      auto node = make<Logic>(at);
      node->is_and = is_and;
      node->left = std::move(left);
      TRY(node->right, operation(is_and ? kAnd + 1 : kOr + 1));
      TRY(left, done(node, node->left, node->right));
    } else {
      auto row = std::find_if(std::begin(kBinary), std::end(kBinary), [&](const BinaryRow& r) {
        return r.binding >= binding && now().is_symbol(r.symbol);
      });
      if (row == std::end(kBinary)) return left;
      take();
      auto node = make<Binary>(at);
      node->apply = row->apply;
      node->left = std::move(left);
      TRY(node->right, operation(row->binding + 1));
      TRY(left, done(node, node->left, node->right));
    }
  }
}

Result<ExprPtr> ExpressionParser::negation() {
  Nesting nesting(depth_);
  TRY_STATUS(bounded());
  auto node = make<Not>(take().at);
  TRY(node->operand, operation(kNot));
  return done(node, node->operand);
}

Result<ExprPtr> ExpressionParser::concat(ExprPtr first) {
  auto node = make<Concat>(now().at);
  node->parts.push_back(std::move(first));
  while (take_symbol("~")) {
    TRY(ExprPtr part, operation(kConcat + 1));
    node->parts.push_back(std::move(part));
  }
  return done(node, node->parts);
}

Operator ExpressionParser::comparison_here() const {
  if (now().is_name("in")) return is_in;
  if (now().is_name("not") && after().is_name("in")) return is_not_in;
  for (const BinaryRow& row : kComparisons) {
    if (now().is_symbol(row.symbol)) return row.apply;
  }
  return nullptr;
}

Result<ExprPtr> ExpressionParser::comparison(ExprPtr first) {
  auto node = make<Comparison>(now().at);
  node->first = std::move(first);
  while (Operator apply = comparison_here()) {
    if (take().text == "not") take();
    TRY(ExprPtr operand, operation(kCompare + 1));
    node->rest.emplace_back(apply, std::move(operand));
  }
  return done(node, node->first, node->rest);
}

Result<ExprPtr> ExpressionParser::unary(bool with_filters) {
  Nesting nesting(depth_);
  TRY_STATUS(bounded());
  ExprPtr value;
  if (now().is_symbol("-") || now().is_symbol("+")) {
    auto node = make<Sign>(now().at);
    node->negative = take().text == "-";
    TRY(node->operand, unary(false));
    TRY(value, done(node, node->operand));
  } else {
    TRY(value, primary());
  }
  TRY(value, postfix(std::move(value)));
  if (with_filters) { TRY(value, applications(std::move(value))); }
  return value;
}

Result<ExprPtr> ExpressionParser::primary() {
  const Token& token = now();
  switch (token.type) {
    case TokenType::name: take(); return name(token);
    case TokenType::string: return string();
    case TokenType::integer: {
      take();
      auto value = read_integer(token.text, 0);
      if (!value) return error_at(token.at, "{} does not fit 64 bits", quote(token.text, 48));
      return literal(token.at, Value(*value));
    }
    case TokenType::real: {
      take();
      auto value = read_real(token.text);
      if (!value) return error_at(token.at, "{} is no number", quote(token.text, 48));
      return literal(token.at, Value(*value));
    }
    default: break;
  }
  if (take_symbol("(")) {
    TRY(ExprPtr value, tuple(true, true));
    TRY_STATUS(expect_symbol(")"));
    return value;
  }
  if (token.is_symbol("[")) return list();
  if (token.is_symbol("{")) return dict();
  return expected("a value");
}

Result<ExprPtr> ExpressionParser::name(const Token& token) {
  if (is_constant_name(token.text)) {
    char first = static_cast<char>(token.text[0] | 0x20);
    return literal(token.at, first == 'n' ? Value(Kind::none) : Value(first == 't'));
  }
  auto node = make<Name>(token.at);
  node->symbol = symbol(token.text);
  for (Routine* routine : routines_) {
    routine->uses_caller |= node->symbol == kCaller;
    routine->uses_varargs |= node->symbol == kVarargs;
    routine->uses_kwargs |= node->symbol == kKwargs;
  }
  return done(node);
}

// Strings that stand side by side are one.
Result<ExprPtr> ExpressionParser::string() {
  Position at = now().at;
  std::string bytes;
  while (now().is(TokenType::string)) {
    auto piece = unescape(now().text);
    if (!piece) return error_at(now().at, "{} has an escape that is none", quote(now().text, 48));
    bytes += *piece;
    take();
  }
  return text_literal(at, std::move(bytes));
}

Result<ExprPtr> ExpressionParser::list() {
  auto node = make<Sequence>(take().at);
  while (!now().is_symbol("]")) {
    if (!node->items.empty()) TRY_STATUS(expect_symbol(","));
    if (now().is_symbol("]")) break;
    TRY(ExprPtr item, expression());
    node->items.push_back(std::move(item));
  }
  take();
  return done(node, node->items);
}

Result<ExprPtr> ExpressionParser::dict() {
  auto node = make<DictLiteral>(take().at);
  while (!now().is_symbol("}")) {
    if (!node->entries.empty()) TRY_STATUS(expect_symbol(","));
    if (now().is_symbol("}")) break;
    TRY(ExprPtr key, expression());
    TRY_STATUS(expect_symbol(":"));
    TRY(ExprPtr value, expression());
    node->entries.emplace_back(std::move(key), std::move(value));
  }
  take();
  return done(node, node->entries);
}

bool ExpressionParser::at_tuple_end() const {
  return now().is(TokenType::variable_end) || now().is(TokenType::block_end) || now().is_symbol(")");
}

Result<ExprPtr> ExpressionParser::tuple(bool with_condition, bool may_be_empty, std::string_view end) {
  auto node = make<Sequence>(now().at);
  node->kind = Kind::tuple;
  bool comma = false;
  while (!at_tuple_end() && (end.empty() || !now().is_name(end))) {
    TRY(ExprPtr item, expression(with_condition));
    node->items.push_back(std::move(item));
    if (!take_symbol(",")) break;
    comma = true;
  }
  if (!comma && node->items.size() == 1) { return std::move(node->items[0]); }
  if (!comma && !may_be_empty) return expected("an expression");
  return done(node, node->items);
}

Result<ExprPtr> ExpressionParser::postfix(ExprPtr value) {
  while (true) {
    if (now().is_symbol(".")) {
      TRY(value, attribute(std::move(value)));
    } else if (now().is_symbol("[")) {
      TRY(value, subscript(std::move(value)));
    } else if (now().is_symbol("(")) {
      TRY(value, call(std::move(value)));
    } else {
      return value;
    }
  }
}

Result<ExprPtr> ExpressionParser::attribute(ExprPtr object) {
  Position at = take().at;
  const Token& token = take();
  if (token.is(TokenType::name)) {
    auto node = make<Attribute>(at);
    node->object = std::move(object);
    node->name = Text(token.text, Origin::author);
    node->key = Value(&node->name);
    return done(node, node->object);
  }
  auto index = token.is(TokenType::integer) ? read_integer(token.text, 0) : std::nullopt;
  if (!index)
    return error_at(token.at, "expected a name or a number behind the dot, found {}", describe(token));
  auto node = make<Subscript>(at);
  node->object = std::move(object);
  TRY(node->key, literal(token.at, Value(*index)));
  return done(node, node->object, node->key);
}

Result<ExprPtr> ExpressionParser::subscript(ExprPtr object) {
  Position at = take().at;
  ExprPtr parts[3];
  size_t colons = 0;
  while (!now().is_symbol("]")) {
    if (colons < 2 && take_symbol(":")) {
      ++colons;
    } else if (!parts[colons]) {
      TRY(parts[colons], expression());
    } else {
      break;
    }
  }
  if (colons == 0 && parts[0] && now().is_symbol(",")) { TRY(parts[0], rest_of_key(std::move(parts[0]))); }
  TRY_STATUS(expect_symbol("]"));
  if (colons == 0) {
    auto node = make<Subscript>(at);
    node->object = std::move(object);
    node->key = std::move(parts[0]);
    if (!node->key) return error_at(at, "expected an index in the brackets");
    return done(node, node->object, node->key);
  }
  auto node = make<Slice>(at);
  node->object = std::move(object);
  node->start = std::move(parts[0]);
  node->stop = std::move(parts[1]);
  node->step = std::move(parts[2]);
  return done(node, node->object, node->start, node->stop, node->step);
}

// a[1, 2]: the key is a tuple.
Result<ExprPtr> ExpressionParser::rest_of_key(ExprPtr first) {
  auto node = make<Sequence>(first->at);
  node->kind = Kind::tuple;
  node->items.push_back(std::move(first));
  while (take_symbol(",")) {
    TRY(ExprPtr item, expression());
    node->items.push_back(std::move(item));
  }
  return done(node, node->items);
}

Result<std::unique_ptr<CallExpr>> ExpressionParser::call_node(ExprPtr callee) {
  auto node = make<CallExpr>(now().at);
  node->callee = std::move(callee);
  TRY(node->arguments, arguments());
  return node;
}

Result<ExprPtr> ExpressionParser::call(ExprPtr callee) {
  TRY(auto node, call_node(std::move(callee)));
  return done(node, node->callee, node->arguments);
}

Result<Arguments> ExpressionParser::arguments() {
  Arguments args;
  Position at = take().at;
  auto out_of_order = [&] {
    return error_at(at, "the arguments are out of order: values, names, *values, **names");
  };
  for (bool first = true; !now().is_symbol(")"); first = false) {
    if (!first) TRY_STATUS(expect_symbol(","));
    if (now().is_symbol(")")) break;
    if (take_symbol("*")) {
      if (args.more_values || args.more_named) return out_of_order();
      TRY(args.more_values, expression());
    } else if (take_symbol("**")) {
      if (args.more_named) return out_of_order();
      TRY(args.more_named, expression());
    } else if (now().is(TokenType::name) && after().is_symbol("=")) {
      if (args.more_named) return out_of_order();
      const Token& name = take();
      take();
      for (const auto& [other, value] : args.named) {
        if (other.bytes == name.text) return error_at(name.at, "{} is given twice", quote(name.text));
      }
      TRY(ExprPtr value, expression());
      args.named.emplace_back(Text(name.text, Origin::author), std::move(value));
    } else {
      if (args.more_values || args.more_named || !args.named.empty()) return out_of_order();
      TRY(ExprPtr value, expression());
      args.values.push_back(std::move(value));
    }
  }
  take();
  return args;
}

// Filters, tests and calls behind a value.
Result<ExprPtr> ExpressionParser::applications(ExprPtr value) {
  while (true) {
    if (take_symbol("|")) {
      TRY(value, filter(std::move(value)));
    } else if (now().is_name("is")) {
      TRY(value, test(std::move(value)));
    } else if (now().is_symbol("(")) {
      TRY(value, call(std::move(value)));
    } else {
      return value;
    }
  }
}

Result<ExprPtr> ExpressionParser::filter(ExprPtr operand) {
  auto node = make<Apply>(now().at);
  node->operand = std::move(operand);
  TRY(node->name, expect_name("the name of a filter"));
  node->builtin = find_filter(node->name);
  note_unknown(*node);
  if (now().is_symbol("(")) { TRY(node->arguments, arguments()); }
  return done(node, node->operand, node->arguments);
}

// Filters one behind the other; the first stands here, without a bar.
Result<ExprPtr> ExpressionParser::filters(ExprPtr operand) {
  TRY(ExprPtr value, filter(std::move(operand)));
  while (take_symbol("|")) { TRY(value, filter(std::move(value))); }
  return value;
}

Result<ExprPtr> ExpressionParser::test(ExprPtr operand) {
  Position at = take().at;
  bool negated = take_name("not");
  auto node = make<Apply>(now().at);
  node->operand = std::move(operand);
  node->is_test = true;
  TRY(node->name, expect_name("the name of a test"));
  node->builtin = find_test(node->name);
  note_unknown(*node);
  if (now().is_symbol("(")) {
    TRY(node->arguments, arguments());
  } else if (test_operand_here()) {
    if (now().is_name("is")) return error_at(now().at, "a test cannot follow a test; use parentheses");
    TRY(ExprPtr value, primary());
    TRY(value, postfix(std::move(value)));
    node->arguments.values.push_back(std::move(value));
  }
  if (!negated) return done(node, node->operand, node->arguments);
  auto outer = make<Not>(at);
  TRY(outer->operand, done(node, node->operand, node->arguments));
  return done(outer, outer->operand);
}

bool ExpressionParser::test_operand_here() const {
  switch (now().type) {
    case TokenType::name: return !now().is_name("else") && !now().is_name("or") && !now().is_name("and");
    case TokenType::string:
    case TokenType::integer:
    case TokenType::real: return true;
    default: return now().is_symbol("[") || now().is_symbol("{");
  }
}

void ExpressionParser::note_unknown(const Apply& node) {
  if (!node.builtin && !behind_condition_) unknown_.push_back(unknown_error(node));
}

}  // namespace hearth::jinja
