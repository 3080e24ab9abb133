#include "model/checkpoint/checkpoint.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "formats/gguf_keys.h"
#include "graph/checkpoint_binding.h"
#include "graph/library.h"
#include "graph/source.h"
#include "model/checkpoint/checkpoint_metadata.h"
#include "model/checkpoint/checkpoint_tensors.h"
#include "model/checkpoint/produce.h"
#include "model/definition.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kLargestGroup = int64_t{1} << 30;
constexpr uint64_t kOutlined = 1 << 20;  // elements: no bias has more

Result<int64_t> number_in(const Json& object, std::string_view name, int64_t otherwise) {
  auto at = object.find(name);
  if (at == object.end() || at->is_null()) return otherwise;
  if (!at->is_number_integer() || at->get<double>() < -1 || at->get<double>() > kLargestGroup)
    return fail("config.json says quantization_config.{} = {}; a whole number is expected", name,
                escape(at->dump(), 60));
  return at->get<int64_t>();
}

std::string text_in(const Json& object, std::string_view name) {
  auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

Result<Quantization> read_quantization(const ConfigJson& config) {
  Quantization quantization;
  const Json* said = config.find("quantization_config");
  if (!said) said = config.find("compression_config");
  if (!said) return quantization;
  if (!said->is_object()) return fail("config.json says quantization_config, which is not an object");
  quantization.method = text_in(*said, "quant_method");
  static constexpr std::string_view kMethods[] = {"fp8", "gptq", "awq", "compressed-tensors", "mxfp4"};
  if (std::find(std::begin(kMethods), std::end(kMethods), quantization.method) == std::end(kMethods)) {
    return fail("quant_method {} is not supported; convert from the original checkpoint",
                quantization.method.empty() ? "(not said)" : escape(quantization.method, 60));
  }
  auto refuse = [&](std::string_view key, std::initializer_list<std::string_view> known) -> Status {
    std::string value = text_in(*said, key);
    if (value.empty() || std::find(known.begin(), known.end(), value) != known.end()) return {};
    return fail("quant_method {} with {} {} is not supported; convert from the original checkpoint",
                quantization.method, key, escape(value, 60));
  };
  TRY(quantization.bits, number_in(*said, "bits", 4));
  if (quantization.method == "awq") {
    TRY(quantization.bits, number_in(*said, "w_bit", quantization.bits));
    TRY_STATUS(refuse("version", {"gemm", "GEMM"}));
  }
  TRY(quantization.group_size, number_in(*said, "group_size", 0));
  if (quantization.method == "gptq") {
    TRY_STATUS(refuse("checkpoint_format", {"gptq", "gptq_v2"}));
    quantization.zero_is_one_less = text_in(*said, "checkpoint_format") != "gptq_v2";
  }
  if (auto blocks = said->find("weight_block_size"); blocks != said->end() && !blocks->is_null()) {
    bool two =
        blocks->is_array() && blocks->size() == 2 &&
        std::all_of(blocks->begin(), blocks->end(), [](const Json& n) {
          return n.is_number_unsigned() && n.get<uint64_t>() >= 1 && n.get<uint64_t>() <= kLargestGroup;
        });
    if (!two)
      return fail("config.json says quantization_config.weight_block_size = {}; two sizes are expected",
                  escape(blocks->dump(), 60));
    quantization.block_rows = (*blocks)[0].get<int64_t>();
    quantization.block_columns = (*blocks)[1].get<int64_t>();
  }
  return quantization;
}

// The first of the names that architectures of the library have; a class says more than a model type.
Result<std::vector<arch::Architecture>> find_candidates(const ConfigJson& config) {
  std::vector<std::string> names = config.classes();
  for (const std::string& name : names) {
    TRY(auto found, architectures_of_class(name));
    // A part that makes rows for a text model is not one.
    std::erase_if(found, [](const arch::Architecture& each) { return !each.graph(""); });
    if (!found.empty()) return found;
  }
  for (std::string& name : names) name = escape(name, 60);
  return fail(
      "config.json says that this is {}, which no architecture of this build describes (hearth arch list "
      "shows "
      "them); give its definition with --arch FILE",
      names.empty() ? "nothing, neither architectures nor model_type"
                    : fmt::format("{}", fmt::join(names, ", ")));
}

// What the parts of a multimodal checkpoint that are not its text model are called.
bool belongs_to_tower(std::string_view tensor) {
  static constexpr std::string_view kParts[] = {
      "vision_tower", "vision_model", "visual",    "audio_tower", "multi_modal_projector",
      "embed_vision", "mm_projector", "connector", "embed_audio"};
  if (tensor.starts_with("model.")) tensor.remove_prefix(6);
  std::string_view part = tensor.substr(0, tensor.find('.'));
  return std::find(std::begin(kParts), std::end(kParts), part) != std::end(kParts);
}

// What nobody read may have switched something on.
Status judge_unread(const ConfigJson& config, const arch::Architecture& architecture) {
  const std::string& file = architecture.sources.front()->name;
  for (const auto& unread : config.unread(architecture)) {
    bool known = unread.scaling;
    if (!known) { TRY(known, is_read_somewhere(unread.path)); }
    std::string said = fmt::format("config.json says {} = {}", escape(unread.path, 60), unread.value);
    if (known) return fail("{}, which {} does not know", said, file);
    log_warning("{}, which no architecture knows", said);
  }
  return {};
}

}  // namespace

Checkpoint::~Checkpoint() = default;

bool is_checkpoint(const std::filesystem::path& path) {
  std::error_code failed;
  return std::filesystem::is_directory(path, failed);
}

Result<ModelFile::OfCheckpoint> checkpoint_outline(const std::filesystem::path& folder,
                                                   const std::optional<std::filesystem::path>& arch_file) {
  struct Outline {
    std::unique_ptr<Checkpoint> checkpoint;
    std::vector<std::vector<std::byte>> data;
    std::vector<StoredTensor> tensors;
  };
  auto outline = std::make_shared<Outline>();
  TRY(outline->checkpoint, Checkpoint::open(folder, arch_file));
  const Checkpoint& checkpoint = *outline->checkpoint;
  ThreadPool threads(1);
  for (const Checkpoint::Tensor& tensor : checkpoint.tensors()) {
    TRY(TensorSize size, tensor_size(tensor.type, tensor.shape));
    outline->tensors.push_back({tensor.name, tensor.type, tensor.shape, size.elements, 0, 0, {}});
    if (size.elements > kOutlined) continue;
    auto& data = outline->data.emplace_back();
    TRY_STATUS(
        checkpoint.write(tensor, tensor.type, threads, [&](std::span<const std::byte> piece) -> Status {
          data.insert(data.end(), piece.begin(), piece.end());
          return {};
        }));
    outline->tensors.back().data = data;
  }
  return ModelFile::OfCheckpoint{ModelFile(outline, checkpoint.metadata(), outline->tensors),
                                 checkpoint.architecture()};
}

bool is_config_alone(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path / "config.json", failed)) return false;
  for (std::filesystem::directory_iterator at(path, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() == kSafetensorsExtension) return false;
  }
  return !failed;
}

Result<std::unique_ptr<Checkpoint>> Checkpoint::open(const std::filesystem::path& folder,
                                                     const std::optional<std::filesystem::path>& arch_file) {
  TRY(ConfigJson config, ConfigJson::read(folder));
  TRY(SafetensorsFile files, SafetensorsFile::open(folder));
  return make(folder.string(), std::move(config), std::move(files), arch_file, folder);
}

Result<std::unique_ptr<Checkpoint>> Checkpoint::parse(std::string_view config,
                                                      std::span<const std::byte> tensors,
                                                      std::string_view name) {
  auto json = ConfigJson::parse(config);
  if (!json.ok()) return within(name, std::move(json).error());
  TRY(SafetensorsFile files, SafetensorsFile::parse(tensors, name));
  return make(std::string(name), *std::move(json), std::move(files), std::nullopt, std::nullopt);
}

Result<std::unique_ptr<Checkpoint>> Checkpoint::make(std::string name, ConfigJson config,
                                                     SafetensorsFile files,
                                                     const std::optional<std::filesystem::path>& arch_file,
                                                     const std::optional<std::filesystem::path>& folder) {
  std::unique_ptr<Checkpoint> checkpoint(new Checkpoint());
  checkpoint->name_ = std::move(name);
  checkpoint->config_ = std::make_unique<ConfigJson>(std::move(config));
  checkpoint->files_ = std::make_unique<SafetensorsFile>(std::move(files));
  std::optional<arch::Architecture> own;
  if (arch_file) { TRY(own, read_architecture(*arch_file)); }
  Status status = checkpoint->bind(std::move(own), folder);
  if (status.ok()) return checkpoint;
  // Only who wrote the architecture's text wants to see it in a message.
  Error error = within(checkpoint->name_, std::move(status).error());
  return arch_file ? error : arch::first_line(error);
}

Result<std::string> Checkpoint::check_config(const std::filesystem::path& folder,
                                             const std::optional<std::filesystem::path>& arch_file) {
  Checkpoint alone;
  TRY(ConfigJson json, ConfigJson::read(folder));
  alone.config_ = std::make_unique<ConfigJson>(std::move(json));
  alone.files_ = std::make_unique<SafetensorsFile>();
  auto check = [&]() -> Status {
    std::optional<arch::Architecture> own;
    if (arch_file) { TRY(own, read_architecture(*arch_file)); }
    TRY_STATUS(alone.describe(std::move(own)));
    arch::CheckpointConfig config(alone.architecture_, *alone.source_);
    TRY_STATUS(config.check());
    config.mention_transforms();
    TRY_STATUS(judge_unread(*alone.config_, alone.architecture_));
    return config.check_tellable();
  };
  Status status = check();
  if (status.ok()) return alone.architecture_.name.text;
  Error error = within(folder.string(), std::move(status).error());
  return arch_file ? error : arch::first_line(error);
}

// Whose it is, and what its tensors are called there.
Status Checkpoint::describe(std::optional<arch::Architecture> own) {
  TRY(quantization_, read_quantization(*config_));
  if (own) {
    architecture_ = *std::move(own);
  } else {
    TRY(architecture_, choose_architecture());
  }
  source_ = std::make_unique<CheckpointTensors>(*config_, *files_, quantization_, architecture_);
  return {};
}

Status Checkpoint::bind(std::optional<arch::Architecture> own,
                        const std::optional<std::filesystem::path>& folder) {
  TRY_STATUS(describe(std::move(own)));
  arch::CheckpointConfig config(architecture_, *source_);
  TRY_STATUS(config.check());
  arch::CheckpointBinding binding(architecture_, *source_, config);
  TRY_STATUS(binding.find_all());
  TRY_STATUS(leave_to_other_parts(binding.undeclared()));
  auto adapters = std::count_if(files_->tensors().begin(), files_->tensors().end(), [](const auto& tensor) {
    return tensor.name.find(".lora_") != std::string_view::npos;
  });
  if (adapters > 0)
    log_warning("{}: {} tensors are of adapters that its tasks have; they are left out", name_, adapters);
  TRY_STATUS(judge_unread(*config_, architecture_));
  TRY_STATUS(config.check_tellable());

  for (arch::Made& made : binding.made()) {
    auto shape = gguf_written_shape(made.tensor, {made.shape.begin(), made.shape.end()});
    TRY(Type type, exact_type(made.recipe, *source_));
    if (!row_bytes(type, shape.empty() ? 1 : shape.back())) type = Type::f32;
    tensors_.push_back({std::move(made.tensor), std::move(shape), type, std::move(made.recipe)});
  }
  describe_model(name_, architecture_, tensors_, store_);
  if (folder) TRY_STATUS(describe_pooling(*folder, config_->classes(), architecture_, store_));
  TRY_STATUS(describe_entries(architecture_, config, store_));
  if (folder) TRY_STATUS(describe_text(*folder, store_));
  TRY(metadata_, store_.view(name_));
  return {};
}

// Section 5.4 of the language, as far as it goes: towers cannot be run, so a text model can do without theirs.
Status Checkpoint::leave_to_other_parts(std::vector<std::string> names) const {
  size_t all = names.size();
  if (config_->find("vision_config") || config_->find("audio_config")) {
    std::erase_if(
        names, [&](const std::string& name) { return belongs_to_tower(source_->stored_tensor(name)->name); });
  }
  if (!names.empty()) return arch::undeclared_error(architecture_.sources.front()->name, std::move(names));
  if (all > 0)
    log_warning(
        "{}: {} tensors belong to parts that see or hear, which this build cannot run; the text part is used",
        name_, all);
  return {};
}

// Where one class has several architectures, their requirements tell which is meant.
Result<arch::Architecture> Checkpoint::choose_architecture() {
  TRY(auto candidates, find_candidates(*config_));
  for (size_t i = 0; i + 1 < candidates.size(); ++i) {
    CheckpointTensors source(*config_, *files_, quantization_, candidates[i]);
    if (arch::CheckpointConfig(candidates[i], source).check().ok()) return std::move(candidates[i]);
  }
  return std::move(candidates.back());
}

Status Checkpoint::write(const Tensor& tensor, Type type, ThreadPool& threads, const Sink& sink) const {
  int64_t row = tensor.shape.empty() ? 1 : static_cast<int64_t>(tensor.shape.back());
  RowEncoder encoder(type, row, threads, sink);
  Status status = produce(tensor.recipe, *source_, [&](const Array& array) { return encoder.add(array); });
  if (status.ok()) status = encoder.finish();
  if (!status.ok()) return within(tensor.name, std::move(status).error());
  return {};
}

std::optional<std::span<const std::byte>> Checkpoint::in_place(const Tensor& tensor, Type type) const {
  const Recipe& recipe = tensor.recipe;
  if (recipe.kind != Recipe::Kind::stored || !recipe.steps.empty()) return std::nullopt;
  auto logical = source_->logical(recipe.tensor, recipe.bias);
  if (!logical.ok() || logical->kind != LogicalTensor::Kind::plain || logical->parts[0]->type != type)
    return std::nullopt;
  return logical->parts[0]->data;
}

}  // namespace hearth
