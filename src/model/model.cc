#include "model/model.h"

#include <algorithm>

#include "graph/gguf_config.h"
#include "graph/plan.h"
#include "graph/source.h"
#include "graph/trace.h"
#include "graph/wanted.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/type_rule.h"
#include "model/checkpoint_tokenizer.h"
#include "model/definition.h"
#include "model/gguf_facts.h"
#include "model/numbers.h"
#include "model/vocabulary.h"

namespace hearth {

namespace {
constexpr double kMostTokens = 1 << 30;

Result<Plan> plan_of(Graph graph) {
  drop_unused(graph);
  compute_wanted_rows(graph);
  return make_plan(graph);
}

// Only who wrote the architecture's text wants to see it in a message.
Result<std::shared_ptr<const Model>> told(const ModelOptions& options,
                                          Result<std::shared_ptr<const Model>> model) {
  if (model.ok() || options.arch_file) return model;
  return arch::first_line(model.error());
}

}  // namespace

Result<std::shared_ptr<const Model>> Model::load(const std::filesystem::path& path,
                                                 const ModelOptions& options) {
  if (is_checkpoint(path)) {
    TRY(auto opened, ModelFile::open_checkpoint(path, options.arch_file, options.type));
    return told(options,
                make(std::move(opened.file), path.string(), std::move(opened.architecture), path, options));
  }
  TRY(GgufFile file, GgufFile::open(path));
  return make(std::move(file), path.string(), options);
}

Result<std::shared_ptr<const Model>> Model::parse(std::span<const std::byte> bytes, std::string_view name,
                                                  const ModelOptions& options) {
  TRY(GgufFile file, GgufFile::parse(bytes, name));
  return make(std::move(file), std::string(name), options);
}

Result<std::shared_ptr<const Model>> Model::make(GgufFile file, std::string name,
                                                 const ModelOptions& options) {
  if (options.type != kAutoType)
    return fail("{}: its tensors are used as they are; hearth quantize makes a file with others", name);
  auto architecture = find_architecture(file.metadata(), options.arch_file);
  if (!architecture.ok()) {
    // A message about an .arch file says where it is by itself.
    return options.arch_file ? std::move(architecture).error()
                             : within(name, std::move(architecture).error());
  }
  return told(options, make(ModelFile(std::move(file)), std::move(name), *std::move(architecture),
                            std::nullopt, options));
}

Result<std::shared_ptr<const Model>> Model::make(ModelFile file, std::string name,
                                                 arch::Architecture architecture,
                                                 const std::optional<std::filesystem::path>& folder,
                                                 const ModelOptions& options) {
  std::shared_ptr<Model> model(new Model(std::move(file)));
  model->name_ = std::move(name);
  model->folder_ = folder;
  model->architecture_ = std::move(architecture);
  if (Status status = model->bind(options); !status.ok())
    return within(model->name_, std::move(status).error());
  return std::shared_ptr<const Model>(std::move(model));
}

// What nobody would read must not seem to have been said.
Status Model::check_overrides(const MetadataOverrides& overrides) const {
  for (const auto& [key, value] : overrides) {
    std::string_view row = key;
    if (row.starts_with("rope.scaling.")) row = "rope.scaling";
    bool known = std::any_of(architecture_.entries.begin(), architecture_.entries.end(),
                             [&](const arch::Entry& entry) { return entry.gguf == row; });
    if (!known)
      return fail("{} cannot be set: the architecture {} has no {}", key, architecture_.name.text, row);
  }
  return {};
}

Status Model::bind(const ModelOptions& options) {
  TRY_STATUS(check_overrides(options.overrides));
  TRY(GgufFacts facts, GgufFacts::make(file_, options.overrides));
  arch::GgufConfig config(architecture_, facts);
  arch::GgufBinding binding(architecture_, facts, config);
  TRY_STATUS(config.check());
  TRY_STATUS(binding.check());
  std::vector<std::string_view> graphs = {""};
  if (architecture_.graph("encoder")) graphs = {"encoder", ""};
  TRY(std::optional<Pooling> pooling, pooling_of(config));
  if (options.pooling) pooling = options.pooling;
  // A model that ranks gives the scores that are made of its embeddings.
  if (pooling == Pooling::rank && architecture_.graph("score"))
    graphs.push_back("score");
  else if (options.embeds && pooling == Pooling::rank)
    return fail("it has no graph of scores, so it cannot rank");
  TRY(std::vector<Graph> traced, arch::trace(architecture_, config, binding, graphs));
  graph_ = std::move(traced.back());
  traced.pop_back();
  if (options.embeds) {
    if (!traced.empty()) return fail("it is an encoder-decoder model, and makes no embeddings");
    TRY_STATUS(give_embeddings(graph_, pooling == Pooling::none ? options.pooling : pooling));
  }
  std::vector<Graph> drafting;
  TRY(int64_t drafts, arch::count_drafts(architecture_, config, binding));
  if (drafts > 0 && !options.embeds) {
    graphs.insert(graphs.end(), static_cast<size_t>(drafts), "draft");
    TRY(drafting, arch::trace(architecture_, config, binding, graphs));
  }

  // All graphs are traced, so all weights of the file are numbered: those of additions come behind them.
  TRY(auto name, file_.metadata().get<std::string_view>("general.architecture"));
  TRY(additions_, Additions::read(options.additions, {architecture_, config, binding, name},
                                  static_cast<WeightId>(binding.weights().size())));
  adapters_ = options.additions.adapters;
  auto plan_with_additions = [&](Graph& graph, bool plain) -> Result<Plan> {
    TRY_STATUS(additions_->apply(graph, plain));
    return plan_of(graph);
  };
  TRY(plan_, plan_with_additions(graph_, true));
  if (!traced.empty()) { TRY(encoder_, plan_with_additions(traced.front(), false)); }
  if (!drafting.empty()) {
    drafting_.emplace();
    TRY(drafting_->plan, plan_with_additions(drafting.front(), true));
    for (size_t i = 1; i < drafting.size(); ++i) {
      TRY(drafting_->drafts.emplace_back(), plan_with_additions(drafting[i], false));
    }
  }

  for (const WeightInfo& info : binding.weights()) {
    Weight weight{file_.find_tensor(info.name), info.shape, {}, std::nullopt};
    if (info.of >= 0) weight.row = info.row;
    if (!info.bias.empty()) { TRY(weight.bias, numbers_of(*file_.find_tensor(info.bias))); }
    weights_.push_back(std::move(weight));
  }
  for (const Additions::Weight& weight : additions_->weights())
    weights_.push_back({&weight.tensor, weight.shape, {}, std::nullopt});
  return read_numbers(config);
}

// What others than the graphs want to know.
Status Model::read_numbers(arch::Config& config) {
  if (const arch::Entry* context = architecture_.entry("context")) {
    TRY(arch::Item item, config.value(*context, std::nullopt, context->name.at));
    if (auto number = item.number(); number && *number > 0) trained_context_ = static_cast<int64_t>(*number);
  }
  // Stretched, a model reaches farther than it was trained for first.
  if (const arch::Entry* entry = architecture_.entry("rope_scaling"); entry && trained_context_) {
    TRY(arch::Item item, config.value(*entry, std::nullopt, entry->name.at));
    auto* scaling = item.as<std::shared_ptr<const arch::RopeScaling>>();
    double reach = scaling ? (*scaling)->original.value_or(0) * (*scaling)->factor.value_or(1) : 0;
    if (reach > static_cast<double>(*trained_context_) && reach <= kMostTokens)
      trained_context_ = static_cast<int64_t>(reach);
  }
  if (const arch::Entry* start = architecture_.entry("start"); start && encoder_) {
    TRY(arch::Item item, config.value(*start, std::nullopt, start->name.at));
    if (auto number = item.number(); number && *number >= 0 && *number <= kMostTokens)
      start_token_ = static_cast<int32_t>(*number);
    else
      return fail("{}: the decoder begins with token {}", name_, item.describe());
  }
  return {};
}

// As the architecture's entry says, or, of models that are for text first, the file's own key.
Result<std::optional<Pooling>> Model::pooling_of(arch::Config& config) const {
  std::optional<double> number;
  if (const arch::Entry* entry = architecture_.entry("pooling")) {
    TRY(arch::Item kind, config.value(*entry, std::nullopt, entry->name.at));
    number = kind.number();
  } else {
    TRY(auto name, file_.metadata().get<std::string_view>("general.architecture"));
    TRY(auto kind, file_.metadata().get_if<int64_t>(fmt::format("{}.pooling_type", name)));
    if (kind) number = static_cast<double>(*kind);
  }
  if (!number) return std::optional<Pooling>();
  if (!(*number >= 0 && *number <= static_cast<double>(Pooling::rank)))
    return fail("there is no pooling {}", *number);
  return std::optional(static_cast<Pooling>(*number));
}

std::vector<WeightData> Model::weights() const {
  std::vector<WeightData> all;
  for (const Weight& weight : weights_) {
    WeightData data{weight.tensor->type, weight.shape, weight.tensor->data, weight.bias};
    if (weight.row) {
      uint64_t rows = weight.tensor->shape.empty() ? 1 : weight.tensor->shape[0];
      data.bytes = data.bytes.subspan(static_cast<uint64_t>(*weight.row) * (data.bytes.size() / rows),
                                      data.bytes.size() / rows);
    }
    all.push_back(std::move(data));
  }
  return all;
}

Result<std::shared_ptr<const Tokenizer>> Model::tokenizer() const {
  return folder_ ? read_checkpoint_tokenizer(*folder_) : read_tokenizer(file_.metadata());
}

std::optional<int64_t> Model::vocabulary() const {
  for (const Plan::Output& output : plan_.outputs) {
    if (output.name == "logits") return output.view.width;
  }
  return std::nullopt;
}

}  // namespace hearth
