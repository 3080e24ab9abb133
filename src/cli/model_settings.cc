#include "cli/model_settings.h"

#include <cmath>
#include <filesystem>
#include <limits>

#include <toml++/toml.h>

#include "base/file.h"
#include "base/text.h"
#include "hub/folders.h"

namespace hearth {

namespace {

constexpr uint64_t kMostSettings = 4 << 20;

template <class T>
Status set_number(std::optional<T>& to, std::string_view name, double value) {
  bool fits = value >= static_cast<double>(std::numeric_limits<T>::lowest()) &&
              value < std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (std::is_integral_v<T> && !(fits && value == std::trunc(value)))
    return fail("{} is {}, expected a whole number", name, value);
  to = static_cast<T>(value);
  return {};
}

// A message that says where.
class Section {
 public:
  Section(const toml::table& table, std::string source) : table_(table), source_(std::move(source)) {}

  Error wrong(const toml::node& node, std::string_view what) const {
    return fail("{}:{}: {}", source_, node.source().begin.line, what);
  }
  Result<std::string> text(std::string_view key, const toml::node& node) const {
    auto value = node.value_exact<std::string>();
    if (!value) return wrong(node, fmt::format("{} should be a text in quotes", key));
    return *std::move(value);
  }
  Result<int64_t> whole(std::string_view key, const toml::node& node) const {
    auto value = node.value_exact<int64_t>();
    if (!value || *value < 0) return wrong(node, fmt::format("{} should be a whole number from 0 on", key));
    return *value;
  }
  const toml::table& table() const { return table_; }

 private:
  const toml::table& table_;
  std::string source_;
};

Status read_sampling(const Section& section, const toml::node& node, SamplingGiven& given) {
  const toml::table* table = node.as_table();
  if (!table) return section.wrong(node, "sampling should be a table");
  for (const auto& [key, value] : *table) {
    if (key.str() == "samplers") {
      TRY(given.samplers, section.text(key.str(), value));
      continue;
    }
    auto number = value.value<double>();
    if (!number) return section.wrong(value, fmt::format("{} should be a number", key.str()));
    if (Status status = set_sampling(given, key.str(), *number); !status.ok())
      return section.wrong(value, status.error().message);
  }
  return {};
}

Result<ModelSettings> read_section(const Section& section) {
  ModelSettings settings;
  for (const auto& [key_, value] : section.table()) {
    std::string_view key = key_.str();
    if (key == "model") {
      TRY(settings.model, section.text(key, value));
    } else if (key == "system") {
      TRY(settings.system, section.text(key, value));
    } else if (key == "template") {
      TRY(settings.chat_template, section.text(key, value));
    } else if (key == "context") {
      TRY(settings.context, section.whole(key, value));
    } else if (key == "tokens") {
      TRY(settings.tokens, section.whole(key, value));
    } else if (key == "stop") {
      const toml::array* list = value.as_array();
      if (!list) return section.wrong(value, "stop should be a list of texts");
      for (const toml::node& each : *list) {
        TRY(std::string stop, section.text(key, each));
        settings.stops.push_back(std::move(stop));
      }
    } else if (key == "sampling") {
      TRY_STATUS(read_sampling(section, value, settings.sampling));
    } else {
      return section.wrong(value,
                           fmt::format("{} is not known; expected model, system, template, context, tokens, "
                                       "stop or sampling",
                                       quote(key)));
    }
  }
  return settings;
}

// As TOML writes a text on one line.
std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 32 || byte == 127) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string number_text(double value) {
  bool whole = std::abs(value) < 0x1p53 && value == std::trunc(value);
  return whole ? fmt::format("{}", static_cast<int64_t>(value)) : fmt::format("{}", value);
}

}  // namespace

Status set_sampling(SamplingGiven& given, std::string_view name, double value) {
#define X(sampler, type, parameter, fallback, least, most, key, what) \
  if (name == #parameter) return set_number(given.parameter, name, value);
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  if (name == "seed") return set_number(given.seed, name, value);
  std::string known = "seed";
#define X(sampler, type, parameter, fallback, least, most, key, what) known += ", " #parameter;
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  return fail("{} is no sampling parameter; there are: {}", quote(name), known);
}

void complete_sampling(SamplingGiven& given, const SamplingGiven& other) {
#define X(sampler, type, parameter, fallback, least, most, key, what) \
  if (!given.parameter) given.parameter = other.parameter;
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  if (!given.seed) given.seed = other.seed;
  if (!given.samplers) given.samplers = other.samplers;
}

void ModelSettings::complete_with(const ModelSettings& other) {
  if (system.empty()) system = other.system;
  if (chat_template.empty()) chat_template = other.chat_template;
  if (context == 0) context = other.context;
  if (tokens < 0) tokens = other.tokens;
  if (stops.empty()) stops = other.stops;
  complete_sampling(sampling, other.sampling);
}

Result<std::vector<std::pair<std::string, ModelSettings>>> parse_settings(std::string_view text,
                                                                          const std::string& source) {
  toml::table document;
  try {
    document = toml::parse(text, source);
  } catch (const toml::parse_error& wrong) {
    return fail("{}:{}: {}", source, wrong.source().begin.line, escape(wrong.description(), 200));
  }
  std::vector<std::pair<std::string, ModelSettings>> all;
  Section root(document, source);
  for (const auto& [key, value] : document) {
    const toml::table* models = value.as_table();
    if (key.str() != "models" || !models)
      return root.wrong(value, fmt::format("{} is not known; expected [models.NAME]", quote(key.str())));
    for (const auto& [name, entry] : *models) {
      const toml::table* table = entry.as_table();
      if (!table) return root.wrong(entry, "a model should be a table: [models.NAME]");
      TRY(ModelSettings settings, read_section(Section(*table, source)));
      all.emplace_back(std::string(name.str()), std::move(settings));
    }
  }
  return all;
}

Result<std::vector<std::pair<std::string, ModelSettings>>> read_all_settings() {
  std::filesystem::path file = hearth_settings();
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return std::vector<std::pair<std::string, ModelSettings>>();
  TRY(std::string text, read_file(file, kMostSettings));
  return parse_settings(text, file.string());
}

Result<std::optional<ModelSettings>> read_model_settings(const std::string& name) {
  TRY(auto all, read_all_settings());
  for (auto& [key, settings] : all) {
    if (key == name) return std::optional(std::move(settings));
  }
  return std::optional<ModelSettings>();
}

std::string settings_text(const std::string& name, const ModelSettings& settings) {
  std::string key = toml_text(name);
  std::string text = fmt::format("[models.{}]\n", key);
  auto line = [&](const char* what, const std::string& value) {
    if (!value.empty()) text += fmt::format("{} = {}\n", what, toml_text(value));
  };
  line("model", settings.model);
  line("system", settings.system);
  line("template", settings.chat_template);
  if (settings.context > 0) text += fmt::format("context = {}\n", settings.context);
  if (settings.tokens >= 0) text += fmt::format("tokens = {}\n", settings.tokens);
  std::string stops;
  for (const std::string& stop : settings.stops) stops += (stops.empty() ? "" : ", ") + toml_text(stop);
  if (!stops.empty()) text += fmt::format("stop = [{}]\n", stops);
  std::string sampling;
#define X(sampler, type, parameter, fallback, least, most, key, what) \
  if (settings.sampling.parameter)                                    \
    sampling +=                                                       \
        fmt::format(#parameter " = {}\n", number_text(static_cast<double>(*settings.sampling.parameter)));
  HEARTH_SAMPLING_PARAMETERS(X)
#undef X
  if (settings.sampling.seed) sampling += fmt::format("seed = {}\n", *settings.sampling.seed);
  if (!sampling.empty()) text += fmt::format("[models.{}.sampling]\n{}", key, sampling);
  return text;
}

Status add_model_settings(const std::filesystem::path& file, const std::string& name,
                          const ModelSettings& settings) {
  std::error_code failed;
  std::string text;
  if (std::filesystem::exists(file, failed)) {
    TRY(text, read_file(file, kMostSettings));
    TRY(auto all, parse_settings(text, file.string()));
    for (const auto& [key, ignored] : all) {
      if (key == name) return fail("{}: has {} already", file.string(), quote(name));
    }
    if (!text.empty()) text += text.ends_with('\n') ? "\n" : "\n\n";
  }
  if (!file.parent_path().empty()) std::filesystem::create_directories(file.parent_path(), failed);
  TRY(AtomicFile out, AtomicFile::create(file));
  TRY_STATUS(out.write(text + settings_text(name, settings)));
  return out.commit();
}

}  // namespace hearth
