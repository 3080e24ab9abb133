#include "graph/parse_weights.h"

#include <algorithm>

#include "graph/cursor.h"
#include "graph/parse_expression.h"
#include "graph/source.h"
#include "graph/transforms.h"

namespace hearth::arch {

namespace {

// `+ bias`, `+ bias?` and `optional`, wherever in a row they stand. False if none is here.
Result<bool> take_mark(Cursor& cursor, Row& row) {
  const Position at = cursor.here();
  if (at_bias_mark(cursor)) {
    if (row.bias != Bias::none) return error_at(at, "`+ bias` is said twice");
    cursor.take("+");
    cursor.take_word("bias");
    row.bias = cursor.after(0) == '?' && cursor.take("?") ? Bias::may : Bias::must;
    return true;
  }
  if (cursor.take_word("optional")) {
    if (row.optional) return error_at(at, "`optional` is said twice");
    row.optional = true;
    return true;
  }
  return false;
}

Result<Transform> parse_transform(Cursor& cursor) {
  Transform transform{.at = cursor.here()};
  if (cursor.looking_at("[")) {
    transform.kind = Transform::Kind::slice;
    TRY(transform.parts, parse_slice(cursor));
    return transform;
  }
  static constexpr std::pair<std::string_view, Transform::Kind> kArithmetic[] = {
      {"+", Transform::Kind::add},
      {"-", Transform::Kind::subtract},
      {"*", Transform::Kind::multiply},
      {"/", Transform::Kind::divide},
  };
  for (const auto& [sign, kind] : kArithmetic) {
    if (!cursor.take(sign)) continue;
    transform.kind = kind;
    TRY(ExprPtr operand, parse_expression(cursor, Within::origin));
    transform.operands.push_back(std::move(operand));
    return transform;
  }
  const size_t start = cursor.offset();
  transform.name = cursor.name(false).text;
  const TransformRow* row = transform_named(transform.name);
  if (transform.name.empty() || !row) {
    cursor.rewind(start);
    return cursor.expected("a transform");
  }
  if (cursor.take("(")) {
    TRY(transform.operands, parse_expressions(cursor));
    if (!cursor.take(")")) return cursor.expected("`,` or `)`");
  }
  const size_t count = transform.operands.size();
  if (count < row->fewest || count > row->most)
    return error_at(transform.at, "`{}` takes {}{} number{}, not {}", row->name,
                    row->most == kAnyNumber ? "at least " : "", row->fewest, row->fewest == 1 ? "" : "s",
                    count);
  return transform;
}

// A name of safetensors: dotted, with `#` for an index and `{a,b}` for several.
Result<Word> parse_tensor_name(Cursor& cursor, std::string_view what) {
  Word word{cursor.here(), {}};
  while (true) {
    const size_t start = cursor.offset();
    if (start > 0 && !word.text.empty() && cursor.gap() > 0) {
      cursor.rewind(start);
      break;
    }
    word.text += cursor.any_of(".#").text;
    if (cursor.after(0) != '{') break;
    cursor.take("{");
    word.text += '{';
    do {
      const Word part = cursor.any_of(".");
      if (part.text.empty()) return cursor.expected("a name in the braces");
      word.text += part.text;
      word.text += cursor.looking_at(",") ? "," : "}";
    } while (cursor.take(","));
    if (!cursor.take("}")) return cursor.expected("`,` or `}`");
  }
  if (word.text.empty()) return cursor.expected(what);
  return word;
}

Result<Origin> parse_origin(Cursor& cursor, Row& row) {
  Origin origin{.at = cursor.here()};
  if (cursor.looking_at("-") && (cursor.after(1) == ' ' || cursor.after(1) == '\0')) {
    cursor.take("-");
    origin.kind = Origin::Kind::nowhere;
  } else if (cursor.take("=")) {
    origin.kind = Origin::Kind::computed;
    TRY(origin.computed, parse_expression(cursor, Within::origin));
  } else {
    do {
      TensorName name;
      TRY(name.name, parse_tensor_name(cursor, "an origin: a name of safetensors, `= expression` or `-`"));
      if (cursor.after(0) == '[') { TRY(name.parts, parse_slice(cursor)); }
      origin.names.push_back(std::move(name));
    } while (cursor.take(","));
  }
  while (true) {
    TRY(const bool marked, take_mark(cursor, row));
    if (marked) continue;
    if (origin.kind != Origin::Kind::stored || !cursor.take("|")) return origin;
    TRY(Transform transform, parse_transform(cursor));
    origin.transforms.push_back(std::move(transform));
  }
}

Result<Row> parse_row(Cursor& cursor) {
  Row row;
  row.name = cursor.name(true);
  if (row.name.text.empty()) return cursor.expected("the name of a weight");
  if (is_reserved(row.name.text) || row.name.text == "layer")
    return error_at(row.name.at, "`{}` is a word of the language", row.name.text);
  if (cursor.after(0) == '.' && cursor.take(".")) row.name.text += '.';
  if (cursor.looking_at("=") && cursor.after(1) != '=') {
    cursor.take("=");
    row.alias = cursor.name(true);
    if (row.alias.text.empty()) return cursor.expected("the name of a weight");
    if (cursor.after(0) == '.' && cursor.take(".")) row.alias.text += '.';
    return row;
  }
  if (!cursor.take("["))
    return cursor.expected(fmt::format("the shape of `{}`, as [outputs, inputs]", row.name.text));
  do {
    TRY(ExprPtr dim, parse_expression(cursor));
    const bool any = dim->kind == ExprKind::name && dim->text == "_";
    row.shape.push_back(any ? nullptr : std::move(dim));
  } while (cursor.take(","));
  if (!cursor.take("]")) return cursor.expected("`,` or `]`");
  do {
    TRY(Origin origin, parse_origin(cursor, row));
    row.origins.push_back(std::move(origin));
  } while (cursor.take_word("or"));
  return row;
}

Result<std::vector<Word>> parse_words(Cursor& cursor, std::string_view allowed, std::string_view what) {
  std::vector<Word> words;
  do {
    if (!cursor.at_end() && cursor.gap() == 0) return cursor.expected("a blank");
    Word word = cursor.any_of(allowed);
    if (word.text.empty()) return cursor.expected(what);
    words.push_back(std::move(word));
  } while (!cursor.at_end());
  return words;
}

bool is_stack(const Line& line) {
  Cursor cursor(line);
  if (cursor.looking_at_word("layer")) return true;
  return !cursor.name(false).text.empty() && cursor.looking_at_word("layer");
}

// [ NAME ] "layer" [ "when" expr ] [ [ GGUFPREFIX ] HFPREFIX ]
Result<RowBlock> parse_stack(const Line& line) {
  Cursor cursor(line);
  RowBlock block{.at = cursor.here(), .layers = true};
  if (!cursor.looking_at_word("layer")) block.stack = cursor.name(false).text;
  cursor.take_word("layer");
  if (cursor.take_word("when")) {
    TRY(block.when, parse_expression(cursor));
    if (!cursor.at_end() && cursor.gap() < 2)
      return cursor.expected("two blanks between the condition and a prefix");
  }
  std::vector<Word> prefixes;
  while (!cursor.at_end() && prefixes.size() < 2) {
    TRY(Word prefix, parse_tensor_name(cursor, "a prefix of tensor names"));
    prefixes.push_back(std::move(prefix));
  }
  TRY_STATUS(cursor.end_of_line());
  if (!prefixes.empty()) block.hf_prefix = prefixes.back().text;
  if (prefixes.size() == 2) block.gguf_prefix = prefixes.front().text;
  return block;
}

Status parse_line(const Line& line, RowBlock& block, Document& document) {
  Cursor cursor(line);
  if (!line.children.empty())
    return error_at(line.children.front().position(0), "indented, but the line above opens no block");
  if (cursor.take_word("ignore")) {
    TRY(auto words, parse_words(cursor, ".#*+", "the name of a tensor"));
    block.ignores.insert(block.ignores.end(), words.begin(), words.end());
    return {};
  }
  if (cursor.take_word("drop")) {
    TRY(auto words, parse_words(cursor, ".", "the name of a weight"));
    document.weight_drops.insert(document.weight_drops.end(), words.begin(), words.end());
    return {};
  }
  TRY(Row row, parse_row(cursor));
  TRY_STATUS(cursor.end_of_line());
  for (const Row& other : block.rows)
    if (other.name.text == row.name.text)
      return error_at(row.name.at, "`{}` is declared twice here, first in line {}", row.name.text,
                      other.name.at.line);
  block.rows.push_back(std::move(row));
  return {};
}

}  // namespace

Status parse_weights(const Line& section, Document& document) {
  for (const Line& line : section.children) {
    if (is_stack(line)) {
      TRY(RowBlock block, parse_stack(line));
      for (const Line& row : line.children) TRY_STATUS(parse_line(row, block, document));
      document.blocks.push_back(std::move(block));
      continue;
    }
    if (document.blocks.empty() || document.blocks.back().layers)
      document.blocks.push_back({.at = line.position(0)});
    TRY_STATUS(parse_line(line, document.blocks.back(), document));
  }
  // What only held a `drop` says nothing by itself.
  std::erase_if(document.blocks, [](const RowBlock& block) {
    return !block.layers && block.rows.empty() && block.ignores.empty();
  });
  return {};
}

}  // namespace hearth::arch
