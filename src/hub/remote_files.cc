#include "hub/remote_files.h"

#include <charconv>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "formats/json.h"
#include "hub/folders.h"

namespace hearth {

HubOptions hub_options_of_environment() {
  HubOptions options;
  auto take = [](const char* name, std::string& value) {
    if (const char* found = std::getenv(name); found && *found) value = found;
  };
  take("HF_ENDPOINT", options.hub);
  take("HEARTH_OLLAMA_REGISTRY", options.registry);
  take("HF_TOKEN", options.token);
  if (options.token.empty()) {
    if (auto text = read_file(hugging_face_home() / "token", 4096); text.ok()) options.token = *text;
  }
  while (!options.token.empty() && std::isspace(static_cast<unsigned char>(options.token.back())))
    options.token.pop_back();
  for (std::string* url : {&options.hub, &options.registry}) {
    while (url->ends_with('/')) url->pop_back();
  }
  return options;
}

Result<ContentRange> content_range(const WebAnswer& answer) {
  std::string_view text = answer.header("content-range");
  ContentRange found;
  auto number = [&](std::string_view before, uint64_t& value) {
    if (!text.starts_with(before)) return false;
    text.remove_prefix(before.size());
    auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<size_t>(end - text.begin()));
    return true;
  };
  bool right = number("bytes ", found.range.first) && number("-", found.range.last) &&
               number("/", found.total) && text.empty() && found.range.first <= found.range.last &&
               found.range.last < found.total;
  if (!right)
    return fail("{}: sends a part of the file without saying which: Content-Range is {}",
                answer.url.authority(), quote(answer.header("content-range")));
  return found;
}

Result<RemoteModel> list_remote(const WebClient& web, const ModelName& name, const HubOptions& options) {
  switch (name.kind) {
    case ModelName::Kind::hub: return list_hub(web, name, options);
    case ModelName::Kind::ollama: return list_registry(web, name, options);
    case ModelName::Kind::url: return list_url(web, name.url);
  }
  return fail("no such name");
}

std::string_view tag_of(const WebAnswer& answer) {
  std::string_view tag = answer.header("etag");
  return tag.empty() || tag.starts_with("W/") ? answer.header("last-modified") : tag;
}

}  // namespace hearth
