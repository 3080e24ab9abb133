// A text as a tree of lines: comments and blank lines gone, `or` lines joined to their rows, nesting by
// indentation.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "graph/ast.h"

namespace hearth::arch {

struct Line {
  // Where a stretch of `text` stands in the source: a row that goes on with `or` has several.
  struct Stretch {
    size_t offset;
    Position at;
  };
  std::string text;  // without indentation, comment and blanks at the end
  std::vector<Stretch> stretches;
  std::vector<Line> children;

  Position position(size_t offset) const;
};

struct Lines {
  std::vector<Line> top;
  std::string description;   // the comment before the first line
  std::vector<Word> unsure;  // lines whose comment says so
};

// Bounds on what a stranger's text may ask for. Reading it takes time up to the square of these counts.
constexpr size_t kTextLimit = size_t{1} << 20;
constexpr size_t kLineCountLimit = 2000;
constexpr size_t kLineLimit = 2000;  // bytes, continuation lines included
constexpr size_t kNestingLimit = 8;

Result<Lines> read_lines(const Source& source);

}  // namespace hearth::arch
