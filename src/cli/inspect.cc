// hearth inspect: what a model file, or a set of them, holds.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/human.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "formats/gguf.h"
#include "formats/json.h"
#include "formats/safetensors.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

// A model file of either format, as it is shown.
struct Inspected {
  struct File {
    std::string name;
    uint64_t bytes;
    uint64_t data_offset;
  };
  std::shared_ptr<const void> owner;  // what the views below look into
  std::string format;
  std::optional<uint32_t> version;
  std::string architecture;  // empty: it does not say
  std::optional<uint64_t> context;
  std::vector<GgufMetadata::Entry> metadata;
  std::span<const StoredTensor> tensors;
  bool innermost_first = false;  // how the format writes shapes
  std::vector<File> files;

  uint64_t parameters() const {
    return sum([](const StoredTensor& tensor) { return tensor.elements; });
  }
  uint64_t tensor_bytes() const {
    return sum([](const StoredTensor& tensor) { return tensor.data.size(); });
  }
  uint64_t file_bytes() const {
    uint64_t bytes = 0;
    for (const File& file : files) bytes += file.bytes;
    return bytes;
  }
  std::vector<uint64_t> shape(const StoredTensor& tensor) const {
    std::vector<uint64_t> shape = tensor.shape;
    if (innermost_first) std::reverse(shape.begin(), shape.end());
    return shape;
  }

  template <class T>
  std::optional<T> value(std::string_view key) const {
    auto entry = std::find_if(metadata.begin(), metadata.end(), [&](const auto& e) { return e.key == key; });
    return entry == metadata.end() ? std::nullopt : gguf_as<T>(entry->value);
  }

 private:
  template <class Number>
  uint64_t sum(Number number) const {
    uint64_t total = 0;
    for (const StoredTensor& tensor : tensors) total += number(tensor);
    return total;
  }
};

Result<Inspected> open_gguf(const std::filesystem::path& path) {
  TRY(GgufFile opened, GgufFile::open(path));
  auto file = std::make_shared<GgufFile>(std::move(opened));
  Inspected model;
  model.format = "gguf";
  model.version = file->version();
  model.metadata.assign(file->metadata().entries().begin(), file->metadata().entries().end());
  model.tensors = file->tensors();
  model.innermost_first = true;
  for (const auto& part : file->parts()) model.files.push_back({part.name, part.bytes, part.data_offset});
  model.architecture = model.value<std::string_view>("general.architecture").value_or("");
  model.context = model.value<uint64_t>(model.architecture + ".context_length");
  model.owner = std::move(file);
  return model;
}

// What config.json beside the tensors says; a file or folder without one says nothing.
Status read_config(const std::filesystem::path& folder, Inspected& model) {
  std::error_code failed;
  auto path = folder / "config.json";
  if (!std::filesystem::exists(path, failed)) return {};
  TRY(std::string text, read_file(path, 16 << 20));
  auto config = parse_json(text);
  if (!config.ok()) return within(path.string(), std::move(config).error());
  if (!config->is_object()) return fail("{}: is not an object", path.string());
  if (auto type = config->find("model_type"); type != config->end() && type->is_string()) {
    model.architecture = type->get<std::string>();
  } else if (auto classes = config->find("architectures"); classes != config->end() && classes->is_array() &&
                                                           !classes->empty() &&
                                                           classes->front().is_string()) {
    model.architecture = classes->front().get<std::string>();
  }
  if (auto length = config->find("max_position_embeddings");
      length != config->end() && length->is_number_unsigned()) {
    model.context = length->get<uint64_t>();
  }
  return {};
}

Result<Inspected> open_safetensors(const std::filesystem::path& path, bool is_folder) {
  TRY(SafetensorsFile opened, SafetensorsFile::open(path));
  auto file = std::make_shared<SafetensorsFile>(std::move(opened));
  Inspected model;
  model.format = "safetensors";
  for (const auto& [key, text] : file->metadata()) model.metadata.push_back({key, std::string_view(text)});
  model.tensors = file->tensors();
  for (const auto& part : file->parts()) model.files.push_back({part.name, part.bytes, part.data_offset});
  TRY_STATUS(read_config(is_folder ? path : path.parent_path(), model));
  model.owner = std::move(file);
  return model;
}

Result<Inspected> open_model(const std::filesystem::path& path) {
  std::error_code failed;
  bool is_folder = std::filesystem::is_directory(path, failed);
  std::string name = path.filename().string();
  bool safetensors =
      is_folder || name.ends_with(kSafetensorsExtension) || name.ends_with(kSafetensorsIndexExtension);
  return safetensors ? open_safetensors(path, is_folder) : open_gguf(path);
}

// JSON has no numbers that are not finite: they become the strings that Python and JavaScript call them by.
Json json_of(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

Json json_of(const GgufValue& value) {
  return std::visit(
      [](const auto& held) -> Json {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, GgufArray>) {
          Json::array_t elements;
          elements.reserve(held.size());
          for (uint64_t i = 0; i < held.size(); ++i) elements.push_back(json_of(held.at(i)));
          return elements;
        } else if constexpr (std::is_floating_point_v<Held>) {
          return json_of(static_cast<double>(held));
        } else {
          return held;
        }
      },
      value);
}

std::string inspected_json(const Inspected& model) {
  Json::object_t metadata;  // filled at its end: looking each key up would take quadratic time
  for (const auto& [key, value] : model.metadata) metadata.push_back({std::string(key), json_of(value)});
  Json::array_t tensors, files;
  for (const StoredTensor& tensor : model.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"type", info(tensor.type).name},
                       {"shape", model.shape(tensor)},
                       {"offset", tensor.offset},
                       {"bytes", tensor.data.size()}});
    if (model.files.size() > 1) tensors.back()["file"] = tensor.part;
  }
  for (const Inspected::File& file : model.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"data_offset", file.data_offset}});
  }
  Json document = {{"format", model.format},
                   {"version", model.version ? Json(*model.version) : Json()},
                   {"architecture", model.architecture.empty() ? Json() : Json(model.architecture)},
                   {"metadata", std::move(metadata)},
                   {"tensors", std::move(tensors)},
                   {"parameters", model.parameters()},
                   {"bytes", model.tensor_bytes()},
                   {"files", std::move(files)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

constexpr size_t kNameWidth = 96;   // of a key or tensor; longer ones are cut
constexpr size_t kValueWidth = 72;  // of a value
constexpr uint64_t kElements = 8;   // of an array that are shown

std::string type_text(const GgufValue& value) {
  auto* array = std::get_if<GgufArray>(&value);
  if (!array) return std::string(gguf_type_name(gguf_type(value)));
  return fmt::format("{}[{}]", gguf_type_name(array->type()), grouped(array->size()));
}

// Strings are quoted and cut, of an array as many elements as fit in a line.
std::string value_text(const GgufValue& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, GgufArray>) {
          std::string out;
          for (uint64_t i = 0; i < held.size(); ++i) {
            std::string element = value_text(held.at(i));
            if (i == kElements || out.size() + element.size() > kValueWidth)
              return out + (i ? ", ..." : "...");
            out += (i ? ", " : "") + element;
          }
          return out;
        } else if constexpr (std::is_same_v<Held, std::string_view>) {
          return quote(held, kValueWidth - 4);
        } else {
          return fmt::format("{}", held);
        }
      },
      value);
}

std::string summary_text(const Inspected& model) {
  Table table("<<");
  auto add = [&](const char* what, std::string text) { table.add({what, std::move(text)}); };
  auto name = [&](std::string_view key) { return model.value<std::string_view>(key); };
  add("format", model.version ? fmt::format("GGUF {}", *model.version) : "safetensors");
  if (model.files.size() > 1) add("files", grouped(model.files.size()));
  add("architecture", model.architecture.empty() ? "not said" : escape(model.architecture, kNameWidth));
  if (auto text = name("general.name")) add("name", escape(*text, kNameWidth));
  if (auto text = name("general.license")) add("license", escape(*text, kNameWidth));
  uint64_t parameters = model.parameters(), bytes = model.tensor_bytes();
  if (parameters > 0) {
    add("parameters", human_count(parameters));
    add("weights", fmt::format("{}, {:.2f} bits per parameter", human_bytes(bytes),
                               8 * static_cast<double>(bytes) / static_cast<double>(parameters)));
  }
  add("size", human_bytes(model.file_bytes()));
  if (model.context) add("context", grouped(*model.context) + " tokens");
  if (auto tokenizer = name("tokenizer.ggml.model")) {
    std::string text = escape(*tokenizer, kNameWidth);
    if (auto pre = name("tokenizer.ggml.pre")) text += fmt::format(" ({})", escape(*pre, kNameWidth));
    if (auto tokens = model.value<std::span<const std::string_view>>("tokenizer.ggml.tokens")) {
      text += fmt::format(", {} tokens", grouped(tokens->size()));
    }
    add("tokenizer", std::move(text));
  }
  if (auto text = name("tokenizer.chat_template")) {
    add("chat template", fmt::format("{} characters", grouped(text->size())));
  }
  return table.text("");
}

std::string types_text(const Inspected& model) {
  struct Share {
    uint64_t tensors = 0, bytes = 0;
  };
  std::map<Type, Share> shares;
  for (const StoredTensor& tensor : model.tensors) {
    ++shares[tensor.type].tensors;
    shares[tensor.type].bytes += tensor.data.size();
  }
  std::vector<std::pair<Type, Share>> rows(shares.begin(), shares.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  Table table("<>>>");
  for (const auto& [type, share] : rows) {
    table.add({std::string(info(type).name), grouped(share.tensors), human_bytes(share.bytes),
               percent(share.bytes, model.tensor_bytes())});
  }
  return table.text();
}

std::string metadata_text(const Inspected& model) {
  Table table("<<<");
  for (const auto& [key, value] : model.metadata)
    table.add({escape(key, kNameWidth), type_text(value), value_text(value)});
  return table.text();
}

std::string tensors_text(const Inspected& model) {
  Table table("<<<>");
  for (const StoredTensor& tensor : model.tensors) {
    table.add({escape(tensor.name, kNameWidth), std::string(info(tensor.type).name),
               shape_text(model.shape(tensor)), human_bytes(tensor.data.size())});
  }
  return table.text();
}

std::string human_text(const Inspected& model, bool with_tensors) {
  std::string out = escape(model.files.front().name) + "\n\n" + summary_text(model);
  auto section = [&](std::string_view title, std::string text) {
    if (!text.empty()) out += fmt::format("\n{}\n{}", title, text);
  };
  section(fmt::format("{} tensors", grouped(model.tensors.size())), types_text(model));
  section("metadata", metadata_text(model));
  if (with_tensors)
    section(fmt::format("tensors ({})",
                        model.innermost_first ? "innermost dimension first" : "outermost dimension first"),
            tensors_text(model));
  return out;
}

constexpr const char* kNotes = R"(
In the JSON document:
  shape     is in the order of the file: GGUF's innermost dimension first, safetensors' outermost first
  offset    counts from where the data of its file begins: "data_offset" under "files"
  bytes     is what the tensors take, without headers and padding
  metadata  Floats that are not finite are the strings "NaN", "Infinity" and "-Infinity"; bytes that
            are not UTF-8 are U+FFFD.)";

}  // namespace

void inspect_command(CLI::App& app) {
  add_command(app, "inspect", "Show what a model file holds", "hearth inspect model.gguf --tensors",
              [](CLI::App& command) {
                struct InspectOptions {
                  std::string path;
                  bool json = false, tensors = false;
                };
                auto options = std::make_shared<InspectOptions>();
                command
                    .add_option("FILE", options->path,
                                "a .gguf file (of a split set, the first), a .safetensors file, the folder "
                                "of a checkpoint, or a model's name")
                    ->required();
                command.add_flag("--tensors", options->tensors, "list every tensor");
                command.add_flag("--json", options->json, "print everything as one JSON document");
                command.footer(command.get_footer() + "\n" + kNotes);
                return [options]() -> Status {
                  TRY(std::string path, find_model_path(options->path));
                  TRY(Inspected model, open_model(path));
                  return print(options->json ? inspected_json(model) : human_text(model, options->tensors));
                };
              });
}

}  // namespace hearth
