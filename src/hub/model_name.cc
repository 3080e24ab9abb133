#include "hub/model_name.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hearth {

namespace {

constexpr size_t kMostPartBytes = 96;
constexpr std::string_view kOllama = "ollama:";
constexpr std::array<std::string_view, 4> kHubPrefixes = {"hf.co/", "huggingface.co/", "https://hf.co/",
                                                          "https://huggingface.co/"};

bool is_word(std::string_view text) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kMostPartBytes && text.front() != '.' && text.front() != '-' &&
         text.find("..") == text.npos && std::ranges::all_of(text, plain);
}

bool is_url(std::string_view text) { return text.starts_with("https://") || text.starts_with("http://"); }

struct Parts {
  std::string_view repository, tag;
};
Parts split_tag(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == text.npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_repository(std::string_view text) {
  size_t slash = text.find('/');
  return slash != text.npos && is_word(text.substr(0, slash)) && is_word(text.substr(slash + 1));
}

// "org/repo" or "org/repo:quant".
bool is_hub_name(std::string_view text) {
  auto [repository, tag] = split_tag(text);
  return is_repository(repository) && (tag.empty() || is_word(tag)) && !text.ends_with(':');
}

// "org/repo", as nothing else than a page of the hub.
std::string_view without_hub(std::string_view text) {
  for (std::string_view prefix : kHubPrefixes) {
    if (text.starts_with(prefix) && is_hub_name(text.substr(prefix.size())))
      return text.substr(prefix.size());
  }
  return text;
}

Result<ModelName> parse_ollama(std::string_view text) {
  auto [repository, tag] = split_tag(text.substr(kOllama.size()));
  size_t slash = repository.find('/');
  std::string_view space = slash == repository.npos ? "library" : repository.substr(0, slash);
  std::string_view name = slash == repository.npos ? repository : repository.substr(slash + 1);
  bool has_tag = !text.ends_with(':');
  if (!is_word(space) || !is_word(name) || !(tag.empty() || is_word(tag)) || !has_tag)
    return fail("{}: expected ollama:name, ollama:name:tag or ollama:space/name:tag", quote(text));
  return ModelName{ModelName::Kind::ollama,
                   fmt::format("{}/{}", space, name),
                   tag.empty() ? "latest" : std::string(tag),
                   {}};
}

}  // namespace

std::string ModelName::text() const {
  switch (kind) {
    case Kind::hub: return tag.empty() ? repository : repository + ":" + tag;
    case Kind::ollama: {
      std::string_view name = repository;
      if (name.starts_with("library/")) name.remove_prefix(8);
      return fmt::format("{}{}:{}", kOllama, name, tag);
    }
    case Kind::url: return url.text();
  }
  return {};
}

bool is_model_name(std::string_view text) {
  if (text.starts_with(kOllama) || is_url(text)) return true;
  text = without_hub(text);
  return is_repository(split_tag(text).repository) && !text.ends_with(".gguf") &&
         !text.ends_with(".safetensors");
}

Result<ModelName> parse_model_name(std::string_view text) {
  if (text.starts_with(kOllama)) return parse_ollama(text);
  text = without_hub(text);
  if (is_url(text)) {
    TRY(Url url, Url::parse(text));
    // The same page of the hub, otherwise written.
    if (std::string plain = url.text(); without_hub(plain) != plain) return parse_model_name(plain);
    return ModelName{ModelName::Kind::url, {}, {}, std::move(url)};
  }
  if (!is_hub_name(text))
    return fail("{}: expected org/repo or org/repo:quant, ollama:name:tag, or an address", quote(text));
  auto [repository, tag] = split_tag(text);
  return ModelName{ModelName::Kind::hub, std::string(repository), std::string(tag), {}};
}

bool is_safe_path(std::string_view path) {
  constexpr size_t kMostPath = 512, kMostName = 200;
  if (path.empty() || path.size() > kMostPath) return false;
  for (char c : path) {
    if (static_cast<unsigned char>(c) < 32 || c == 127 || c == '\\' || c == ':') return false;
  }
  while (true) {
    std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part.front() == '.' || part.size() > kMostName) return false;
    if (part.size() == path.size()) return true;
    path.remove_prefix(part.size() + 1);
  }
}

}  // namespace hearth
