#include "graph/source.h"

#include <algorithm>

namespace hearth::arch {

namespace {

// A line of a hostile text may be long; what is shown of it is not.
constexpr size_t kShown = 120;

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}  // a character of UTF-8

}  // namespace

std::string_view Source::line(int number) const {
  if (number < 1 || static_cast<size_t>(number) > starts.size()) return {};
  const size_t from = starts[number - 1];
  size_t to = std::min(text.find('\n', from), text.size());
  if (to > from && text[to - 1] == '\r') --to;
  return std::string_view(text).substr(from, to - from);
}

std::shared_ptr<const Source> make_source(std::string name, std::string text) {
  auto source = std::make_shared<Source>();
  source->name = std::move(name);
  source->text = std::move(text);
  size_t at = 0;
  do {
    source->starts.push_back(at);
    at = source->text.find('\n', at);
  } while (at++ != std::string::npos && at < source->text.size());
  return source;
}

std::string where(Position at) { return fmt::format("{}:{}", at.source ? at.source->name : "?", at.line); }

std::string show_at(Position at, std::string_view message) {
  std::string_view line = at.source ? at.source->line(at.line) : std::string_view();
  size_t column = std::min<size_t>(std::max(at.column - 1, 0), line.size());
  if (line.size() > kShown) {
    size_t from = std::min(column > kShown / 2 ? column - kShown / 2 : 0, line.size() - kShown);
    while (from > 0 && continues(line[from])) --from;
    line = line.substr(from, kShown);
    column -= from;
  }
  std::string shown, before;
  for (size_t i = 0; i < line.size(); ++i) {
    const unsigned char byte = line[i];
    const char visible = byte == '\t' ? ' ' : byte < 32 || byte == 127 ? '?' : line[i];
    shown += visible;
    if (i < column && !continues(line[i])) before += ' ';
  }
  return fmt::format("{}:{}: {}\n  {}\n  {}^", where(at), at.column, message, shown, before);
}

size_t find_comment(std::string_view line) {
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == '#' && !quoted && (i == 0 || line[i - 1] == ' ') &&
        (i + 1 == line.size() || line[i + 1] == ' '))
      return i;
  }
  return std::string_view::npos;
}

std::string_view comment_at(Position at) {
  const std::string_view line = at.source ? at.source->line(at.line) : std::string_view();
  const size_t found = find_comment(line);
  if (found == std::string_view::npos) return {};
  std::string_view comment = line.substr(found + 1);
  comment.remove_prefix(std::min(comment.find_first_not_of(' '), comment.size()));
  const size_t last = comment.find_last_not_of(' ');
  return comment.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace hearth::arch
