#include "graph/print.h"

#include <algorithm>
#include <tuple>

#include "graph/expressions.h"
#include "graph/source.h"

namespace hearth::arch {

namespace {

constexpr size_t kGap = 2;  // between columns
// A wider cell overflows its column instead of widening it.
constexpr size_t kWidestInConfig = 48;
constexpr size_t kWidestInWeights = 40;
constexpr size_t kCommentColumn = 48;  // behind statements

constexpr size_t kMostCells = 4;
using Cells = std::vector<std::string>;

struct TableRow {
  size_t indent = 0;
  Cells cells;
  std::string comment;
  bool heading = false;
};

// Rows in columns: the first column's width counts the indentation.
class Table {
 public:
  explicit Table(size_t widest) : widest_(widest) {}

  void add(size_t indent, Cells cells, std::string_view comment = {}) {
    while (!cells.empty() && cells.back().empty()) cells.pop_back();
    rows_.push_back({indent, std::move(cells), std::string(comment)});
  }

  // The section's own line, which names the columns that the rows have, or has a comment of its own.
  void add_heading(const char* section, const Cells& columns, Position at) {
    TableRow row{0, {section}, {}, true};
    const std::string_view comment = comment_at(at);
    size_t most = 0;
    for (const TableRow& other : rows_) most = std::max(most, other.cells.size());
    if (!comment.empty() && !columns.front().ends_with(comment.substr(0, comment.find("  ")))) {
      row.comment = comment;
    } else {
      // Constants and words have two cells, too.
      for (size_t i = 0; i < columns.size() && i + 1 < most && most > 2; ++i) row.cells.push_back(columns[i]);
    }
    rows_.insert(rows_.begin(), std::move(row));
  }

  std::string text() const {
    std::vector<size_t> widths(kMostCells, 0);
    for (const TableRow& row : rows_) {
      if (row.heading) continue;
      for (size_t i = 0; i + 1 < row.cells.size(); ++i) {
        const size_t width = row.cells[i].size() + (i == 0 ? row.indent : 0);
        if (width <= widest_) widths[i] = std::max(widths[i], width);
      }
    }
    std::string text;
    for (const TableRow& row : rows_) {
      std::string line(row.indent, ' ');
      size_t column = 0;
      for (size_t i = 0; i < row.cells.size(); ++i) {
        line += row.cells[i];
        if (i + 1 == row.cells.size()) break;
        column += widths[i] + kGap;
        line.resize(std::max(column, line.size() + kGap), ' ');
      }
      if (!row.comment.empty()) line += "    # " + row.comment;
      text += line + "\n";
    }
    return text;
  }

 private:
  size_t widest_;
  std::vector<TableRow> rows_;
};

template <class Items, class Write>
std::string joined(const Items& items, std::string_view separator, Write&& write) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += separator;
    text += write(item);
  }
  return text;
}

std::string words(const std::vector<Word>& all, std::string_view separator = " ") {
  return joined(all, separator, [](const Word& word) { return word.text; });
}

std::string expressions(const std::vector<ExprPtr>& all, Spacing spacing = Spacing::even) {
  return joined(all, ", ", [&](const ExprPtr& expr) { return to_string(*expr, spacing); });
}

// ---- header

std::string header(const Document& document) {
  const Header& header = document.header;
  std::string text;
  if (!header.description.empty()) text += "# " + header.description + "\n";
  text += "arch " + document.name.text;
  if (!document.parent.text.empty()) text += " like " + document.parent.text;
  text += "\n";
  std::vector<std::tuple<std::string, std::string, Position>> rows;
  if (!header.hf.empty()) rows.emplace_back("hf", words(header.hf), header.hf.front().at);
  if (!header.gguf.name.text.empty()) {
    std::string gguf = header.gguf.name.text;
    if (header.gguf.when) gguf += " when " + to_string(*header.gguf.when);
    rows.emplace_back("gguf", std::move(gguf), header.gguf.name.at);
  }
  if (!header.strip.empty()) rows.emplace_back("strip", words(header.strip), header.strip.front().at);
  for (const auto& [head, rest, at] : rows) {
    text += fmt::format("  {:<{}} {}", head, rows.size() > 1 ? 5 : 0, rest);
    if (const std::string_view comment = comment_at(at); !comment.empty())
      text += "    # " + std::string(comment);
    text += "\n";
  }
  return text;
}

// ---- config

// A line of words has one comment; words of several lines may have several.
void add_word_lines(Table& table, size_t indent, const char* head, const std::vector<Word>& all) {
  std::vector<Word> line;
  for (size_t i = 0; i < all.size(); ++i) {
    line.push_back(all[i]);
    const bool last = i + 1 == all.size() || all[i + 1].at.line != all[i].at.line ||
                      all[i + 1].at.source != all[i].at.source;
    if (!last) continue;
    table.add(indent, {head, words(line)}, comment_at(line.front().at));
    line.clear();
  }
}

std::string config(const Document& document) {
  if (document.entries.empty() && document.requires_.empty() && document.ignores.empty() &&
      document.config_drops.empty())
    return {};
  Table table(kWidestInConfig);
  add_word_lines(table, 2, "drop", document.config_drops);
  for (const Entry& entry : document.entries) {
    const std::string name = entry.name.text + (entry.whole ? "[]" : "");
    const std::string value = entry.value ? "= " + to_string(*entry.value) : "";
    const std::string_view comment = comment_at(entry.name.at);
    if (entry.constant) {
      table.add(2, {name, value}, comment);
      continue;
    }
    const std::string hf = entry.hf                ? "(" + to_string(*entry.hf) + ")"
                           : entry.hf_path.empty() ? "-"
                                                   : entry.hf_path;
    table.add(2, {name, entry.gguf.empty() ? "-" : entry.gguf, hf, value}, comment);
  }
  for (const Require& require : document.requires_)
    table.add(2, {"require", to_string(*require.condition)}, comment_at(require.at));
  add_word_lines(table, 2, "ignore", document.ignores);
  table.add_heading("config", {"# key in GGUF", "key in config.json", "default"}, document.header.config_at);
  return "\n" + table.text();
}

// ---- weights

std::string part_text(const SlicePart& part) {
  auto write = [](const ExprPtr& expr) { return expr ? to_string(*expr, Spacing::tight_products) : ""; };
  if (!part.range) return write(part.first);
  return write(part.first) + ":" + write(part.last) + (part.step ? ":" + write(part.step) : "");
}

std::string slice_text(const std::vector<SlicePart>& parts) {
  return "[" + joined(parts, ", ", part_text) + "]";
}

// Among origins, `or` and `+ bias` outside brackets mean something else.
std::string origin_expression(const Expr& expr) {
  const bool brackets = expr.kind == ExprKind::conditional ||
                        (expr.kind == ExprKind::binary && expr.op == Op::or_) || mentions(expr, "bias");
  const std::string text = to_string(expr, Spacing::tight_products);
  return brackets ? "(" + text + ")" : text;
}

std::string transform_text(const Transform& transform) {
  switch (transform.kind) {
    case Transform::Kind::slice: return slice_text(transform.parts);
    case Transform::Kind::add: return "+ " + origin_expression(*transform.operands[0]);
    case Transform::Kind::subtract: return "- " + origin_expression(*transform.operands[0]);
    case Transform::Kind::multiply: return "* " + origin_expression(*transform.operands[0]);
    case Transform::Kind::divide: return "/ " + origin_expression(*transform.operands[0]);
    case Transform::Kind::call: break;
  }
  if (transform.operands.empty()) return transform.name;
  return transform.name + "(" + expressions(transform.operands, Spacing::tight_products) + ")";
}

std::string origin_name(const Origin& origin) {
  switch (origin.kind) {
    case Origin::Kind::nowhere: return "-";
    case Origin::Kind::computed: return "= " + origin_expression(*origin.computed);
    case Origin::Kind::tie: return origin.weight;
    case Origin::Kind::stored: break;
  }
  return joined(origin.names, ", ", [](const TensorName& name) {
    return name.name.text + (name.parts.empty() ? "" : slice_text(name.parts));
  });
}

void add_row(Table& table, size_t indent, const Row& row) {
  const std::string_view comment = comment_at(row.name.at);
  if (!row.alias.text.empty()) {
    table.add(indent, {row.name.text, "= " + row.alias.text}, comment);
    return;
  }
  const std::string shape = "[" +
                            joined(row.shape, ", ",
                                   [](const ExprPtr& dim) {
                                     return dim ? to_string(*dim, Spacing::tight_products) : std::string("_");
                                   }) +
                            "]";
  std::string behind;
  auto append = [&](std::string_view text) {
    if (!behind.empty()) behind += ' ';
    behind += text;
  };
  for (size_t i = 0; i < row.origins.size(); ++i) {
    if (i > 0) append("or " + origin_name(row.origins[i]));
    for (const Transform& transform : row.origins[i].transforms) append("| " + transform_text(transform));
  }
  if (row.bias != Bias::none) append(row.bias == Bias::must ? "+ bias" : "+ bias?");
  if (row.optional) append("optional");
  table.add(indent, {row.name.text, shape, origin_name(row.origins.front()), behind}, comment);
}

std::string weights(const Document& document) {
  if (document.blocks.empty() && document.weight_drops.empty()) return {};
  Table table(kWidestInWeights);
  for (const RowBlock& block : document.blocks) {
    if (block.layers) {
      std::string head = block.stack.empty() ? "layer" : block.stack + " layer";
      if (block.when) head += " when " + to_string(*block.when);
      table.add(2, {head, block.gguf_prefix, block.hf_prefix}, comment_at(block.at));
    }
    const size_t indent = block.layers ? 4 : 2;
    for (const Row& row : block.rows) add_row(table, indent, row);
    add_word_lines(table, indent, "ignore", block.ignores);
  }
  add_word_lines(table, 2, "drop", document.weight_drops);
  table.add_heading("weights", {"# shape", "name in safetensors"}, document.header.weights_at);
  return "\n" + table.text();
}

// ---- graphs

std::string with_comment(std::string line, Position at) {
  if (const std::string_view comment = comment_at(at); !comment.empty()) {
    line.resize(std::max(kCommentColumn, line.size() + kGap), ' ');
    line += "# " + std::string(comment);
  }
  return line + "\n";
}

std::string block(const std::vector<Statement>& statements, size_t indent) {
  std::string text;
  for (const Statement& statement : statements) {
    std::string line(indent, ' ');
    switch (statement.kind) {
      case Statement::Kind::each:
        line += statement.stack.empty() ? "each layer" : "each " + statement.stack + " layer";
        if (statement.first)
          line += " [" + to_string(*statement.first) + " : " + to_string(*statement.last) + "]";
        break;
      case Statement::Kind::assign: line += words(statement.names, ", ") + " = "; break;
      case Statement::Kind::add: line += words(statement.names) + " += "; break;
      case Statement::Kind::give: line += "return "; break;
    }
    line += expressions(statement.values);
    text += with_comment(std::move(line), statement.at);
    text += block(statement.body, indent + 2);
  }
  return text;
}

std::string graphs(const Document& document) {
  std::string text;
  for (const Graph& graph : document.graphs) {
    text +=
        "\n" + with_comment(graph.name.text.empty() ? "graph" : "graph " + graph.name.text, graph.name.at);
    text += block(graph.body, 2);
  }
  for (const Definition& definition : document.definitions) {
    for (const Case& one : definition.cases) {
      std::string line = "def " + definition.name.text + "(" + words(one.params, ", ") + ")";
      if (one.when) line += " when " + to_string(*one.when);
      text += "\n" + with_comment(std::move(line), one.at) + block(one.body, 2);
    }
  }
  return text;
}

}  // namespace

std::string print(const Document& document) {
  return header(document) + config(document) + weights(document) + graphs(document);
}

}  // namespace hearth::arch
