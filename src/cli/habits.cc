#include "cli/habits.h"

#include <algorithm>
#include <utility>

#include "base/letters_apart.h"
#include "base/log.h"
#include "base/text.h"

namespace hearth {

namespace {

enum class Means : uint8_t {
  renamed,  // `ours` is the option
  flag,     // the same, without a value
  model,    // its value is the MODEL
  keys,     // with the next, --cache-type: a type for each
  values,
  nothing,  // takes no value, and asks for what is so anyway; `ours` says why
  ignored,  // the same, with a value
  refused,  // `ours` says what to do
};

struct Habit {
  std::string_view names;  // that there are for it, with spaces between
  Means means;
  std::string_view ours;
};

constexpr std::string_view kNoDevice = "models run on the processor here",
                           kBatches = "how much is read at once follows from how busy the server is",
                           kChat = "run is a chat on a terminal",
                           kOnce = "what prompts begin with in common is read once",
                           kCalls = "how a model reasons and calls is learned from its template",
                           kEmbeds = "a model that embeds or ranks is served as one",
                           kDebug = "HEARTH_LOG=debug in the environment tells more",
                           kText = "a prompt is taken as it stands; a shell's $'...' writes escapes",
                           kNoPictures = "models that see pictures or hear are not supported";

// llama.cpp's programs, then vLLM's.
constexpr Habit kHabits[] = {
    {"-m --model -hf -hfr --hf-repo -mu --model-url", Means::model, ""},
    {"-hff --hf-file", Means::refused, "org/repo:FILE says which file of a repository"},
    {"-c --ctx-size", Means::renamed, "--ctx"},
    {"-n --predict --n-predict", Means::renamed, "--tokens"},
    {"-t", Means::renamed, "--threads"},
    {"-tb --threads-batch", Means::ignored, "prompts are read with as many threads as answers are written"},
    {"-np", Means::renamed, "--parallel"},
    {"--temp", Means::renamed, "--temperature"},
    {"-s", Means::renamed, "--seed"},
    {"--typical", Means::renamed, "--typical-p"},
    {"--top-nsigma", Means::renamed, "--top-n-sigma"},
    {"--dynatemp-exp", Means::renamed, "--dynatemp-exponent"},
    {"--mirostat-lr", Means::renamed, "--mirostat-eta"},
    {"--mirostat-ent", Means::renamed, "--mirostat-tau"},
    {"--sampler-seq --sampling-seq", Means::renamed, "--samplers"},
    {"-l", Means::renamed, "--logit-bias"},
    {"-sys --system-prompt", Means::renamed, "--system"},
    {"-sysf --system-prompt-file", Means::refused, "--system \"$(cat FILE)\" says the same"},
    {"-f --file", Means::refused, "a prompt comes from a file as hearth run MODEL < FILE"},
    {"-e --escape --no-escape", Means::refused, kText},
    {"-r --reverse-prompt", Means::refused, "stop = [...] of a model's section in hearth.toml ends answers"},
    {"-a", Means::renamed, "--alias"},
    {"--grammar-file", Means::renamed, "--grammar"},
    {"-j -jf --json-schema-file", Means::renamed, "--json-schema"},
    {"--chat-template-file", Means::renamed, "--chat-template"},
    {"--chat-template-kwargs --reasoning-budget", Means::refused,
     "--no-thinking of run, and a request's chat_template_kwargs and reasoning_effort, say whether a model "
     "reasons"},
    {"--reasoning-format", Means::ignored, "reasoning is always told apart from the answer"},
    {"-ctk --cache-type-k", Means::keys, ""},
    {"-ctv --cache-type-v", Means::values, ""},
    {"-ngl --gpu-layers --n-gpu-layers -sm --split-mode -ts --tensor-split -mg --main-gpu -dev --device "
     "-ncmoe "
     "--n-cpu-moe -ot --override-tensor -ngld",
     Means::ignored, kNoDevice},
    {"-nkvo --no-kv-offload -cmoe --cpu-moe", Means::nothing, kNoDevice},
    {"-b --batch-size -ub --ubatch-size", Means::ignored, kBatches},
    {"-cb --cont-batching", Means::nothing, "requests always share batches"},
    {"-fa --flash-attn", Means::nothing, "attention is always computed that way"},
    {"--jinja", Means::nothing, "a model's own template is always used"},
    {"-cnv --conversation -i --interactive -if --interactive-first -mli --multiline-input", Means::nothing,
     kChat},
    {"-no-cnv --no-conversation", Means::flag, "--raw"},
    {"-st --single-turn", Means::nothing, "-p is answered once"},
    {"--no-display-prompt", Means::nothing, "the prompt is not shown again"},
    {"--color", Means::nothing, "a terminal has colours; --no-color is for one without"},
    {"-v --verbose", Means::nothing, kDebug},
    {"-lv --verbosity --log-verbosity", Means::ignored, kDebug},
    {"--log-disable", Means::nothing, "2> /dev/null drops what is said beside the answer"},
    {"--log-file", Means::refused, "2> FILE keeps what is said beside the answer"},
    {"--no-mmap", Means::nothing, "weights lie in memory of the program's own, unless --mmap is given"},
    {"--mlock", Means::nothing, "memory is not locked here"},
    {"--numa", Means::ignored, "threads stay on their node of memory, and weights on that of their thread"},
    {"--no-warmup --warmup", Means::nothing, "nothing is computed before it is asked for"},
    {"-fit --fit", Means::ignored, "the context is as large as fits, unless --ctx is given"},
    {"--prompt-cache", Means::refused,
     "--session FILE keeps a conversation and what was computed of it, --cache-disk SIZE what was read of "
     "any"},
    {"--cache-prompt", Means::nothing, kOnce},
    {"--cache-reuse -cram --cache-ram", Means::ignored, kOnce},
    {"--no-context-shift", Means::nothing, "an answer ends where the context does"},
    {"--context-shift", Means::refused, "an answer ends where the context does; --ctx makes it larger"},
    {"--lora-scaled --control-vector-scaled", Means::refused,
     "FILE=SCALE behind the option without -scaled says both"},
    {"--override-kv", Means::refused,
     "what a file says is not overridden; --arch FILE describes a model in other words, --rope-scaling and "
     "the like "
     "its positions"},
    {"--yarn-ext-factor", Means::refused,
     "--rope-scaling yarn stretches in full, --rope-scaling none not at all"},
    {"-md --model-draft -hfd -hfrd --hf-repo-draft", Means::renamed, "--draft-model"},
    {"--draft --draft-max --draft-n", Means::renamed, "--draft-tokens"},
    {"--draft-min --draft-n-min --draft-p-min", Means::ignored, "nothing is guessed where it does not pay"},
    {"--metrics", Means::nothing, "/metrics is always there"},
    {"--slots", Means::nothing, "/slots is always there"},
    {"--props", Means::nothing, "/props is always there"},
    {"--no-webui --no-ui", Means::nothing, "the server has no pages"},
    {"--embedding --embeddings --rerank --reranking", Means::nothing, kEmbeds},
    {"--pooling", Means::refused, "a served model pools as its file says; hearth embed has --pooling"},
    {"--ssl-key-file --ssl-keyfile", Means::renamed, "--tls-key"},
    {"--ssl-cert-file --ssl-certfile", Means::renamed, "--tls-cert"},
    {"--list-devices", Means::refused, "hearth doctor tells of the machine"},
    {"-mm --mmproj -mmu --mmproj-url --image --audio", Means::refused, kNoPictures},

    {"--served-model-name", Means::renamed, "--alias"},
    {"--max-model-len", Means::renamed, "--ctx"},
    {"--max-num-seqs", Means::renamed, "--parallel"},
    {"-tp --tensor-parallel-size -pp --pipeline-parallel-size -dp --data-parallel-size "
     "--gpu-memory-utilization",
     Means::ignored, kNoDevice},
    {"--enforce-eager", Means::nothing, kNoDevice},
    {"--max-num-batched-tokens", Means::ignored, kBatches},
    {"--enable-prefix-caching --enable-chunked-prefill", Means::nothing, kOnce},
    {"--enable-auto-tool-choice --enable-reasoning", Means::nothing, kCalls},
    {"--tool-call-parser --reasoning-parser", Means::ignored, kCalls},
    {"--trust-remote-code", Means::nothing, "nothing that lies beside a model is run"},
    {"--dtype -q --quantization", Means::ignored, "weights stay as they are stored, unless --type is given"},
    {"--kv-cache-dtype", Means::refused,
     "--cache-type says how keys and values are kept, q8_0 is the nearest to fp8"},
    {"--enable-lora", Means::nothing, "--lora FILE is all that it takes"},
    {"--lora-modules", Means::refused, "--lora FILE gives an adapter, a request's lora its scale"},
    {"--download-dir", Means::refused, "HEARTH_HOME in the environment names where models are kept"},
};

// Commands that others have: ours, or in a sentence what there is instead.
constexpr std::pair<std::string_view, std::string_view> kCommands[] = {
    {"chat", "run"},
    {"generate", "run"},
    {"ls", "list"},
    {"remove", "rm"},
    {"delete", "rm"},
    {"get", "pull"},
    {"download", "pull"},
    {"server", "serve"},
    {"benchmark", "bench"},
    {"embedding", "embed"},
    {"create", "hearth import Modelfile --name NAME takes a Modelfile over"},
    {"cp", "[models.NAME] in hearth.toml with model = \"...\" gives a model another name"},
    {"ps", "/api/ps and /v1/models of a server tell what is loaded"},
    {"stop", "/models/unload of a server lets a model go; SIGTERM ends the server"},
    {"push", "models are fetched, not sent"},
};

constexpr std::string_view kSwitches[] = {"on", "off", "auto"};

const Habit* habit_of(std::string_view word) {
  for (const Habit& habit : kHabits) {
    for (std::string_view names = habit.names; !names.empty();) {
      size_t end = std::min(names.find(' '), names.size());
      if (names.substr(0, end) == word) return &habit;
      names.remove_prefix(std::min(end + 1, names.size()));
    }
  }
  return nullptr;
}

bool knows(const CLI::App& command, std::string_view name) {
  return command.get_option_no_throw(std::string(name)) != nullptr;
}

}  // namespace

const CLI::App* subcommand_of(const CLI::App& app, const std::string& name) {
  auto named = app.get_subcommands([&](const CLI::App* each) { return each->get_name() == name; });
  return named.empty() ? nullptr : named.front();
}

const CLI::App& command_of(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  for (size_t i = 0; i < words.size() && i < 2; ++i) {
    const CLI::App* next = subcommand_of(*at, words[i]);
    if (!next) break;
    at = next;
  }
  return *at;
}

namespace {

// `hearth` and `hearth help` ask for help, `hearth help run` for that of run; other first words are commands.
Result<std::vector<std::string>> with_command(const CLI::App& app, std::vector<std::string> words) {
  if (words.empty()) return std::vector<std::string>{"--help"};
  const std::string first = words.front();
  if (first.starts_with('-') && habit_of(first))
    return fail("{}: a command comes first, as in hearth run {} ...", first, first);
  if (first.starts_with('-') || subcommand_of(app, first)) return words;
  if (first == "help" || first == "version") {
    words.erase(words.begin());
    words.push_back("--" + first);
    return first == "help" ? with_command(app, std::move(words)) : Result(std::move(words));
  }
  for (const auto& [theirs, ours] : kCommands) {
    if (theirs != first) continue;
    if (ours.find(' ') != ours.npos) return fail("there is no command {}: {}", quote(first), ours);
    log_info("{} is called {} here", theirs, ours);
    words.front() = ours;
    return words;
  }
  std::string best;
  size_t least = 1 + first.size() / 3;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    size_t away = letters_apart(first, each->get_name());
    if (away > least || (away == least && !best.empty())) continue;
    least = away;
    best = each->get_name();
  }
  return fail("there is no command {}{}; see hearth --help", quote(first),
              best.empty() ? "" : "; did you mean " + best + "?");
}

}  // namespace

Result<std::vector<std::string>> without_habits(const CLI::App& app, std::vector<std::string> given) {
  TRY(std::vector<std::string> words, with_command(app, std::move(given)));
  const CLI::App& command = command_of(app, words);
  // What takes no model has nothing of this.
  if (&command == &app || !knows(command, "--threads")) return words;
  std::vector<std::string> ours;
  std::string keys, values;
  size_t i = 0;
  for (; i < words.size() && words[i] != "--"; ++i) {
    size_t mark = words[i].starts_with("--") ? words[i].find('=') : std::string::npos;
    std::string name = words[i].substr(0, mark);
    const Habit* habit = habit_of(name);
    if (!habit || knows(command, name)) {
      ours.push_back(words[i]);
      continue;
    }
    bool takes_value =
        habit->means != Means::nothing && habit->means != Means::flag && habit->means != Means::refused;
    std::string value = mark == std::string::npos ? "" : words[i].substr(mark + 1);
    if (takes_value && mark == std::string::npos) {
      if (i + 1 == words.size()) return fail("{}: expected a value", name);
      value = words[++i];
    }
    switch (habit->means) {
      case Means::renamed:
      case Means::flag:
        if (!knows(command, habit->ours))
          return fail("{}: is {} elsewhere; this command has no such option", name, habit->ours);
        log_info("{} is called {} here", name, habit->ours);
        ours.emplace_back(habit->ours);
        if (takes_value) ours.push_back(value);
        break;
      case Means::model: ours.push_back(value); break;
      case Means::keys: keys = value; break;
      case Means::values: values = value; break;
      case Means::nothing:
        // Newer ones may be told on or off.
        if (i + 1 < words.size() && std::ranges::find(kSwitches, words[i + 1]) != std::end(kSwitches)) ++i;
        log_info("{}: needs no saying: {}", name, habit->ours);
        break;
      case Means::ignored: log_info("{}: says nothing here: {}", name, habit->ours); break;
      case Means::refused: return fail("{}: {}", name, habit->ours);
    }
  }
  if (!keys.empty() || !values.empty()) {
    constexpr const char* kUsual = "f16";
    std::string both = fmt::format("{},{}", keys.empty() ? kUsual : keys, values.empty() ? kUsual : values);
    log_info("types of keys and values are given together here: --cache-type {}", both);
    ours.insert(ours.end(), {"--cache-type", both});
  }
  ours.insert(ours.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
  return ours;
}

std::string option_like(const CLI::App& command, const std::string& word) {
  std::string name = word.substr(0, word.find('=')), best;
  size_t least = 1 + name.size() / 3;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& each : option->get_lnames()) {
      size_t away = letters_apart(name, "--" + each);
      if (away <= least) {
        least = away;
        best = "--" + each;
      }
    }
  }
  return best;
}

}  // namespace hearth
