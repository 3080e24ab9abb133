// The operators of expressions, with Python's rules for each pair of types.
#pragma once

#include "chat/jinja/value.h"

namespace hearth::jinja {

class Machine;

Value add(Machine& m, const Value& a, const Value& b);
Value subtract(Machine& m, const Value& a, const Value& b);
Value multiply(Machine& m, const Value& a, const Value& b);
Value divide(Machine& m, const Value& a, const Value& b);
Value floor_divide(Machine& m, const Value& a, const Value& b);
Value modulo(Machine& m, const Value& a, const Value& b);  // and printf-like formatting
Value power(Machine& m, const Value& a, const Value& b);

Value is_equal(Machine& m, const Value& a, const Value& b);
Value is_not_equal(Machine& m, const Value& a, const Value& b);
Value is_less(Machine& m, const Value& a, const Value& b);
Value is_at_most(Machine& m, const Value& a, const Value& b);
Value is_greater(Machine& m, const Value& a, const Value& b);
Value is_at_least(Machine& m, const Value& a, const Value& b);
Value is_in(Machine& m, const Value& a, const Value& b);
Value is_not_in(Machine& m, const Value& a, const Value& b);

// a.name: an attribute, else an element. a[key]: an element, else an attribute. Undefined where there is neither.
Value get_attribute(Machine& m, const Value& object, const Value& name);
Value get_element(Machine& m, const Value& object, const Value& key);
// Only an attribute; absent where there is none.
Value find_attribute(Machine& m, const Value& object, const Value& name);

// object[start:stop:step]; what is not given is absent or none.
Value slice(Machine& m, const Value& object, const Value& start, const Value& stop, const Value& step);

}  // namespace hearth::jinja
