#include "graph/lines.h"

#include <algorithm>

#include "graph/source.h"

namespace hearth::arch {

namespace {

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool says_unsure(std::string_view comment) {
  const size_t at = comment.find("unsure");
  if (at == std::string_view::npos) return false;
  return (at == 0 || !letter(comment[at - 1])) && (at + 6 == comment.size() || !letter(comment[at + 6]));
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

Position Line::position(size_t offset) const {
  Stretch stretch = stretches.front();
  for (const Stretch& next : stretches)
    if (next.offset <= offset) stretch = next;
  stretch.at.column += static_cast<int>(offset - stretch.offset);
  return stretch.at;
}

Result<Lines> read_lines(const Source& source) {
  if (source.text.size() > kTextLimit)
    return fail("{}: the text has {} bytes; an architecture has at most {}", source.name, source.text.size(),
                kTextLimit);
  Lines lines;
  size_t count = 0;
  // The lines that are still open, outermost first, and the indentation of each one's children.
  struct Open {
    std::vector<Line>* children;
    size_t indent;
  };
  std::vector<Open> open{{&lines.top, 0}};
  for (size_t number = 1; number <= source.starts.size(); ++number) {
    std::string_view raw = source.line(static_cast<int>(number));
    auto at = [&](size_t offset) {
      return Position{&source, static_cast<int>(number), static_cast<int>(offset) + 1};
    };
    for (size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '\t') return error_at(at(i), "a tab; columns and nesting are made of spaces");
      if (static_cast<unsigned char>(raw[i]) < 32 || raw[i] == 127)
        return error_at(at(i), "a control character (byte {})", static_cast<int>(raw[i]));
    }
    const size_t comment = find_comment(raw);
    const std::string_view text = trimmed(raw.substr(0, comment));
    const std::string_view said =
        comment == std::string_view::npos ? std::string_view() : trimmed(raw.substr(comment + 1));
    if (says_unsure(said))
      lines.unsure.push_back({at(raw.find_first_not_of(' ')), std::string(trimmed(raw))});
    if (raw.size() > kLineLimit) return error_at(at(kLineLimit), "a line of more than {} bytes", kLineLimit);
    if (text.empty()) {
      if (lines.top.empty() && !said.empty())
        lines.description += (lines.description.empty() ? "" : " ") + std::string(said);
      continue;
    }
    const size_t indent = raw.find_first_not_of(' ');

    if (text == "or" || text.substr(0, 3) == "or ") {
      // Continues the last row read: the innermost open one without children of its own.
      if (lines.top.empty()) return error_at(at(indent), "`or` continues a row, and there is none above");
      Line* row = &lines.top.back();
      while (!row->children.empty()) row = &row->children.back();
      row->text += ' ';
      row->stretches.push_back({row->text.size(), at(indent)});
      row->text += text;
      if (row->text.size() > kLineLimit)
        return error_at(at(indent), "a row of more than {} bytes", kLineLimit);
      continue;
    }

    if (lines.top.empty()) {
      if (indent > 0) return error_at(at(indent), "the first line is not indented");
    } else if (const std::vector<Line>& siblings = *open.back().children;
               indent > open.back().indent && !siblings.empty()) {
      if (open.size() == kNestingLimit) return error_at(at(indent), "nested too deeply");
      open.push_back({&open.back().children->back().children, indent});
    } else {
      while (open.size() > 1 && open.back().indent > indent) open.pop_back();
      if (open.back().indent != indent)
        return error_at(at(indent), "indented by {}, unlike its neighbours", indent);
    }
    if (++count > kLineCountLimit) return error_at(at(indent), "more than {} lines", kLineCountLimit);
    open.back().children->push_back({std::string(text), {{0, at(indent)}}, {}});
  }
  return lines;
}

}  // namespace hearth::arch
