// config.json of a checkpoint, as an architecture's rows ask for it: paths, tried in `text_config` first, rotary
// scaling in one spelling, and a memory of what was asked for, so that nothing stays unread unnoticed (section 4
// of the language).
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/ast.h"
#include "graph/item.h"

namespace hearth {

class ConfigJson {
 public:
  // config.json of the folder, and preprocessor_config.json as `preprocessor` if there is one.
  static Result<ConfigJson> read(const std::filesystem::path& folder);
  static Result<ConfigJson> parse(std::string_view text);

  // The value at a dotted path; null counts as absent. It counts as read from now on.
  Result<std::optional<arch::Item>> key(std::string_view path);
  // The same where nobody is to judge what was read: of the checkpoint, not of the model.
  const nlohmann::ordered_json* find(std::string_view path) const;

  // The classes of `architectures`, and the model types of the text part and of the whole.
  std::vector<std::string> classes() const;
  bool has_text_part() const { return text_ != nullptr; }

  // Keys that say something and that nobody asked for, as "KEY = VALUE".
  struct Unread {
    std::string path, value;
    bool scaling = false;  // a member of rope_scaling, which is an error whoever else knows it
  };
  std::vector<Unread> unread(const arch::Architecture& architecture) const;

 private:
  using Json = nlohmann::ordered_json;
  ConfigJson() = default;
  static void unite_spellings(Json& scope);
  void set_root(Json root);

  std::unique_ptr<Json> root_;
  const Json* text_ = nullptr;  // text_config, if there is one
  std::set<std::string, std::less<>> asked_;
};

}  // namespace hearth
