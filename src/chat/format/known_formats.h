// What some templates leave unsaid about how their models write: rows, chosen by what stands in the template's text.
#pragma once

#include <string_view>

#include "chat/format/format.h"

namespace hearth {

// For templates that drop reasoning from past turns: what they look for to do that.
Marks known_reasoning(std::string_view template_source);

// Fills in what the template did not show, and replaces what its models are known to write otherwise.
void apply_known_formats(std::string_view template_source, ChatFormat& format);

}  // namespace hearth
