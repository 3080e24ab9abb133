// hearth import: an Ollama Modelfile becomes a name in hearth.toml.
#include <filesystem>

#include "base/file.h"
#include "cli/command.h"
#include "cli/model_settings.h"
#include "cli/output.h"
#include "hub/folders.h"
#include "hub/model_name.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

Status import_modelfile(const fs::path& file, std::string name) {
  TRY(std::string text, read_file(file, 4 << 20));
  TRY(ModelSettings settings, parse_modelfile(text, file.string()));
  // FROM names a file beside the Modelfile, a model of a hub, or one of Ollama's.
  std::error_code failed;
  fs::path beside = file.parent_path() / settings.model;
  if (fs::exists(beside, failed)) {
    settings.model = fs::absolute(beside, failed).lexically_normal();
  } else if (!settings.model.starts_with("hf.co/") && !settings.model.starts_with("huggingface.co/")) {
    settings.model = "ollama:" + settings.model;
    TRY(ModelName parsed, parse_model_name(settings.model));
  }
  if (name.empty()) name = fs::absolute(file, failed).parent_path().filename();
  TRY_STATUS(add_model_settings(hearth_settings(), name, settings));
  return print(settings_text(name, settings));
}

}  // namespace

void import_command(CLI::App& app) {
  add_command(app, "import", "Take over an Ollama Modelfile as a name in hearth.toml",
              "hearth import Modelfile --name pirate && hearth run pirate", [](CLI::App& command) {
                auto file = std::make_shared<std::string>();
                auto name = std::make_shared<std::string>();
                command.add_option("FILE", *file, "the Modelfile")->required();
                command.add_option("--name", *name, "what to call it; the folder's name if none is given");
                return [file, name] { return import_modelfile(*file, *name); };
              });
}

}  // namespace hearth
