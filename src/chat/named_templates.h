// Chat templates for models that bring none: well-known formats, by name. Nothing is ever taken from here unasked.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace hearth {

struct NamedTemplate {
  std::string_view name, source;
};

std::span<const NamedTemplate> named_templates();

// Null, if there is none of this name.
const NamedTemplate* find_named_template(std::string_view name);

// chatml, llama2, ...
std::string template_names();

}  // namespace hearth
