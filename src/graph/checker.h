// What the parts of check() share: the architecture, its names, and where findings go.
#pragma once

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/check.h"

namespace hearth::arch {

class Checker {
 public:
  Checker(const Architecture& architecture, const Operators& operators, std::vector<Finding>& findings);

 protected:
  template <class... Args>
  void error(Position at, fmt::format_string<Args...> format, Args&&... args) {
    report(Finding::Kind::error, at, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warning(Position at, fmt::format_string<Args...> format, Args&&... args) {
    report(Finding::Kind::warning, at, fmt::format(format, std::forward<Args>(args)...));
  }

  const Entry* entry(std::string_view name) const;
  // `rope_scaling.factor`: a member of an entry whose value is an object.
  bool is_member(std::string_view name) const;
  const Definition* definition(std::string_view name) const;
  // In a layer of `stack`, or (null) outside layers.
  const Weight* weight(std::string_view word, const std::string* stack) const;
  const Weight* weight_anywhere(std::string_view word) const;

  // `; is X meant?` if some name of the file or the language is nearly this one.
  std::string suggestion(std::string_view name) const;

  // Whether positional and keyword arguments fit an operator's parameters. `ambient` tells what is declared.
  void check_arguments(const Expr& call, const std::vector<Parameter>& parameters,
                       const std::function<bool(std::string_view)>& ambient);

  const Architecture& architecture_;
  const Operators& operators_;

 private:
  // One finding for a place: the first.
  void report(Finding::Kind kind, Position at, std::string message);

  std::vector<Finding>& findings_;
  std::map<std::string_view, const Entry*> entries_;
  std::map<std::string_view, const Definition*> definitions_;
  // By word, as written and with endings fallen away.
  std::map<std::string_view, std::vector<const Weight*>> weights_;
};

// config and weights: check_declarations.cc; graphs and defs: check_graphs.cc; shapes: check_shapes.cc, of an
// architecture that is otherwise sound.
void check_declarations(const Architecture& architecture, const Operators& operators,
                        std::vector<Finding>& findings);
void check_graphs(const Architecture& architecture, const Operators& operators,
                  std::vector<Finding>& findings);

void check_shapes(const Architecture& architecture, const Operators& operators,
                  std::vector<Finding>& findings);

}  // namespace hearth::arch
