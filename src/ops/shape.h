// The shape of a value: what leads (the tokens of a step, the cells of a picture, nothing for a weight), and
// one step's worth of numbers behind it: [], [D] or [H, D].
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "ops/dim.h"

namespace hearth {

// The leading sizes that are known only when a batch is there.
inline const Dim& tokens_rows() {
  static const Dim dim = Dim::symbol("tokens");
  return dim;
}
inline const Dim& wanted_rows() {  // the tokens whose outputs somebody wants
  static const Dim dim = Dim::symbol("wanted");
  return dim;
}
inline const Dim& sequence_rows() {
  static const Dim dim = Dim::symbol("sequences");
  return dim;
}
inline const Dim& source_rows() {  // the tokens that an encoder read
  static const Dim dim = Dim::symbol("source");
  return dim;
}

struct Shape {
  std::vector<Dim> lead;
  std::vector<Dim> dims;  // outermost first

  bool operator==(const Shape&) const = default;
  Dim width() const { return dims.empty() ? Dim(1) : dims.back(); }
  Dim heads() const { return dims.size() < 2 ? Dim(1) : dims[dims.size() - 2]; }

  // "[heads, head_dim]": the leading sizes go without saying, as in the text of an architecture.
  std::string to_string() const {
    std::string text = "[";
    for (const Dim& dim : dims) text += (text.size() > 1 ? ", " : "") + dim.to_string();
    return text + "]";
  }
};

}  // namespace hearth
