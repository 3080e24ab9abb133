// The layout in which PEFT writes LoRA adapters: adapter_config.json and adapter_model.safetensors.
#pragma once

#include "model/adapter/adapter.h"

namespace hearth {

inline constexpr const char* kAdapterConfig = "adapter_config.json";

Result<Adapter> read_peft_adapter(const std::filesystem::path& folder, const AdapterBase& base);

// The model that the adapter was made for, as its maker called it; empty if it is not said.
Result<std::string> peft_base_name(const std::filesystem::path& folder);

}  // namespace hearth
