// Which type each tensor of a file is to have: a preset's choice, then what the user asked for, then what the
// lengths of rows allow.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/quantize/mixture.h"
#include "tokenizer/regex.h"

namespace hearth {

// A type asked for by the names of tensors: PATTERN=TYPE, a regular expression found anywhere in the name.
class TypePattern {
 public:
  static Result<TypePattern> parse(std::string_view text);

  const std::string& text() const { return text_; }
  Type type() const { return type_; }
  Result<bool> matches(std::string_view tensor) const;

 private:
  TypePattern(std::string text, Regex regex, Type type)
      : text_(std::move(text)), regex_(std::move(regex)), type_(type) {}
  std::string text_;
  Regex regex_;
  Type type_;
};

struct TypeWishes {
  std::optional<Preset> preset = {};  // nothing: a tensor stays as it is unless its type is asked for
  bool pure = false;                  // the preset's main type everywhere
  bool leave_output = false;          // what the logits come from stays as it is
  std::optional<Type> embedding = {}, output = {};
  std::vector<TypePattern> patterns = {};  // the first that matches decides
};

struct TypeChoice {
  Type type;
  Type wanted;  // another one, where its blocks do not divide the tensor's rows
  enum class By {
    nature,  // it is not a tensor whose type changes
    nobody,  // it could change
    preset,
    user,  // who named the type for this tensor, or asked for it to be left alone
  } by;
};

// A choice for each tensor. `unused` gets the patterns that no tensor answers to.
Result<std::vector<TypeChoice>> choose_types(const TypeWishes& wishes, const ModelFacts& facts,
                                             std::span<const StoredTensor> tensors, bool importance,
                                             std::vector<std::string>& unused);

// The type itself where its blocks divide a row, or the nearest one above it whose blocks do. All end in f16.
Type fitting_type(Type wanted, uint64_t columns);

bool is_writable(Type type);

// A type that tensors can be written in, by its name in any case of letters.
Result<Type> writable_type(std::string_view name);

}  // namespace hearth
