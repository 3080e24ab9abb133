// Lines that a person types at a terminal: with editing, history, and several lines where they are wanted.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace hearth {

class LineEditor {
 public:
  // `history`: a file that outlives the program, for its owner alone.
  explicit LineEditor(std::filesystem::path history);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // What was typed, without the last line's end. A line that ends in \ goes on; what stands between lines that
  // begin and end with """ is one text. Empty after Ctrl-C. Nothing at the end of the input.
  std::optional<std::string> read();

 private:
  struct State;
  std::optional<std::string> read_line(const char* prompt);
  std::unique_ptr<State> state_;
};

}  // namespace hearth
