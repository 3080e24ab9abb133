// Python's two ways to put values into a text.
#pragma once

#include "chat/jinja/builtin.h"

namespace hearth::jinja {

// "%s is %d" % values: a tuple of values, one value, or a dict for %(name)s.
Value format_percent(Machine& m, const Text& format, const Value& values);

// "{} is {name:>5}".format(values, name=value).
Value format_braces(Machine& m, const Text& format, const Args& args);

}  // namespace hearth::jinja
