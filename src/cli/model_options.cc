#include "cli/model_options.h"

#include <algorithm>

#include "backends/cpu/cpu.h"
#include "base/log.h"
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
               "file's own, and prompts take longer");
  if (!runs) return;
  app.add_option(
         "--ctx", given.context,
         "tokens that the context may hold; what the model was trained for if none is given and it fits")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
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
                 "a small model with the same vocabulary, as in --draft-model qwen3:0.6b")
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

Result<std::shared_ptr<const Model>> open_model(const ModelOptionsGiven& given, ModelOptions options) {
  if (!given.arch_file.empty()) options.arch_file = given.arch_file;
  options.type = given.type;
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

namespace {

Result<SpeculationOptions> speculation_of(const ModelOptionsGiven& given, const Model& model) {
  SpeculationOptions options;
  options.most = given.most_drafts;
  const std::string& kind = given.speculate;
  if (!given.draft_model.empty() && kind != "auto" && kind != "model")
    return fail("--draft-model {}: does not go with --speculate {}", given.draft_model, kind);
  if (kind == "model" && given.draft_model.empty()) return fail("--speculate model: takes --draft-model");
  if (!model.vocabulary() || model.encoder()) return options;
  if (!given.draft_model.empty()) {
    ModelOptionsGiven draft;
    draft.model = given.draft_model;
    TRY(options.model, open_model(draft));
    options.kind = Speculation::model;
  } else if (kind == "mtp" || (kind == "auto" && model.drafting())) {
    options.kind = Speculation::heads;
  } else if (kind != "off") {
    options.kind = Speculation::lookup;
  }
  return options;
}

// Whoever did not choose the context should know why it is not the model's.
void tell_context(const ModelOptionsGiven& given, const MemoryPlan& memory) {
  if (!memory.trained_context) return;
  if (memory.context > *memory.trained_context) {
    log_warning("a context of {} tokens; the file says that the model was trained for {}", memory.context,
                *memory.trained_context);
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
