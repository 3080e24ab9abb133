// Expressions over constants: what config, guards, shapes and the conditions of a graph are made of. The tracer
// adds what flows: it overrides the hooks that meet a name, a call, or arithmetic on tensors.
#pragma once

#include "graph/item.h"
#include "graph/source.h"

namespace hearth::arch {

class Evaluator {
 public:
  virtual ~Evaluator() = default;

  Result<Item> evaluate(const Expr& expr);
  Result<bool> condition(const Expr& expr);
  Result<double> number(const Expr& expr);
  // A whole number within what sizes may be.
  Result<int64_t> whole(const Expr& expr, std::string_view what);

 protected:
  virtual Result<Item> name(const Expr& expr) = 0;
  virtual Result<Item> call(const Expr& expr);
  virtual Result<Item> arithmetic(const Expr& expr, const Item& a, const Item& b);
  virtual Result<Item> negate(const Expr& expr, const Item& a);
  virtual Result<Item> element(const Expr& expr, const Item& of, const Item& index);
  virtual Result<Item> part(const Expr& expr, const Item& of, const Item& first, const Item& last);
  // Asked when the left side of an `or` has failed: true if that is as good as false there.
  virtual bool recover() { return false; }

 private:
  Result<Item> binary(const Expr& expr);
};

// The operators that also work on numbers (section 10.2), `round_up` and `count`. Nothing if `name` is not one.
std::optional<Result<Item>> number_function(const Expr& call, std::string_view name,
                                            const std::vector<Item>& arguments);

}  // namespace hearth::arch
