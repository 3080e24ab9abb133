// hearth arch: the architectures that the program knows, and checks for those who write one.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "graph/check.h"
#include "graph/library.h"
#include "graph/parse.h"
#include "graph/print.h"
#include "model/checkpoint/checkpoint.h"
#include "model/definition.h"
#include "model/draft/draft.h"
#include "model/model.h"

namespace hearth {

namespace {

// A name of the library, or a file: what has a folder or an ending in it, or simply exists.
bool is_file(const std::string& what) {
  if (arch::library_file(what)) return false;
  return what.find('/') != std::string::npos || what.ends_with(".arch") || std::filesystem::exists(what);
}

Result<arch::Architecture> read(const std::string& what) {
  return is_file(what) ? read_architecture(what) : arch::load(what, arch::library_loader());
}

std::string words(const std::vector<arch::Word>& all) {
  std::string text;
  for (const arch::Word& word : all) text += (text.empty() ? "" : " ") + word.text;
  return text;
}

Status list(bool json) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (size_t i = 0; i < kArchFileCount; ++i) {
    TRY(arch::Document document, arch::parse(kArchFiles[i].name, kArchFiles[i].text));
    std::vector<std::string> classes;
    for (const arch::Word& word : document.header.hf) classes.push_back(word.text);
    if (json) {
      rows.push_back({{"name", document.name.text},
                      {"like", document.parent.text},
                      {"description", document.header.description},
                      {"hf", classes}});
      continue;
    }
    fmt::print("{:<18}  {}\n{:<18}  for {}\n", document.name.text, document.header.description, "",
               words(document.header.hf));
  }
  if (json) fmt::print("{}\n", rows.dump(2));
  return {};
}

Status show_definition(const std::string& what) {
  TRY(arch::Architecture architecture, read(what));
  fmt::print("{}", arch::print(arch::flatten(architecture)));
  return {};
}

// A checkpoint's tensors need not be made to be found.
Result<std::shared_ptr<const Model>> load_without_data(const std::string& path, const ModelOptions& options) {
  if (!is_checkpoint(path)) return Model::load(path, options);
  TRY(auto opened, checkpoint_outline(path, options.arch_file));
  return Model::make(std::move(opened.file), path, std::move(opened.architecture), path, options);
}

Status check(const std::string& what, const std::string& model) {
  TRY(arch::Architecture architecture, read(what));
  size_t errors = 0, warnings = 0;
  for (const arch::Finding& finding : arch::check(architecture)) {
    fmt::print("{}\n", finding.to_string());
    ++(finding.kind == arch::Finding::Kind::error ? errors : warnings);
  }
  if (errors > 0) return fail("{} has {} error{}", what, errors, errors == 1 ? "" : "s");
  std::string found;
  if (!model.empty()) {
    ModelOptions options;
    if (is_file(what)) options.arch_file = what;
    TRY(std::string path, find_model_path(model));
    std::string name;
    if (is_config_alone(path)) {
      found = fmt::format("; it knows all that {} says in config.json, and there are no tensors", model);
      TRY(name, Checkpoint::check_config(path, options.arch_file));
    } else {
      found = fmt::format("; {} has all that it declares and nothing else", model);
      TRY(auto loaded, load_without_data(path, options));
      name = loaded->architecture().name.text;
    }
    if (name != architecture.name.text)
      return fail("{} is described by `{}`; to try another, give its file", model, name);
  }
  fmt::print("{}: no errors{}{}\n", what, warnings ? fmt::format(", {} warnings", warnings) : "", found);
  return {};
}

Status draft(const std::string& folder, const std::string& output) {
  TRY(Draft made, draft_architecture(folder));
  if (made.known) {
    tell(fmt::format("{}: {} describes it as it is; no file is needed", folder, made.parent));
    return {};
  }
  if (output.empty()) {
    fmt::print("{}", made.text);
  } else {
    TRY(AtomicFile file, AtomicFile::create(output));
    TRY_STATUS(file.write(made.text));
    TRY_STATUS(file.commit());
  }
  const std::string where = output.empty() ? "the draft" : output;
  if (made.open.empty())
    tell(fmt::format("{} describes {}, like {}", where, folder, made.parent));
  else
    tell(fmt::format("{} is like {}; open questions: {} (they stand at its top)", where, made.parent,
                     made.open.size()));
  return {};
}

}  // namespace

void arch_command(CLI::App& app) {
  add_command(
      app, "arch", "Show the architectures that are known, or check one that is being written",
      "hearth arch show qwen3", [](CLI::App& arch) -> std::function<Status()> {
        arch.require_subcommand(1);
        add_command(arch, "list", "Name every architecture and what it converts", "hearth arch list",
                    [](CLI::App& command) -> std::function<Status()> {
                      auto json = std::make_shared<bool>(false);
                      command.add_flag("--json", *json, "print one JSON document");
                      return [json] { return list(*json); };
                    });
        add_command(arch, "show", "Print an architecture with all that it inherits", "hearth arch show qwen3",
                    [](CLI::App& command) -> std::function<Status()> {
                      auto what = std::make_shared<std::string>();
                      command.add_option("NAME", *what, "a known name, or a file")->required();
                      return [what] { return show_definition(*what); };
                    });
        add_command(arch, "check", "Look for mistakes in an architecture",
                    "hearth arch check my.arch model.gguf", [](CLI::App& command) -> std::function<Status()> {
                      auto what = std::make_shared<std::string>();
                      auto model = std::make_shared<std::string>();
                      command.add_option("FILE", *what, "a file, or a known name")->required();
                      command.add_option("MODEL", *model,
                                         "a model that it must fit; of a checkpoint, config.json may be all "
                                         "that is there");
                      return [what, model] { return check(*what, *model); };
                    });
        add_command(arch, "draft",
                    "Write a first .arch file for a checkpoint: like the nearest known, with what differs",
                    "hearth arch draft NewModel-7B -o new-model.arch",
                    [](CLI::App& command) -> std::function<Status()> {
                      auto folder = std::make_shared<std::string>();
                      auto output = std::make_shared<std::string>();
                      command.add_option("DIR", *folder, "the folder of a checkpoint")->required();
                      command
                          .add_option("-o,--output", *output, "the file to write; stdout if none is given")
                          ->type_name("FILE");
                      return [folder, output] { return draft(*folder, *output); };
                    });
        return [] { return Status(); };
      });
}

}  // namespace hearth
