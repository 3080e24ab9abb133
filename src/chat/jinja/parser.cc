#include "chat/jinja/parser.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "chat/jinja/builtin.h"
#include "chat/jinja/lexer.h"
#include "chat/jinja/number.h"
#include "chat/jinja/operators.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

constexpr size_t kLargestSource = size_t{1} << 20;
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

// Tags of Jinja that a chat template has no use for, and why.
struct RefusedTag {
  std::string_view name, reason;
};
constexpr RefusedTag kRefused[] = {
    {"include", "a chat template stands alone; it cannot load others"},
    {"import", "a chat template stands alone; it cannot load others"},
    {"from", "a chat template stands alone; it cannot load others"},
    {"extends", "a chat template stands alone; it cannot load others"},
    {"autoescape", "a chat template is not HTML; nothing is escaped by itself"},
};

bool is_constant_name(std::string_view name) {
  return name == "true" || name == "True" || name == "false" || name == "False" || name == "none" ||
         name == "None";
}

class Parser {
 public:
  Parser(Program& program, std::vector<Token> tokens, const ParseOptions& options)
      : program_(program), options_(options), tokens_(std::move(tokens)) {
    for (std::string_view known : {"loop", "caller", "varargs", "kwargs"}) symbol(known);
  }

  Status run() {
    TRY(program_.body, body({}, Position()));
    if (!unknown_.empty()) return unknown_.front();
    return {};
  }

 private:
  using Ends = std::initializer_list<std::string_view>;

  // Counts nesting while it lives.
  struct Nesting {
    explicit Nesting(uint32_t& d) : depth(d) { ++depth; }
    ~Nesting() { --depth; }
    uint32_t& depth;
  };

  // A filter or test that does not exist is an error of the template, unless it stands behind a condition, where it
  // may never be reached. Behind `if` tags is `true` here; loops and the like start afresh.
  struct Behind {
    Behind(bool& flag, bool value) : flag_(flag), saved_(std::exchange(flag, value)) {}
    ~Behind() { flag_ = saved_; }
    bool& flag_;
    bool saved_;
  };

  // Tokens.

  const Token& now() const { return tokens_[at_]; }
  const Token& after() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  bool take_symbol(std::string_view text) {
    if (!now().is_symbol(text)) return false;
    take();
    return true;
  }
  bool take_name(std::string_view text) {
    if (!now().is_name(text)) return false;
    take();
    return true;
  }
  Error expected(std::string_view what) const {
    return error_at(now().at, "expected {}, found {}", what, describe(now()));
  }
  Status expect(TokenType type, std::string_view what) {
    if (!now().is(type)) return expected(what);
    take();
    return {};
  }
  Status expect_symbol(std::string_view text) {
    if (!take_symbol(text)) return expected(quote(text));
    return {};
  }
  Result<std::string_view> expect_name(std::string_view what) {
    if (!now().is(TokenType::name)) return expected(what);
    return take().text;
  }

  Symbol symbol(std::string_view name) {
    auto [place, added] = symbols_.try_emplace(name, static_cast<Symbol>(program_.symbols.size()));
    if (added) program_.symbols.push_back(name);
    return place->second;
  }

  // Nodes.

  template <class Node>
  std::unique_ptr<Node> make(Position at) {
    auto node = std::make_unique<Node>();
    node->at = at;
    return node;
  }

  static uint32_t deepest(const ExprPtr& child) { return child ? child->depth : 0; }
  template <class A, class B>
  static uint32_t deepest(const std::pair<A, B>& child) {
    return std::max(deepest(child.first), deepest(child.second));
  }
  template <class T>
  static uint32_t deepest(const std::vector<T>& children) {
    uint32_t depth = 0;
    for (const T& child : children) depth = std::max(depth, deepest(child));
    return depth;
  }
  static uint32_t deepest(const Text&) { return 0; }
  static uint32_t deepest(Operator) { return 0; }
  static uint32_t deepest(const Arguments& args) {
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
    auto node = make<Literal>(at);
    node->value = value;
    return done(node);
  }

  Result<ExprPtr> text_literal(Position at, std::string bytes) {
    auto node = make<Literal>(at);
    node->bytes = std::move(bytes);
    node->text = Text(node->bytes, Origin::author);
    node->value = Value(&node->text);
    return done(node);
  }

  // Expressions.

  Result<ExprPtr> expression(bool with_condition = true) {
    Nesting nesting(depth_);
    if (depth_ > kDeepestNesting) return error_at(now().at, "nested more than {} deep", kDeepestNesting);
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

  Result<ExprPtr> operation(int binding) {
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

  Result<ExprPtr> negation() {
    Nesting nesting(depth_);
    if (depth_ > kDeepestNesting) return error_at(now().at, "nested more than {} deep", kDeepestNesting);
    auto node = make<Not>(take().at);
    TRY(node->operand, operation(kNot));
    return done(node, node->operand);
  }

  Result<ExprPtr> concat(ExprPtr first) {
    auto node = make<Concat>(now().at);
    node->parts.push_back(std::move(first));
    while (take_symbol("~")) {
      TRY(ExprPtr part, operation(kConcat + 1));
      node->parts.push_back(std::move(part));
    }
    return done(node, node->parts);
  }

  // The comparison that stands here, `in` and `not in` among them, or null. Takes nothing.
  Operator comparison_here() const {
    if (now().is_name("in")) return is_in;
    if (now().is_name("not") && after().is_name("in")) return is_not_in;
    for (const BinaryRow& row : kComparisons) {
      if (now().is_symbol(row.symbol)) return row.apply;
    }
    return nullptr;
  }

  Result<ExprPtr> comparison(ExprPtr first) {
    auto node = make<Comparison>(now().at);
    node->first = std::move(first);
    while (Operator apply = comparison_here()) {
      if (take().text == "not") take();
      TRY(ExprPtr operand, operation(kCompare + 1));
      node->rest.emplace_back(apply, std::move(operand));
    }
    return done(node, node->first, node->rest);
  }

  Result<ExprPtr> unary(bool with_filters) {
    Nesting nesting(depth_);
    if (depth_ > kDeepestNesting) return error_at(now().at, "nested more than {} deep", kDeepestNesting);
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

  Result<ExprPtr> primary() {
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

  Result<ExprPtr> name(const Token& token) {
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
  Result<ExprPtr> string() {
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

  Result<ExprPtr> list() {
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

  Result<ExprPtr> dict() {
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

  bool at_tuple_end() const {
    return now().is(TokenType::variable_end) || now().is(TokenType::block_end) || now().is_symbol(")");
  }

  // One expression, or several with commas between them, which are a tuple. `may_be_empty`: so may the tuple.
  Result<ExprPtr> tuple(bool with_condition, bool may_be_empty, std::string_view end = "") {
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

  Result<ExprPtr> postfix(ExprPtr value) {
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

  Result<ExprPtr> attribute(ExprPtr object) {
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

  Result<ExprPtr> subscript(ExprPtr object) {
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
  Result<ExprPtr> rest_of_key(ExprPtr first) {
    auto node = make<Sequence>(first->at);
    node->kind = Kind::tuple;
    node->items.push_back(std::move(first));
    while (take_symbol(",")) {
      TRY(ExprPtr item, expression());
      node->items.push_back(std::move(item));
    }
    return done(node, node->items);
  }

  Result<std::unique_ptr<CallExpr>> call_node(ExprPtr callee) {
    auto node = make<CallExpr>(now().at);
    node->callee = std::move(callee);
    TRY(node->arguments, arguments());
    return node;
  }

  Result<ExprPtr> call(ExprPtr callee) {
    TRY(auto node, call_node(std::move(callee)));
    return done(node, node->callee, node->arguments);
  }

  Result<Arguments> arguments() {
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
  Result<ExprPtr> applications(ExprPtr value) {
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

  Result<ExprPtr> filter(ExprPtr operand) {
    auto node = make<Apply>(now().at);
    node->operand = std::move(operand);
    TRY(node->name, expect_name("the name of a filter"));
    node->builtin = find_filter(node->name);
    note_unknown(*node);
    if (now().is_symbol("(")) { TRY(node->arguments, arguments()); }
    return done(node, node->operand, node->arguments);
  }

  // Filters one behind the other; the first stands here, without a bar.
  Result<ExprPtr> filters(ExprPtr operand) {
    TRY(ExprPtr value, filter(std::move(operand)));
    while (take_symbol("|")) { TRY(value, filter(std::move(value))); }
    return value;
  }

  Result<ExprPtr> test(ExprPtr operand) {
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

  // Whether what stands here is the one argument of a test, which needs no parentheses.
  bool test_operand_here() const {
    switch (now().type) {
      case TokenType::name: return !now().is_name("else") && !now().is_name("or") && !now().is_name("and");
      case TokenType::string:
      case TokenType::integer:
      case TokenType::real: return true;
      default: return now().is_symbol("[") || now().is_symbol("{");
    }
  }

  void note_unknown(const Apply& node) {
    if (!node.builtin && !behind_condition_) unknown_.push_back(unknown_error(node));
  }

  static Error unknown_error(const Apply& node) {
    return error_at(node.at, "there is no {} {}", node.is_test ? "test" : "filter", quote(node.name));
  }

  // Statements.

  // What stands up to one of `ends`, the name of which is then the current token. Without ends: up to the end of the
  // template. `opened` is where the block began.
  Result<Body> body(Ends ends, Position opened) {
    Nesting nesting(depth_);
    if (depth_ > kDeepestNesting) return error_at(now().at, "nested more than {} deep", kDeepestNesting);
    Body body;
    while (true) {
      const Token& token = take();
      switch (token.type) {
        case TokenType::data: {
          auto node = make<Data>(token.at);
          node->text = Text(token.text, Origin::author);
          body.statements.push_back(std::move(node));
          break;
        }
        case TokenType::variable_begin: {
          auto node = make<Print>(token.at);
          TRY(node->value, tuple(true, false));
          TRY_STATUS(expect(TokenType::variable_end, "}}"));
          body.statements.push_back(std::move(node));
          break;
        }
        case TokenType::block_begin: {
          if (!now().is(TokenType::name)) return expected("the name of a tag");
          if (std::find(ends.begin(), ends.end(), now().text) != ends.end()) return body;
          TRY(StatementPtr node, statement(ends));
          TRY_STATUS(expect(TokenType::block_end, "%}"));
          body.statements.push_back(std::move(node));
          break;
        }
        default:
          if (ends.size() == 0) return body;
          return error_at(token.at,
                          "the template ends, but {{% {} %}} is missing for the block that line {} opened",
                          *(ends.end() - 1), opened.line);
      }
    }
  }

  // The body of a block, behind the tag that opens it, and its closing tag's name.
  Result<Body> block(Position opened, std::string_view end) {
    TRY(Body inside, open_body({end}, opened));
    take();
    return inside;
  }

  Result<Body> open_body(Ends ends, Position opened) {
    take_symbol(":");
    TRY_STATUS(expect(TokenType::block_end, "%}"));
    return body(ends, opened);
  }

  Result<StatementPtr> statement(Ends ends) {
    const Token& tag = take();
    for (const auto& [name, read] : kTags) {
      if (tag.text == name) return (this->*read)(tag.at);
    }
    if (tag.text == "generation" && options_.generation_blocks) return generation(tag.at);
    if ((tag.text == "break" || tag.text == "continue") && !in_loop_) {
      return error_at(tag.at, "{} stands outside of a loop", quote(tag.text));
    }
    if (tag.text == "break") return StatementPtr(make<Break>(tag.at));
    if (tag.text == "continue") return StatementPtr(make<Continue>(tag.at));
    for (const auto& [name, reason] : kRefused) {
      if (tag.text == name) return error_at(tag.at, "{}: {}", quote(name), reason);
    }
    if (ends.size() == 0) return error_at(tag.at, "there is no tag {}", quote(tag.text));
    return error_at(tag.at, "there is no tag {} here; expected {{% {} %}}", quote(tag.text),
                    *(ends.end() - 1));
  }

  Result<StatementPtr> if_tag(Position at) {
    Behind behind(behind_condition_, true);
    auto node = make<If>(at);
    while (true) {
      TRY(ExprPtr condition, tuple(false, false));
      TRY(Body inside, open_body({"elif", "else", "endif"}, at));
      node->branches.emplace_back(std::move(condition), std::move(inside));
      const Token& end = take();
      if (end.text == "elif") continue;
      if (end.text == "else") { TRY(node->otherwise, block(at, "endif")); }
      return StatementPtr(std::move(node));
    }
  }

  Result<StatementPtr> for_tag(Position at) {
    auto node = make<For>(at);
    TRY(node->target, target(false));
    if (!take_name("in")) return expected("\"in\"");
    TRY(node->iterable, tuple(false, false, "recursive"));
    Behind behind(behind_condition_, false);
    if (take_name("if")) { TRY(node->filter, expression()); }
    node->recursive = take_name("recursive");
    {
      Behind loop(in_loop_, true);
      TRY(node->body, open_body({"else", "endfor"}, at));
    }
    if (take().text == "else") { TRY(node->otherwise, block(at, "endfor")); }
    return StatementPtr(std::move(node));
  }

  Result<StatementPtr> set_tag(Position at) {
    TRY(Target to, target(true));
    if (take_symbol("=")) {
      auto node = make<Set>(at);
      node->target = std::move(to);
      TRY(node->value, tuple(true, false));
      return StatementPtr(std::move(node));
    }
    auto node = make<SetBlock>(at);
    node->target = std::move(to);
    if (take_symbol("|")) { TRY(node->filter, filters(captured())); }
    Behind behind(behind_condition_, false);
    TRY(node->body, block(at, "endset"));
    return StatementPtr(std::move(node));
  }

  Result<StatementPtr> filter_tag(Position at) {
    auto node = make<FilterBlock>(at);
    TRY(node->filter, filters(captured()));
    Behind behind(behind_condition_, false);
    TRY(node->body, block(at, "endfilter"));
    return StatementPtr(std::move(node));
  }

  ExprPtr captured() { return make<Captured>(now().at); }

  Result<StatementPtr> macro_tag(Position at) {
    auto node = make<MacroStatement>(at);
    TRY(node->routine.name, expect_name("the name of the macro"));
    node->symbol = symbol(node->routine.name);
    if (!now().is_symbol("(")) return expected("\"(\"");
    TRY_STATUS(signature(node->routine));
    TRY_STATUS(routine_body(node->routine, at, "endmacro"));
    return StatementPtr(std::move(node));
  }

  Result<StatementPtr> call_tag(Position at) {
    auto node = make<CallBlock>(at);
    node->routine.name = "caller";
    if (now().is_symbol("(")) TRY_STATUS(signature(node->routine));
    TRY(node->call, call_of_block());
    TRY_STATUS(routine_body(node->routine, at, "endcall"));
    return StatementPtr(std::move(node));
  }

  // The call that a call block makes: a value whose last part is a call.
  Result<std::unique_ptr<const CallExpr>> call_of_block() {
    Position at = now().at;
    TRY(ExprPtr value, expression());
    if (!dynamic_cast<const CallExpr*>(value.get())) return error_at(at, "expected the call of a macro");
    return std::unique_ptr<const CallExpr>(static_cast<const CallExpr*>(value.release()));
  }

  Status signature(Routine& routine) {
    take();
    while (!now().is_symbol(")")) {
      if (!routine.parameters.empty()) TRY_STATUS(expect_symbol(","));
      const Token& token = now();
      TRY(std::string_view name, expect_name("the name of a parameter"));
      if (is_constant_name(name))
        return error_at(token.at, "{} cannot be the name of a parameter", quote(name));
      Parameter parameter{symbol(name), nullptr};
      for (const Parameter& other : routine.parameters) {
        if (other.symbol == parameter.symbol)
          return error_at(token.at, "the parameter {} is there twice", quote(name));
      }
      if (take_symbol("=")) {
        TRY(parameter.fallback, expression());
      } else if (!routine.parameters.empty() && routine.parameters.back().fallback) {
        return error_at(token.at, "the parameter {} has no default, but the one before it has", quote(name));
      }
      if (parameter.symbol == kCaller && !parameter.fallback) {
        return error_at(token.at, "the parameter {} needs a default", quote(name));
      }
      routine.parameters.push_back(std::move(parameter));
    }
    take();
    return {};
  }

  Status routine_body(Routine& routine, Position at, std::string_view end) {
    Behind behind(behind_condition_, false);
    Behind loop(in_loop_, false);
    routines_.push_back(&routine);
    auto inside = block(at, end);
    routines_.pop_back();
    TRY(routine.body, std::move(inside));
    return {};
  }

  Result<StatementPtr> with_tag(Position at) {
    auto node = make<With>(at);
    while (!now().is(TokenType::block_end)) {
      if (!node->variables.empty()) TRY_STATUS(expect_symbol(","));
      TRY(Target to, target(false));
      TRY_STATUS(expect_symbol("="));
      TRY(ExprPtr value, expression());
      node->variables.emplace_back(std::move(to), std::move(value));
    }
    return scoped(std::move(node), "endwith");
  }

  // A block stands for itself, since no other template can replace it.
  Result<StatementPtr> block_tag(Position at) {
    TRY(std::string_view name, expect_name("the name of the block"));
    take_name("scoped");
    TRY(StatementPtr node, scoped(make<With>(at), "endblock"));
    take_name(name);
    return node;
  }

  Result<StatementPtr> generation(Position at) { return scoped(make<With>(at), "endgeneration"); }

  Result<StatementPtr> scoped(std::unique_ptr<With> node, std::string_view end) {
    Behind behind(behind_condition_, false);
    TRY(node->body, block(node->at, end));
    return StatementPtr(std::move(node));
  }

  Result<StatementPtr> print_tag(Position at) {
    auto node = make<With>(at);  // of nothing but what is printed
    while (!now().is(TokenType::block_end)) {
      if (!node->body.statements.empty()) TRY_STATUS(expect_symbol(","));
      auto print = make<Print>(now().at);
      TRY(print->value, expression());
      node->body.statements.push_back(std::move(print));
    }
    return StatementPtr(std::move(node));
  }

  // What `set`, `for` and `with` assign to: names, and tuples of them.
  Result<Target> target(bool may_be_attribute) {
    TRY(Target first, target_item(may_be_attribute));
    if (!now().is_symbol(",")) return first;
    std::vector<Target> all;
    all.push_back(std::move(first));
    while (take_symbol(",")) {
      if (at_tuple_end() || now().is_name("in")) break;
      TRY(Target next, target_item(may_be_attribute));
      all.push_back(std::move(next));
    }
    return Target{std::move(all)};
  }

  Result<Target> target_item(bool may_be_attribute) {
    Nesting nesting(depth_);
    if (depth_ > kDeepestNesting) return error_at(now().at, "nested more than {} deep", kDeepestNesting);
    if (take_symbol("(")) {
      TRY(Target inside, target(false));
      TRY_STATUS(expect_symbol(")"));
      return inside;
    }
    const Token& token = now();
    TRY(std::string_view name, expect_name("a name to assign to"));
    if (is_constant_name(name)) return error_at(token.at, "{} cannot be assigned to", quote(name));
    if (!may_be_attribute || !take_symbol(".")) return Target{symbol(name)};
    TRY(std::string_view attribute, expect_name("the name of an attribute"));
    return Target{Target::Attribute{symbol(name), Text(attribute, Origin::author)}};
  }

  struct Tag {
    std::string_view name;
    Result<StatementPtr> (Parser::*read)(Position);
  };
  static constexpr Tag kTags[] = {
      {"if", &Parser::if_tag},       {"for", &Parser::for_tag},     {"set", &Parser::set_tag},
      {"macro", &Parser::macro_tag}, {"call", &Parser::call_tag},   {"filter", &Parser::filter_tag},
      {"with", &Parser::with_tag},   {"block", &Parser::block_tag}, {"print", &Parser::print_tag},
  };

  Program& program_;
  const ParseOptions& options_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  uint32_t depth_ = 0;
  bool behind_condition_ = false;
  bool in_loop_ = false;
  std::vector<Routine*> routines_;  // around what is read
  std::vector<Error> unknown_;      // filters and tests that are not there and not behind a condition
  std::map<std::string_view, Symbol> symbols_;
};

}  // namespace

Result<std::unique_ptr<const Program>> parse(std::string_view source, const ParseOptions& options) {
  if (source.size() > kLargestSource) {
    return error_at({}, "the template has {} bytes; at most {} are read", source.size(), kLargestSource);
  }
  if (!is_utf8(source)) return error_at({}, "the template is not UTF-8");
  auto program = std::make_unique<Program>();
  program->source = normalize_source(source);
  TRY(std::vector<Token> tokens, tokenize(program->source));
  TRY_STATUS(Parser(*program, std::move(tokens), options).run());
  return std::unique_ptr<const Program>(std::move(program));
}

}  // namespace hearth::jinja
