// Where things lie on this machine: ours, and what other programs keep.
#pragma once

#include <filesystem>
#include <vector>

namespace hearth {

std::filesystem::path hearth_home();        // HEARTH_HOME, or "hearth" in XDG_DATA_HOME
std::filesystem::path hearth_settings();    // HEARTH_CONFIG, or "hearth/hearth.toml" in XDG_CONFIG_HOME
std::filesystem::path hugging_face_home();  // HF_HOME
std::filesystem::path hugging_face_hub();   // HF_HUB_CACHE
std::vector<std::filesystem::path> ollama_folders();     // OLLAMA_MODELS, or the user's and the service's
std::vector<std::filesystem::path> lm_studio_folders();  // each with org/repo/FILE

}  // namespace hearth
