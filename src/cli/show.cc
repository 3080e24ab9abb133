// hearth show: what a model of the store, or a name in hearth.toml, is.
#include <ctime>

#include "base/human.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "hub/folders.h"

namespace hearth {

namespace {

std::string date(int64_t seconds) {
  std::time_t time = seconds;
  std::tm broken{};
  ::localtime_r(&time, &broken);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &broken);
  return text;
}

Status show_stored(const std::string& name) {
  TRY(auto settings, read_model_settings(name));
  if (settings) return print(settings_text(name, *settings));
  ModelStore store(hearth_home());
  TRY(StoredModel model, stored_model(store, name));
  Table table("<<");
  table.add({"name", model.name});
  table.add({"from", model.source});
  table.add({"revision", model.revision});
  table.add({"size", human_bytes(model.bytes())});
  table.add({"pulled", date(model.pulled)});
  table.add({"used", date(model.used)});
  table.add({"opens", store.path_of(model)});
  if (!model.projector.empty()) table.add({"projector", model.projector});
  if (!model.system.empty()) table.add({"system", model.system});
  if (!model.parameters.empty()) table.add({"parameters", model.parameters});
  TRY(auto all, store.list());
  for (const std::string& other : ModelStore::shared_with(model, all))
    table.add({"shares files with", other});
  if (!store.is_whole(model)) table.add({"state", "files are missing: pull it again"});
  Table files("<><");
  for (const StoredFile& file : model.files)
    files.add(
        {file.path, human_bytes(file.size), file.at.empty() ? "sha256:" + file.sha256 : "in " + file.at});
  return print(table.text("") + "\n" + files.text(""));
}

}  // namespace

void show_command(CLI::App& app) {
  add_command(app, "show", "Show where a model came from and what it consists of", "hearth show org/repo",
              [](CLI::App& command) {
                auto name = std::make_shared<std::string>();
                command.add_option("MODEL", *name, "a name that hearth list shows, or one of hearth.toml")
                    ->required();
                command.footer(command.get_footer() + "\nWhat is inside its file: hearth inspect MODEL");
                return [name] { return show_stored(*name); };
              });
}

}  // namespace hearth
