// str() and repr() of values.
#pragma once

#include "chat/jinja/value.h"

namespace hearth::jinja {

void show(Heap& heap, TextBuilder& out, const Value& value);
void show_repr(Heap& heap, TextBuilder& out, const Value& value);

// str() as a text: the value's own where it is one.
Text to_text(Heap& heap, const Value& value);

}  // namespace hearth::jinja
