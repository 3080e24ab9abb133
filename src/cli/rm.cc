// hearth rm: takes a model out of the store.
#include "base/human.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "hub/folders.h"

namespace hearth {

namespace {

Status remove_model(const std::string& name) {
  ModelStore store(hearth_home());
  TRY(StoredModel model, stored_model(store, name));
  TRY(uint64_t freed, store.remove(model));
  return print(fmt::format("{}: removed, {} are free again\n", model.name, human_bytes(freed)));
}

}  // namespace

void rm_command(CLI::App& app) {
  add_command(app, "rm", "Remove a model; what others share stays, and so does what other programs keep",
              "hearth rm org/repo:Q4_K_M", [](CLI::App& command) {
                auto name = std::make_shared<std::string>();
                command.add_option("NAME", *name, "a name that hearth list shows")->required();
                return [name] { return remove_model(*name); };
              });
}

}  // namespace hearth
