#include "graph/parse.h"

#include <algorithm>

#include "graph/cursor.h"
#include "graph/lines.h"
#include "graph/parse_expression.h"
#include "graph/parse_weights.h"
#include "graph/source.h"

namespace hearth::arch {

namespace {

// Words with blanks between, to the end of the line.
Result<std::vector<Word>> parse_words(Cursor& cursor, std::string_view what) {
  std::vector<Word> words;
  do {
    if (!cursor.at_end() && cursor.gap() == 0) return cursor.expected("a blank");
    Word word = cursor.any_of("-.");
    if (word.text.empty()) return cursor.expected(what);
    words.push_back(std::move(word));
  } while (!cursor.at_end());
  return words;
}

Result<Word> parse_arch_name(Cursor& cursor) {
  Word word = cursor.any_of("-.");
  if (word.text.empty() || (!cursor.at_end() && cursor.gap() == 0))
    return cursor.expected("the name of an architecture");
  return word;
}

Status childless(const Line& line) {
  if (line.children.empty()) return {};
  return error_at(line.children.front().position(0), "indented, but the line above opens no block");
}

// A name that a file gives to something of its own.
Result<Word> parse_own_name(Cursor& cursor, std::string_view what) {
  const size_t start = cursor.offset();
  Word word = cursor.name(false);
  if (word.text.empty()) return cursor.expected(what);
  if (is_reserved(word.text) || word.text == "layer") {
    cursor.rewind(start);
    return error_at(word.at, "`{}` is a word of the language", word.text);
  }
  return word;
}

Status parse_headline(const Line& line, Document& document) {
  TRY_STATUS(childless(line));
  Cursor cursor(line);
  Header& header = document.header;
  auto append = [](std::vector<Word>& all, std::vector<Word> more) {
    all.insert(all.end(), more.begin(), more.end());
  };
  if (cursor.take_word("hf")) {
    TRY(auto words, parse_words(cursor, "class names or model types"));
    append(header.hf, std::move(words));
    return {};
  }
  if (cursor.take_word("strip")) {
    TRY(auto words, parse_words(cursor, "prefixes of tensor names"));
    append(header.strip, std::move(words));
    return {};
  }
  if (cursor.take_word("gguf")) {
    if (!header.gguf.name.text.empty()) return error_at(line.position(0), "`gguf` is said twice");
    TRY(header.gguf.name, parse_arch_name(cursor));
    if (cursor.take_word("when")) { TRY(header.gguf.when, parse_expression(cursor)); }
    return cursor.end_of_line();
  }
  return cursor.expected("`hf`, `gguf` or `strip`");
}

// ---- config

Result<Entry> parse_entry(Cursor& cursor) {
  Entry entry;
  TRY(entry.name, parse_own_name(cursor, "the name of an entry"));
  if (cursor.after(0) == '[') {
    cursor.take("[");
    if (!cursor.take("]")) return cursor.expected("`]`");
    entry.whole = true;
  }
  auto take_default = [&] { return cursor.looking_at("=") && cursor.after(1) != '=' && cursor.take("="); };
  if (!entry.whole && take_default()) {
    entry.constant = true;
    TRY(entry.value, parse_expression(cursor));
    return entry;
  }

  entry.gguf_at = cursor.here();
  if (cursor.at_end()) return cursor.expected("the key in GGUF, or `-`");
  entry.gguf = cursor.until_blank().text;
  if (entry.gguf == "-") {
    entry.gguf.clear();
  } else if (entry.gguf == "." || !std::all_of(entry.gguf.begin(), entry.gguf.end(),
                                               [](char c) { return is_letter(c) || c == '.' || c == '-'; })) {
    return error_at(entry.gguf_at, "`{}` is no key of GGUF", entry.gguf);
  }

  entry.hf_at = cursor.here();
  if (cursor.take("(")) {
    TRY(entry.hf, parse_expression(cursor));
    if (!cursor.take(")")) return cursor.expected("`)`");
  } else if (cursor.looking_at("-") && cursor.after(1) != '-' && !is_letter(cursor.after(1))) {
    cursor.take("-");
  } else {
    entry.hf_path = cursor.any_of(".-").text;
    if (entry.hf_path.empty())
      return cursor.expected("the key in config.json, an expression in parentheses, or `-`");
  }
  const size_t gap = cursor.gap();
  if (take_default()) {
    if (gap < 2) { return error_at(entry.hf_at, "two blanks keep a default and what is before it apart"); }
    TRY(entry.value, parse_expression(cursor));
  }
  return entry;
}

Status parse_config(const Line& section, Document& document) {
  for (const Line& line : section.children) {
    TRY_STATUS(childless(line));
    Cursor cursor(line);
    if (cursor.take_word("require")) {
      Require require{cursor.here(), nullptr, std::string(cursor.rest())};
      TRY(require.condition, parse_expression(cursor));
      TRY_STATUS(cursor.end_of_line());
      document.requires_.push_back(std::move(require));
    } else if (cursor.take_word("ignore")) {
      TRY(auto words, parse_words(cursor, "keys of config.json"));
      document.ignores.insert(document.ignores.end(), words.begin(), words.end());
    } else if (cursor.take_word("drop")) {
      TRY(auto words, parse_words(cursor, "names of entries"));
      document.config_drops.insert(document.config_drops.end(), words.begin(), words.end());
    } else {
      TRY(Entry entry, parse_entry(cursor));
      TRY_STATUS(cursor.end_of_line());
      for (const Entry& other : document.entries)
        if (other.name.text == entry.name.text)
          return error_at(entry.name.at, "`{}` is declared twice, first in line {}", entry.name.text,
                          other.name.at.line);
      document.entries.push_back(std::move(entry));
    }
  }
  return {};
}

// ---- graphs

Result<std::vector<Statement>> parse_block(const Line& parent, bool in_def, bool in_loop);

// "each" [ NAME ] "layer" [ "[" expr ":" expr "]" ]
Result<Statement> parse_each(const Line& line, Cursor& cursor, bool in_def, bool in_loop) {
  Statement each{.at = line.position(0), .kind = Statement::Kind::each};
  if (in_def) return error_at(each.at, "a loop stands in a graph, not in a def");
  if (in_loop) return error_at(each.at, "loops do not nest");
  if (!cursor.looking_at_word("layer")) each.stack = cursor.name(false).text;
  if (!cursor.take_word("layer")) return cursor.expected("`layer`");
  if (cursor.take("[")) {
    TRY(each.first, parse_expression(cursor));
    if (!cursor.take(":")) return cursor.expected("`:`");
    TRY(each.last, parse_expression(cursor));
    if (!cursor.take("]")) return cursor.expected("`]`");
  }
  TRY_STATUS(cursor.end_of_line());
  TRY(each.body, parse_block(line, in_def, true));
  return each;
}

Result<Statement> parse_statement(const Line& line, bool in_def, bool in_loop) {
  Cursor cursor(line);
  if (cursor.take_word("each")) return parse_each(line, cursor, in_def, in_loop);
  TRY_STATUS(childless(line));
  Statement statement{.at = line.position(0)};
  if (cursor.take_word("return")) {
    if (!in_def) return error_at(statement.at, "`return` stands in a def only; a graph assigns its results");
    statement.kind = Statement::Kind::give;
  } else {
    do {
      TRY(Word name, parse_own_name(cursor, "a name"));
      for (const Word& other : statement.names)
        if (other.text == name.text) return error_at(name.at, "`{}` is assigned twice here", name.text);
      statement.names.push_back(std::move(name));
    } while (cursor.take(","));
    if (statement.names.size() == 1 && cursor.take("+=")) {
      statement.kind = Statement::Kind::add;
      TRY(ExprPtr value, parse_expression(cursor));
      statement.values.push_back(std::move(value));
      TRY_STATUS(cursor.end_of_line());
      return statement;
    }
    if (cursor.looking_at("==") || !cursor.take("=")) return cursor.expected("`=`");
  }
  TRY(statement.values, parse_expressions(cursor));
  TRY_STATUS(cursor.end_of_line());
  if (statement.kind == Statement::Kind::assign && statement.values.size() > 1 &&
      statement.names.size() > 1 && statement.values.size() != statement.names.size())
    return error_at(statement.at, "{} values for {} names", statement.values.size(), statement.names.size());
  return statement;
}

Result<std::vector<Statement>> parse_block(const Line& parent, bool in_def, bool in_loop) {
  std::vector<Statement> block;
  for (const Line& line : parent.children) {
    if (!block.empty() && block.back().kind == Statement::Kind::give)
      return error_at(line.position(0), "nothing follows `return`");
    TRY(Statement statement, parse_statement(line, in_def, in_loop));
    block.push_back(std::move(statement));
  }
  if (block.empty()) return error_at(parent.position(0), "a block without statements");
  return block;
}

Status parse_graph(const Line& section, Cursor& cursor, Document& document) {
  Graph graph{.name = cursor.name(false)};
  TRY_STATUS(cursor.end_of_line());
  if (graph.name.text.empty()) graph.name.at = section.position(0);
  for (const Graph& other : document.graphs)
    if (other.name.text == graph.name.text)
      return error_at(graph.name.at, "this graph is already in line {}", other.name.at.line);
  TRY(graph.body, parse_block(section, false, false));
  document.graphs.push_back(std::move(graph));
  return {};
}

// "def" NAME "(" [ NAME { "," NAME } ] ")" [ "when" expr ] , block
Status parse_def(const Line& section, Cursor& cursor, Document& document) {
  TRY(Word name, parse_own_name(cursor, "the name of a def"));
  Case one{.at = name.at};
  if (!cursor.take("(")) return cursor.expected("`(`");
  if (!cursor.take(")")) {
    do {
      TRY(Word param, parse_own_name(cursor, "the name of a parameter"));
      for (const Word& other : one.params)
        if (other.text == param.text) return error_at(param.at, "two parameters are called `{}`", param.text);
      one.params.push_back(std::move(param));
    } while (cursor.take(","));
    if (!cursor.take(")")) return cursor.expected("`,` or `)`");
  }
  if (cursor.take_word("when")) { TRY(one.when, parse_expression(cursor)); }
  TRY_STATUS(cursor.end_of_line());
  TRY(one.body, parse_block(section, true, false));
  if (one.body.back().kind != Statement::Kind::give)
    return error_at(one.at, "`{}` does not end in `return`", name.text);

  auto& all = document.definitions;
  auto found =
      std::find_if(all.begin(), all.end(), [&](const Definition& d) { return d.name.text == name.text; });
  if (found == all.end()) found = all.insert(all.end(), {.name = std::move(name)});
  if (!one.when) {
    for (const Case& other : found->cases)
      if (!other.when)
        return error_at(one.at, "`{}` has a case without `when` already, in line {}", found->name.text,
                        other.at.line);
  }
  found->cases.push_back(std::move(one));
  return {};
}

Status parse_arch(const Line& line, Document& document) {
  Cursor cursor(line);
  if (!cursor.take_word("arch")) return cursor.expected("`arch NAME`");
  TRY(document.name, parse_arch_name(cursor));
  if (cursor.take_word("like")) { TRY(document.parent, parse_arch_name(cursor)); }
  TRY_STATUS(cursor.end_of_line());
  for (const Line& headline : line.children) TRY_STATUS(parse_headline(headline, document));
  return {};
}

}  // namespace

Result<Document> parse(std::string name, std::string text) {
  Document document;
  document.source = make_source(std::move(name), std::move(text));
  TRY(Lines lines, read_lines(*document.source));
  if (lines.top.empty())
    return fail("{}: no architecture here; it begins with `arch NAME`", document.source->name);
  document.header.description = std::move(lines.description);
  document.header.unsure = std::move(lines.unsure);
  TRY_STATUS(parse_arch(lines.top.front(), document));

  const Line *config = nullptr, *weights = nullptr;
  for (size_t i = 1; i < lines.top.size(); ++i) {
    const Line& section = lines.top[i];
    Cursor cursor(section);
    // `config` and `weights` may stand once.
    auto once = [&](std::string_view word, const Line*& seen) -> Result<bool> {
      if (!cursor.take_word(word)) return false;
      TRY_STATUS(cursor.end_of_line());
      if (seen)
        return error_at(section.position(0), "`{}` is already in line {}", word, seen->position(0).line);
      seen = &section;
      return true;
    };
    TRY(const bool is_config, once("config", config));
    TRY(const bool is_weights, once("weights", weights));
    if (is_config) {
      document.header.config_at = section.position(0);
      TRY_STATUS(parse_config(section, document));
    } else if (is_weights) {
      document.header.weights_at = section.position(0);
      TRY_STATUS(parse_weights(section, document));
    } else if (cursor.take_word("graph")) {
      TRY_STATUS(parse_graph(section, cursor, document));
    } else if (cursor.take_word("def")) {
      TRY_STATUS(parse_def(section, cursor, document));
    } else {
      return cursor.expected("`config`, `weights`, `graph` or `def`");
    }
  }
  return document;
}

}  // namespace hearth::arch
