// hearth pull: a model by its name, into the store.
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/output.h"

namespace hearth {

namespace {

struct PullGiven {
  std::string name, endpoint, registry;
  int connections = 4;
};

Status run_pull(const PullGiven& given) {
  TRY(ModelName name, parse_model_name(given.name));
  PullOptions options = pull_options();
  if (!given.endpoint.empty()) options.hub.hub = given.endpoint;
  if (!given.registry.empty()) options.hub.registry = given.registry;
  options.download.connections = given.connections;
  TRY(StoredModel model, pull_here(name, options));
  return print(model.name + "\n");
}

}  // namespace

void pull_command(CLI::App& app) {
  add_command(app, "pull", "Fetch a model by its name", "hearth pull org/repo:Q4_K_M", [](CLI::App& command) {
    auto given = std::make_shared<PullGiven>();
    command
        .add_option(
            "NAME", given->name,
            "org/repo or org/repo:quant of a hub, ollama:name or ollama:name:tag, or the address of a "
            ".gguf file, with #sha256=HEX behind it to have it checked")
        ->required();
    command
        .add_option("--endpoint", given->endpoint,
                    "the hub; HF_ENDPOINT or https://huggingface.co if none is given")
        ->type_name("URL");
    command
        .add_option("--registry", given->registry,
                    "of ollama: names; HEARTH_OLLAMA_REGISTRY or https://registry.ollama.ai if none is given")
        ->type_name("URL");
    command.add_option("--connections", given->connections, "parts that are fetched at once")
        ->check(CLI::Range(1, 32))
        ->capture_default_str();
    return [given] { return run_pull(*given); };
  });
}

}  // namespace hearth
