// hearth.toml, Modelfiles and a registry's parameters from anywhere: what is accepted reads the same when it is
// written again.
#include <cstdint>
#include <cstdlib>

#include "cli/model_settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_settings(text, "fuzz");
  ModelSettings parameters;
  (void)read_ollama_parameters(text, parameters);
  auto settings = parse_modelfile(text, "fuzz");
  if (!settings.ok()) return 0;
  std::string written = settings_text("name", *settings);
  auto again = parse_settings(written, "again");
  // TOML takes no text that is not UTF-8.
  if (again.ok() && settings_text("name", again->front().second) != written) std::abort();
  return 0;
}
