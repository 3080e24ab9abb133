// What Ollama says about a model, as settings: the parameters of a registry, and the file that `ollama create`
// reads. What has no counterpart here is an error or, where the model's own file says the same, a warning.
#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "base/text.h"
#include "cli/model_settings.h"
#include "formats/json.h"

namespace hearth {

namespace {

// Of Ollama's machinery: how it computes, not what.
constexpr std::string_view kMachinery[] = {"num_gpu",   "num_thread", "num_batch", "num_keep", "use_mmap",
                                           "use_mlock", "main_gpu",   "low_vram",  "numa",     "f16_kv"};

Status set_parameter(ModelSettings& settings, std::string_view name, double value) {
  if (std::ranges::find(kMachinery, name) != std::end(kMachinery)) return {};
  if (name == "num_ctx") {
    if (!(value >= 1 && value < 1e9)) return fail("num_ctx is {}, expected a number of tokens", value);
    settings.context = static_cast<int64_t>(value);
    return {};
  }
  if (name == "num_predict") {
    settings.tokens = value < 0 || value > 1e9 ? -1 : static_cast<int64_t>(value);
    return {};
  }
  return set_sampling(settings.sampling, name, value);
}

bool parse_number(std::string_view text, double& value) {
  auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  return error == std::errc() && end == text.end();
}

// Instructions, each with its arguments: to the end of the line, or between quotes of one or three.
class ModelfileReader {
 public:
  ModelfileReader(std::string_view text, std::string source) : text_(text), source_(std::move(source)) {}

  Result<ModelSettings> read() {
    ModelSettings settings;
    while (skip_blank_lines()) {
      std::string name = word();
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (Status status = instruction(name, settings); !status.ok())
        return fail("{}:{}: {}", source_, line_, status.error().message);
    }
    if (settings.model.empty()) return fail("{}: has no FROM, which names the model", source_);
    return settings;
  }

 private:
  Status instruction(const std::string& name, ModelSettings& settings) {
    if (name == "FROM") {
      TRY(settings.model, argument());
    } else if (name == "SYSTEM") {
      TRY(settings.system, argument());
    } else if (name == "PARAMETER") {
      std::string parameter = word();
      TRY(std::string value, argument());
      if (parameter == "stop") {
        settings.stops.push_back(std::move(value));
        return {};
      }
      double number = value == "true" ? 1 : 0;
      if (value != "true" && value != "false" && !parse_number(value, number))
        return fail("{} is {}, expected a number", parameter, quote(value));
      return set_parameter(settings, parameter, number);
    } else if (name == "TEMPLATE") {
      TRY(std::string ignored, argument());
      log_warning("{}:{}: TEMPLATE is in Go's language, which is not read: the model's own template is used",
                  source_, line_);
    } else if (name == "LICENSE" || name == "REQUIRES" || name == "RENDERER" || name == "PARSER") {
      TRY(std::string ignored, argument());
    } else if (name == "ADAPTER" || name == "MESSAGE") {
      return fail("{} is not supported", name);
    } else {
      return fail("{} is no instruction; expected FROM, PARAMETER, SYSTEM, TEMPLATE or LICENSE", quote(name));
    }
    return {};
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  // False: nothing follows.
  bool skip_blank_lines() {
    while (at_ < text_.size()) {
      skip_blanks();
      if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (peek() == '\r') ++at_;
      if (peek() != '\n') break;
      ++at_;
      ++line_;
    }
    return at_ < text_.size();
  }
  std::string word() {
    skip_blanks();
    size_t end = std::min(text_.find_first_of(" \t\r\n", at_), text_.size());
    std::string word(text_.substr(at_, end - at_));
    at_ = end;
    return word;
  }
  Result<std::string> argument() {
    skip_blanks();
    for (std::string_view mark : {"\"\"\"", "\""}) {
      if (!text_.substr(at_).starts_with(mark)) continue;
      size_t begin = at_ + mark.size(), end = text_.find(mark, begin);
      if (end == text_.npos) return fail("the text that begins with {} does not end", mark);
      std::string value(text_.substr(begin, end - begin));
      line_ += static_cast<int>(std::count(value.begin(), value.end(), '\n'));
      at_ = end + mark.size();
      return value;
    }
    size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string value(text_.substr(at_, end - at_));
    at_ = end;
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.pop_back();
    if (value.empty()) return fail("something should follow");
    return value;
  }

  std::string_view text_;
  std::string source_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

Status read_ollama_parameters(std::string_view json, ModelSettings& settings) {
  TRY(auto parsed, parse_json(json));
  if (!parsed.is_object()) return fail("the parameters are no object");
  for (const auto& [name, value] : parsed.items()) {
    if (name == "stop" && value.is_array()) {
      for (const auto& stop : value) {
        if (!stop.is_string()) return fail("a stop string is no text");
        settings.stops.push_back(stop.get<std::string>());
      }
    } else if (value.is_number()) {
      TRY_STATUS(set_parameter(settings, name, value.get<double>()));
    } else if (!value.is_boolean()) {
      return fail("the parameter {} is {}", quote(name), quote(value.dump()));
    }
  }
  return {};
}

Result<ModelSettings> parse_modelfile(std::string_view text, const std::string& source) {
  return ModelfileReader(text, source).read();
}

}  // namespace hearth
