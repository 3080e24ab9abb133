#include "hub/folders.h"

#include <cstdlib>

namespace hearth {

namespace {

namespace fs = std::filesystem;

fs::path home() {
  const char* found = std::getenv("HOME");
  return found && *found ? fs::path(found) : fs::path("/");
}

fs::path environment_or(const char* name, const fs::path& fallback) {
  const char* found = std::getenv(name);
  return found && *found ? fs::path(found) : fallback;
}

}  // namespace

fs::path hearth_home() {
  return environment_or("HEARTH_HOME", environment_or("XDG_DATA_HOME", home() / ".local/share") / "hearth");
}

fs::path hearth_settings() {
  return environment_or("HEARTH_CONFIG",
                        environment_or("XDG_CONFIG_HOME", home() / ".config") / "hearth/hearth.toml");
}

fs::path hugging_face_home() {
  return environment_or("HF_HOME", environment_or("XDG_CACHE_HOME", home() / ".cache") / "huggingface");
}

fs::path hugging_face_hub() { return environment_or("HF_HUB_CACHE", hugging_face_home() / "hub"); }

std::vector<fs::path> ollama_folders() {
  fs::path named = environment_or("OLLAMA_MODELS", {});
  if (!named.empty()) return {named};
  return {home() / ".ollama/models", "/usr/share/ollama/.ollama/models"};
}

std::vector<fs::path> lm_studio_folders() {
  return {home() / ".lmstudio/models", home() / ".cache/lm-studio/models"};
}

}  // namespace hearth
