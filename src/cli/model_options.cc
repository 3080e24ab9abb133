#include "cli/model_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "backends/cpu/cpu.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "engine/memory_plan.h"
#include "hub/folders.h"
#include "model/builtin.h"

namespace hearth {

namespace {

std::string cache_type_names() {
  std::string names;
  for (Type type : kept_types()) names += (names.empty() ? "" : ", ") + std::string(info(type).name);
  return names;
}

std::optional<CacheTypes> parse_cache_types(std::string_view text) {
  auto kept = [](std::string_view name) {
    auto type = type_named(name);
    return type && std::ranges::find(kept_types(), *type) != kept_types().end() ? type : std::nullopt;
  };
  const size_t comma = text.find(',');
  auto keys = kept(text.substr(0, comma));
  auto values = comma == text.npos ? keys : kept(text.substr(comma + 1));
  if (!keys || !values) return std::nullopt;
  return CacheTypes{*keys, *values};
}

void add_rope_options(CLI::App& app, RopeGiven& given) {
  app.add_option("--rope-scaling", given.scaling,
                 "how positions are stretched: none, linear, yarn, or dynamic (a larger base for the whole "
                 "of --ctx); "
                 "as the file says if it is not given")
      ->check(CLI::IsMember({"none", "linear", "yarn", "dynamic"}))
      ->type_name("KIND");
  const struct {
    const char* name;
    std::optional<double>& value;
    const char* help;
  } numbers[] = {
      {"--rope-scale", given.scale,
       "by how much: a context so many times as long as the model was trained for"},
      {"--rope-freq-base", given.base, "the base of the frequencies"},
      {"--rope-freq-scale", given.frequency_scale, "one over --rope-scale"},
      {"--yarn-orig-ctx", given.original, "yarn and dynamic: the context before it is stretched"},
      {"--yarn-attn-factor", given.attention, "yarn: what attention is multiplied by besides"},
      {"--yarn-beta-fast", given.beta_fast,
       "yarn: turns in the original context from which a pair keeps its frequency"},
      {"--yarn-beta-slow", given.beta_slow, "yarn: turns up to which a pair is stretched in full"}};
  for (const auto& each : numbers)
    app.add_option(each.name, each.value, each.help)->type_name("N")->check(positive);
  app.get_option("--rope-freq-scale")->excludes("--rope-scale");
}

MetadataOverrides rope_overrides(const ModelOptionsGiven& given) {
  MetadataOverrides all;
  auto set = [&](const char* key, const std::optional<double>& value) {
    if (value) all.insert_or_assign(key, arch::Item(*value));
  };
  const RopeGiven& rope = given.rope;
  if (!rope.scaling.empty()) all.insert_or_assign("rope.scaling.type", arch::Item(rope.scaling));
  if (rope.frequency_scale) set("rope.scaling.factor", 1 / *rope.frequency_scale);
  set("rope.scaling.factor", rope.scale);
  set("rope.freq_base", rope.base);
  set("rope.scaling.original_context_length", rope.original);
  set("rope.scaling.attn_factor", rope.attention);
  set("rope.scaling.yarn_beta_fast", rope.beta_fast);
  set("rope.scaling.yarn_beta_slow", rope.beta_slow);
  if (rope.scaling == "dynamic") {
    set("rope.scaling.length", static_cast<double>(given.context));
    if (!rope.scale && !rope.frequency_scale) set("rope.scaling.factor", 1.0);
  }
  return all;
}

}  // namespace

void add_model_options(CLI::App& app, ModelOptionsGiven& given, ModelChoice choice, bool runs) {
  auto* model = app.add_option("MODEL", given.model,
                               choice == ModelChoice::required
                                   ? std::string(kModelHelp)
                                   : fmt::format("{}; the built-in model if none is given", kModelHelp));
  if (choice == ModelChoice::required) model->required();
  add_computing_options(app, given, runs);
}

void add_computing_options(CLI::App& app, ModelOptionsGiven& given, bool runs) {
  app.add_option("--arch", given.arch_file,
                 "an .arch file that describes the model, in place of the one its name calls for")
      ->type_name("FILE");
  app.add_option("--type", given.type,
                 "what the tensors of a checkpoint become while it loads: auto (as they are), f16, q8_0, ...")
      ->type_name("TYPE")
      ->capture_default_str();
  app.add_option("--threads", given.threads,
                 "threads to compute with; one for each physical core if none is given")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--mmap", given.exact,
               "use weights where the file is mapped, without rounding inputs: at once, in no memory but the "
               "file's own, and everything takes several times as long");
  app.add_option(
         "--lora", given.adapters,
         "an adapter to apply, not merged: a GGUF file, or a folder as PEFT writes it; several may be given, "
         "and =SCALE behind one says how much of it")
      ->type_name("FILE[=SCALE]");
  app.add_option("--control-vector", given.control_vectors,
                 "a GGUF file with directions to push layers in; several are added up")
      ->type_name("FILE[=SCALE]");
  app.add_option("--control-vector-layer-range", given.control_layers,
                 "the first and the last layer that control vectors push; all from 1 on if none is given")
      ->type_name("FIRST LAST")
      ->expected(2);
  add_rope_options(app, given.rope);
  if (!runs) return;
  app.add_option(
         "--ctx", given.context,
         "tokens that the context may hold; what the model was trained for if none is given and it fits")
      ->type_name("N")
      ->check(positive);
  add_cache_type_option(app, given);
}

void add_cache_type_option(CLI::App& app, ModelOptionsGiven& given) {
  auto check = [](const std::string& text) {
    auto types = parse_cache_types(text);
    return types ? std::string() : "TYPE or KEYS,VALUES is expected, each of " + cache_type_names();
  };
  app.add_option(
         "--cache-type", given.cache_type,
         fmt::format("how keys and values are kept: {}; or KEYS,VALUES, as in q8_0,q4_0", cache_type_names()))
      ->type_name("TYPE")
      ->check(check)
      ->capture_default_str();
}

CacheTypes cache_types(const ModelOptionsGiven& given) { return *parse_cache_types(given.cache_type); }

void add_speculation_options(CLI::App& app, ModelOptionsGiven& given) {
  constexpr const char* kGroup = "Guessing what comes next, which changes how fast it comes and nothing else";
  app.add_option(
         "--speculate", given.speculate,
         "lookup: as the text went on before; mtp: the model's own draft layers; model: --draft-model; "
         "off; auto: what there is of these, the last first")
      ->group(kGroup)
      ->check(CLI::IsMember({"auto", "off", "lookup", "mtp", "model"}))
      ->capture_default_str();
  app.add_option("--draft-model", given.draft_model,
                 "a small model with the same vocabulary, as in --draft-model ollama:qwen3:0.6b")
      ->group(kGroup)
      ->type_name("MODEL");
  app.add_option("--draft-tokens", given.most_drafts, "at most so many tokens are guessed at once")
      ->group(kGroup)
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

void add_cache_options(CLI::App& app, ModelOptionsGiven& given) {
  constexpr const char* kGroup = "What is kept of what was read";
  app.add_option(
         "--cache-disk", given.cache_disk,
         "on disk, too, at most so much, so that it is there after a restart: as in --cache-disk 20GB")
      ->group(kGroup)
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(true));
  app.add_option("--cache-dir", given.cache_folder, "where, if not in the folder of hearth's own data")
      ->group(kGroup)
      ->type_name("FOLDER");
}

namespace {

struct ScaledFile {
  std::string path;
  double scale = 1;
};

// A file may have an equals sign in its name.
Result<ScaledFile> scaled_file(const std::string& given) {
  size_t mark = given.rfind('=');
  std::error_code failed;
  if (mark == given.npos || std::filesystem::exists(given, failed)) return ScaledFile{given, 1};
  double scale = 0;
  const char* end = given.data() + given.size();
  auto [at, error] = std::from_chars(given.data() + mark + 1, end, scale);
  if (error != std::errc() || at != end || !std::isfinite(scale))
    return fail("{}: behind the equals sign a number is expected, by which it is multiplied", given);
  return ScaledFile{given.substr(0, mark), scale};
}

Result<GivenAdditions> additions(const ModelOptionsGiven& given) {
  GivenAdditions all;
  for (const std::string& each : given.adapters) {
    TRY(ScaledFile file, scaled_file(each));
    all.adapters.push_back({file.path, static_cast<float>(file.scale)});
  }
  for (const std::string& each : given.control_vectors) {
    TRY(ScaledFile file, scaled_file(each));
    all.control_vectors.push_back({file.path, file.scale});
  }
  if (given.control_layers.size() == 2)
    all.control_layers = {given.control_layers[0], given.control_layers[1]};
  return all;
}

}  // namespace

Result<std::shared_ptr<const Model>> open_model(const ModelOptionsGiven& given, ModelOptions options) {
  if (!given.arch_file.empty()) options.arch_file = given.arch_file;
  options.type = given.type;
  TRY(options.additions, additions(given));
  options.overrides = rope_overrides(given);
  if (given.rope.scaling == "dynamic" && given.context == 0)
    return fail("--rope-scaling dynamic wants to know how long a context may be: give it with --ctx");
  if (given.model.empty()) return Model::parse(builtin_model(), kBuiltinModelName, options);
  TRY(std::string path, find_model_path(given.model));
  return Model::load(path, options);
}

Result<std::unique_ptr<Backend>> open_backend(const ModelOptionsGiven& given) {
  CpuOptions options;
  options.threads = given.threads;
  options.exact = given.exact;
  return make_cpu_backend(options);
}

Result<Speculation> speculation_kind(const ModelOptionsGiven& given, const Model& model) {
  const std::string& kind = given.speculate;
  if (!given.draft_model.empty() && kind != "auto" && kind != "model")
    return fail("--draft-model {}: does not go with --speculate {}", given.draft_model, kind);
  if (kind == "model" && given.draft_model.empty()) return fail("--speculate model: takes --draft-model");
  if (!model.vocabulary() || model.encoder()) return Speculation::off;
  if (!given.draft_model.empty()) return Speculation::model;
  if (kind == "mtp" || (kind == "auto" && model.drafting())) return Speculation::heads;
  return kind == "off" ? Speculation::off : Speculation::lookup;
}

namespace {

Result<SpeculationOptions> speculation_of(const ModelOptionsGiven& given, const Model& model) {
  SpeculationOptions options;
  options.most = given.most_drafts;
  TRY(options.kind, speculation_kind(given, model));
  if (options.kind == Speculation::model) {
    ModelOptionsGiven draft;
    draft.model = given.draft_model;
    TRY(options.model, open_model(draft));
  }
  return options;
}

// Whoever did not choose the context should know why it is not the model's.
void tell_context(const ModelOptionsGiven& given, const MemoryPlan& memory) {
  if (!memory.trained_context) return;
  if (memory.context > *memory.trained_context && given.rope.scaling != "dynamic") {
    log_warning(
        "a context of {} tokens, but the model was trained for {}: what it writes beyond them may be "
        "nonsense. A "
        "shorter --ctx, or positions that are stretched (--rope-scaling yarn --rope-scale {:.3g}), help",
        memory.context, *memory.trained_context,
        std::ceil(static_cast<double>(memory.context) / static_cast<double>(*memory.trained_context)));
  }
  if (given.context == 0 && memory.context < *memory.trained_context) {
    log_info(
        "context: {} tokens, of the {} that the model was trained for: a token takes {:.0f} KB (--ctx "
        "overrides)",
        memory.context, *memory.trained_context, static_cast<double>(memory.bytes_of_token) / 1024);
  }
}

}  // namespace

Result<std::unique_ptr<Engine>> open_engine(const ModelOptionsGiven& given,
                                            std::shared_ptr<const Model> model, Backend& backend,
                                            EngineOptions options) {
  options.serving.context = given.context;
  const CacheTypes kept = cache_types(given);
  options.serving.key_type = kept.keys;
  options.serving.value_type = kept.values;
  std::string name = model->name();
  if (!given.cache_folder.empty() && given.cache_disk == 0)
    return fail("--cache-dir {}: takes --cache-disk, which says how much", given.cache_folder);
  options.cache_disk = given.cache_disk;
  options.cache_folder =
      given.cache_folder.empty() ? hearth_home() / "pages" : std::filesystem::path(given.cache_folder);
  TRY(options.speculation, speculation_of(given, *model));
  auto engine = Engine::create(std::move(model), backend, options);
  if (!engine.ok()) return within(name, std::move(engine).error());
  tell_context(given, (*engine)->memory());
  return engine;
}

}  // namespace hearth
