// hearth plan: what a model would take, and how fast it could be, before it is loaded or even fetched.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "backends/cpu/cpu.h"
#include "backends/cpu/limits.h"
#include "base/human.h"
#include "base/system.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "engine/expected_speed.h"
#include "engine/speculation.h"
#include "hub/remote_header.h"
#include "model/shape_model.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kAnyAmount = uint64_t{1} << 60;
constexpr int64_t kContextStep = 256;

struct PlanGiven {
  ModelOptionsGiven model;
  int32_t parallel = 1;
  bool json = false;
};

// A model as far as its plan is concerned, and what else the place that it comes from offers.
struct Planned {
  std::shared_ptr<const Model> model;
  std::shared_ptr<const Model> draft;  // that guesses for it, if one does
  std::string name, why;
  std::vector<Offer> offers;  // from the smallest; of a hub alone
  uint64_t bytes = 0;         // of the chosen one's files
};

struct Need {
  MemoryPlan memory;
  MemoryPlan draft;  // of a draft model; nothing if there is none
  uint64_t buffers = 0;
  uint64_t total() const { return memory.total() + draft.total() + buffers; }
};

class HeaderFolder {
 public:
  HeaderFolder() {
    std::string pattern = (fs::temp_directory_path() / "hearth-plan-XXXXXX").string();
    if (::mkdtemp(pattern.data())) path_ = pattern;
  }
  ~HeaderFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  HeaderFolder(const HeaderFolder&) = delete;
  HeaderFolder& operator=(const HeaderFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<Planned> open_remote(const ModelOptionsGiven& given, const std::string& text) {
  TRY(ModelName name, parse_model_name(text));
  TRY(WebClient web, WebClient::create());
  PullOptions options = pull_options();
  TRY(RemoteModel remote, list_remote(web, name, options.hub));
  TRY(Wanted wanted, choose_files(name, remote, options.memory));
  HeaderFolder folder;
  if (folder.path().empty())
    return fail("{}: cannot create a folder in it", fs::temp_directory_path().string());
  TRY(fs::path path, fetch_headers(web, remote, wanted, folder.path()));
  ModelOptionsGiven header = given;
  header.model = path;
  Planned planned;
  TRY(planned.model, open_model(header));  // it stays mapped when the folder goes
  planned.name = wanted.name;
  planned.why = wanted.why;
  if (name.kind == ModelName::Kind::hub) planned.offers = offers_of(offered(remote));
  planned.bytes = wanted.bytes;
  return planned;
}

Result<Planned> open_shape(const ModelOptionsGiven& given, Isa isa) {
  ThreadPool pool(given.threads);
  Planned planned;
  TRY(planned.model, make_shape_model(given.model, pool, isa, {}));
  planned.name = given.model;
  return planned;
}

Result<Planned> open_planned(ModelOptionsGiven& given, Isa isa) {
  if (given.model.starts_with(kShapePrefix)) return open_shape(given, isa);
  TRY(FoundModel found, find_model_here(given.model));
  if (given.context == 0) given.context = found.settings.context;
  if (!found.path) return open_remote(given, found.name);
  Planned planned;
  planned.name = given.model;
  given.model = *found.path;
  TRY(planned.model, open_model(given));
  if (planned.name.empty()) planned.name = planned.model->name();
  return planned;
}

// The arenas that a step's values lie in.
uint64_t buffer_bytes(const Plan& plan, const ServingOptions& options) {
  const int64_t rows[] = {options.batch_rows, options.batch_rows, options.parallel};  // as Rows
  int64_t floats = 0;
  for (size_t i = 0; i < kRowKinds; ++i) floats += plan.arena_floats[i] * rows[i];
  return static_cast<uint64_t>(floats) * sizeof(float);
}

Result<Need> need_of(const Planned& planned, const CpuOptions& cpu, ServingOptions options) {
  options.cache_bytes = kAnyAmount;
  Need need;
  TRY(need.memory, plan_memory(*planned.model, options));
  const Plan& served = served_plan(*planned.model, options.speculation);
  TRY(need.memory.weights, weight_bytes(served, planned.model->weights(), cpu));
  need.buffers = buffer_bytes(served, options);
  if (options.speculation == Speculation::heads && planned.model->drafting()) {
    for (const Plan& plan : planned.model->drafting()->drafts) need.buffers += buffer_bytes(plan, options);
  }
  if (!planned.draft) return need;
  TRY(need.draft, plan_draft_memory(*planned.draft, options, need.memory.context));
  TRY(need.draft.weights, weight_bytes(planned.draft->plan(), planned.draft->weights(), cpu));
  need.buffers += buffer_bytes(planned.draft->plan(), options);
  return need;
}

// The largest context that fits, if any does.
std::optional<int64_t> largest_context(const Planned& planned, const CpuOptions& cpu, ServingOptions options,
                                       int64_t most, uint64_t available) {
  auto fits = [&](int64_t context) {
    options.context = context;
    auto need = need_of(planned, cpu, options);
    return need.ok() && need->total() <= available;
  };
  int64_t low = 0, high = most / kContextStep;
  while (low < high) {
    int64_t middle = (low + high + 1) / 2;
    if (fits(middle * kContextStep)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low > 0 ? std::optional(low * kContextStep) : std::nullopt;
}

// One token of one sequence behind `past` others: what must be read of weights, keys and values, and how long that
// and the rest is expected to take.
struct TokenCost {
  double bytes = 0, seconds = 0;
};

TokenCost cost_of_token(const Model& model, const ServingOptions& options, int64_t past,
                        const MachineLimits& limits) {
  const std::vector<WeightData> weights = model.weights();
  const BatchSize batch{1, 1, past, 1};
  MemoryOptions memory;
  memory.key_type = options.key_type;
  memory.value_type = options.value_type;
  TokenCost cost;
  for (const Step& step : model.plan().steps)
    cost.bytes += work_of(model.plan(), step, weights, batch, memory).bytes;
  cost.seconds = expected_seconds(model.plan(), weights, batch, memory, limits);
  return cost;
}

struct Findings {
  Planned planned;
  CpuOptions cpu;
  ServingOptions options;
  Need need;
  std::optional<uint64_t> available;
  bool fits = true;
  std::optional<ServingOptions> nearest;  // that do fit, where these do not
  std::optional<Offer> instead;           // of the hub's, where no settings do
  double read_gb_s = 0;
  TokenCost token, last_token;  // the first, and the one that fills the context

  double most_speed(const TokenCost& cost) const { return cost.bytes > 0 ? read_gb_s * 1e9 / cost.bytes : 0; }
  static double speed(const TokenCost& cost) { return cost.seconds > 0 ? 1 / cost.seconds : 0; }
  // Another file of the same model takes as much beside its weights, and of its weights as large a share.
  bool would_fit(const Offer& offer) const {
    return !available || offer.bytes + need.total() - need.memory.weights <= *available;
  }
  TokenCost cost_of(const Offer& offer) const {
    double share =
        static_cast<double>(offer.bytes) / static_cast<double>(std::max<uint64_t>(1, planned.bytes));
    return {token.bytes * share, token.seconds * share};
  }
};

Status find_nearest(Findings& found) {
  for (int32_t parallel : {found.options.parallel, 1}) {
    ServingOptions options = found.options;
    options.parallel = parallel;
    if (auto context =
            largest_context(found.planned, found.cpu, options, found.need.memory.context, *found.available)) {
      options.context = *context;
      found.nearest = options;
      return {};
    }
  }
  // As much more than its weights as this one takes with a little context.
  for (const Offer& offer : found.planned.offers) {
    if (offer.bytes < found.planned.bytes && offer.bytes + found.need.buffers < *found.available)
      found.instead = offer;
  }
  return {};
}

Result<Findings> examine(PlanGiven given) {
  Findings found;
  TRY(Isa isa, choose_isa());
  TRY(found.planned, open_planned(given.model, isa));
  const Model& model = *found.planned.model;
  found.options.context = given.model.context;
  found.options.parallel = given.parallel;
  const CacheTypes kept = cache_types(given.model);
  found.options.key_type = kept.keys;
  found.options.value_type = kept.values;
  found.cpu.isa = isa;
  found.cpu.exact = given.model.exact;
  TRY(found.options.speculation, speculation_kind(given.model, model));
  if (found.options.speculation == Speculation::model) {
    ModelOptionsGiven draft;
    draft.model = given.model.draft_model;
    draft.threads = given.model.threads;
    TRY(Planned opened, open_planned(draft, isa));
    if (!draft.model.starts_with(kShapePrefix)) TRY_STATUS(check_same_vocabulary(model, *opened.model));
    found.planned.draft = std::move(opened.model);
  }
  TRY(found.need, need_of(found.planned, found.cpu, found.options));
  found.options.context = found.need.memory.context;
  found.available = available_memory();
  found.fits = !found.available || found.need.total() <= *found.available;
  if (!found.fits) TRY_STATUS(find_nearest(found));

  ThreadPool pool(given.model.threads);
  TRY(const MachineLimits machine, measure_limits(pool, isa, 0.3));
  found.read_gb_s = machine.bytes * 1e-9;
  found.token = cost_of_token(model, found.options, 0, machine);
  found.last_token = cost_of_token(model, found.options, found.options.context - 1, machine);
  return found;
}

Status print_json(const Findings& found) {
  const MemoryPlan& memory = found.need.memory;
  nlohmann::ordered_json json = {
      {"model", found.planned.name},
      {"context", memory.context},
      {"trained_context", nullptr},
      {"parallel", found.options.parallel},
      {"devices",
       {{{"device", "cpu"},
         {"weights", memory.weights},
         {"keys_values", memory.keys_values},
         {"states", memory.states},
         {"buffers", found.need.buffers}}}},
      {"draft", nullptr},
      {"total", found.need.total()},
      {"available", nullptr},
      {"fits", found.fits},
      {"nearest", nullptr},
      {"instead", nullptr},
      {"speed",
       {{"read_gb_s", found.read_gb_s},
        {"bytes_per_token", static_cast<uint64_t>(found.token.bytes)},
        {"tokens_per_second", found.speed(found.token)},
        {"tokens_per_second_full_context", found.speed(found.last_token)},
        {"tokens_per_second_at_most", found.most_speed(found.token)},
        {"tokens_per_second_at_most_full_context", found.most_speed(found.last_token)}}}};
  if (found.planned.draft) {
    const MemoryPlan& draft = found.need.draft;
    json["draft"] = {{"model", found.planned.draft->name()},
                     {"weights", draft.weights},
                     {"keys_values", draft.keys_values},
                     {"states", draft.states}};
  }
  if (memory.trained_context) json["trained_context"] = *memory.trained_context;
  if (found.available) json["available"] = *found.available;
  if (found.nearest)
    json["nearest"] = {{"context", found.nearest->context}, {"parallel", found.nearest->parallel}};
  if (found.instead) json["instead"] = found.instead->label;
  json["offers"] = nlohmann::ordered_json::array();
  for (const Offer& offer : found.planned.offers) {
    json["offers"].push_back({{"quant", offer.label},
                              {"bytes", offer.bytes},
                              {"fits", found.would_fit(offer)},
                              {"tokens_per_second", found.speed(found.cost_of(offer))},
                              {"tokens_per_second_at_most", found.most_speed(found.cost_of(offer))}});
  }
  return print(json.dump(2) + "\n");
}

// Three digits, and none of a power of ten.
std::string rate(double per_second) {
  return per_second >= 999.5 ? grouped(static_cast<uint64_t>(std::llround(per_second)))
                             : fmt::format("{:.3g}", per_second);
}

std::string verdict(const Findings& found) {
  if (!found.available) return "How much memory is free is not known here.";
  std::string free = human_bytes(*found.available);
  if (found.fits) return fmt::format("It fits: {} are free.", free);
  if (found.nearest) {
    std::string parallel = found.nearest->parallel != found.options.parallel
                               ? fmt::format(" --parallel {}", found.nearest->parallel)
                               : "";
    return fmt::format("It does not fit: {} are free. What does: --ctx {}{}", free, found.nearest->context,
                       parallel);
  }
  if (found.instead)
    return fmt::format("It does not fit: {} are free, and no context makes it fit. What may: {} ({}).", free,
                       found.instead->label, human_bytes(found.instead->bytes));
  return fmt::format("It does not fit: {} are free, and no context makes it fit.", free);
}

Status print_findings(const Findings& found) {
  const MemoryPlan& memory = found.need.memory;
  std::string text = found.planned.name;
  if (!found.planned.why.empty()) text += fmt::format(" ({})", found.planned.why);
  std::string trained =
      memory.trained_context
          ? fmt::format(", trained for {}", grouped(static_cast<uint64_t>(*memory.trained_context)))
          : "";
  text += fmt::format("\ncontext {}{}; {} at once\n\n", grouped(static_cast<uint64_t>(memory.context)),
                      trained, found.options.parallel);
  Table table("<>");
  table.add({"weights", human_bytes(memory.weights)});
  table.add({"keys and values", human_bytes(memory.keys_values)});
  if (memory.states > 0) table.add({"states", human_bytes(memory.states)});
  if (found.planned.draft) {
    const MemoryPlan& draft = found.need.draft;
    table.add({"draft model: weights", human_bytes(draft.weights)});
    table.add({"draft model: keys and values", human_bytes(draft.keys_values + draft.states)});
  }
  table.add({"buffers", human_bytes(found.need.buffers)});
  table.add({"in all", human_bytes(found.need.total())});
  text += table.text() + "\n" + verdict(found) + "\n";
  text += fmt::format(
      "Expected, without guesses: {} tokens per second, {} with a full context. A token reads {}, and memory "
      "is "
      "read at {:.1f} GB/s: more than {} cannot be.\n",
      rate(found.speed(found.token)), rate(found.speed(found.last_token)),
      human_bytes(static_cast<uint64_t>(found.token.bytes)), found.read_gb_s,
      rate(found.most_speed(found.token)));
  if (found.planned.offers.size() < 2) return print(text);
  Table offers("<><>");
  for (const Offer& offer : found.planned.offers) {
    offers.add({offer.label, human_bytes(offer.bytes), found.would_fit(offer) ? "fits" : "does not fit",
                rate(found.speed(found.cost_of(offer))) + "/s"});
  }
  return print(text + "\nWhat there is, at this context:\n" + offers.text());
}

}  // namespace

void plan_command(CLI::App& app) {
  add_command(app, "plan",
              "Show what a model would take, whether it fits, and how fast it could be; of one that "
              "is not here, only the beginning is read",
              "hearth plan org/repo:Q4_K_M --ctx 8192\n"
              "  hearth plan ollama:qwen3:8b --draft-model ollama:qwen3:0.6b\n"
              "  hearth plan shape:llama-8b:q4_k_m",
              [](CLI::App& command) {
                auto given = std::make_shared<PlanGiven>();
                add_model_options(command, given->model, ModelChoice::builtin_by_default, true);
                add_speculation_options(command, given->model);
                command.add_option("--parallel", given->parallel, "sequences that are computed at once")
                    ->check(CLI::Range(1, 512))
                    ->capture_default_str();
                command.add_flag("--json", given->json, "print one JSON document");
                return [given]() -> Status {
                  TRY(Findings found, examine(*given));
                  return given->json ? print_json(found) : print_findings(found);
                };
              });
}

}  // namespace hearth
