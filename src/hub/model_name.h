// What users call a model that lies somewhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hub/url.h"

namespace hearth {

struct ModelName {
  enum class Kind { hub, ollama, url };
  Kind kind = Kind::hub;
  std::string repository;  // hub: "org/repo"; ollama: "library/name"
  std::string tag;  // hub: the quant or a file's name, empty: the best one; ollama: "latest" if none is given
  Url url;          // url

  std::string text() const;  // the one way to write it
};

// Whether a text is meant as a name and not as a file's path: "org/repo[:quant]", "ollama:...", "https://...".
bool is_model_name(std::string_view text);

// "hf.co/" and "huggingface.co/" in front of org/repo are allowed.
Result<ModelName> parse_model_name(std::string_view text);

// A path that a stranger chose, relative and made of plain names: no "..", no empty or hidden part, no
// backslash, no control character. It is safe beneath any folder.
bool is_safe_path(std::string_view path);

}  // namespace hearth
