#include "chat/jinja/parser.h"

#include <algorithm>

#include "chat/jinja/expression_parser.h"
#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

constexpr size_t kLargestSource = size_t{1} << 20;

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

class StatementParser : ExpressionParser {
 public:
  StatementParser(Program& program, std::vector<Token> tokens, const ParseOptions& options)
      : ExpressionParser(program, std::move(tokens)), options_(options) {
    for (std::string_view known : {"loop", "caller", "varargs", "kwargs"}) symbol(known);
  }

  Status run() {
    TRY(program_.body, body({}, Position()));
    if (!unknown_.empty()) return unknown_.front();
    return {};
  }

 private:
  using Ends = std::initializer_list<std::string_view>;

  // A flag that holds while this lives. Behind `if` tags behind_condition_ does; loops and the like start afresh.
  struct Behind {
    Behind(bool& flag, bool value) : flag_(flag), saved_(std::exchange(flag, value)) {}
    ~Behind() { flag_ = saved_; }
    bool& flag_;
    bool saved_;
  };

  // What stands up to one of `ends`, the name of which is then the current token. Without ends: up to the end of the
  // template. `opened` is where the block began.
  Result<Body> body(Ends ends, Position opened) {
    Nesting nesting(depth_);
    TRY_STATUS(bounded());
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
    TRY_STATUS(bounded());
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
    Result<StatementPtr> (StatementParser::*read)(Position);
  };
  static constexpr Tag kTags[] = {
      {"if", &StatementParser::if_tag},       {"for", &StatementParser::for_tag},
      {"set", &StatementParser::set_tag},     {"macro", &StatementParser::macro_tag},
      {"call", &StatementParser::call_tag},   {"filter", &StatementParser::filter_tag},
      {"with", &StatementParser::with_tag},   {"block", &StatementParser::block_tag},
      {"print", &StatementParser::print_tag},
  };

  const ParseOptions& options_;
  bool in_loop_ = false;
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
  TRY_STATUS(StatementParser(*program, std::move(tokens), options).run());
  return std::unique_ptr<const Program>(std::move(program));
}

}  // namespace hearth::jinja
