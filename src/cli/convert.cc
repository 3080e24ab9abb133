// hearth convert: a checkpoint as a GGUF file.
#include "model/checkpoint/convert.h"

#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/named_model.h"
#include "cli/progress.h"
#include "model/adapter/peft.h"

namespace hearth {

namespace {

// What the adapter itself names is not pulled: nobody asked for gigabytes.
Result<std::string> base_path(const std::string& adapter, const std::string& given) {
  if (!given.empty()) return find_model_path(given);
  TRY(std::string name, peft_base_name(adapter));
  TRY(FoundModel found, find_model_here(name));
  std::error_code failed;
  if (!name.empty() && found.path && std::filesystem::exists(*found.path, failed)) return *found.path;
  return fail("{}: is for {}, which is not here; give its base model with --base", adapter,
              name.empty() ? "a model that it does not name" : quote(name));
}

Status convert_lora(const std::string& adapter, const std::string& base, const std::string& output,
                    const std::string& type) {
  TRY(std::string path, base_path(adapter, base));
  return convert_adapter(adapter, path, output, type);
}

}  // namespace

void convert_command(CLI::App& app) {
  add_command(
      app, "convert", "Make a GGUF file of a Hugging Face checkpoint, or of a LoRA adapter",
      "hearth convert Qwen3-0.6B -o qwen3-0.6b.gguf --type q8_0\n"
      "  hearth convert my-adapter -o my-adapter.gguf --base Qwen3-0.6B",
      [](CLI::App& command) {
        struct Wishes {
          std::string source, output, arch_file, base;
          ConvertOptions convert;
        };
        auto options = std::make_shared<Wishes>();
        command
            .add_option("SRC", options->source,
                        "the folder of a checkpoint: config.json, *.safetensors, tokenizer.json; or of an "
                        "adapter: adapter_config.json, adapter_model.safetensors")
            ->required();
        command.add_option("-o,--output", options->output, "the file to write")
            ->required()
            ->type_name("FILE");
        command
            .add_option("--type", options->convert.type,
                        "what the tensors become: auto (as they are), f32, f16, bf16, q8_0, ...")
            ->type_name("TYPE")
            ->capture_default_str();
        command
            .add_option("--arch", options->arch_file,
                        "an .arch file that describes the model, in place of the one config.json calls for")
            ->type_name("FILE");
        command
            .add_option(
                "--base", options->base,
                "of an adapter: its model, a checkpoint or a GGUF file; what the adapter names if none "
                "is given")
            ->type_name("MODEL");
        command.add_option("--threads", options->convert.threads, "threads to encode with")
            ->type_name("N")
            ->check(CLI::Range(1, 1024));
        return [options]() -> Status {
          if (!options->arch_file.empty()) options->convert.arch_file = options->arch_file;
          if (is_adapter(options->source))
            return convert_lora(options->source, options->base, options->output, options->convert.type);
          Interruption interruption;
          ProgressLine line;
          return convert_checkpoint(options->source, options->output, options->convert,
                                    [&](std::string_view tensor, uint64_t bytes, uint64_t all) {
                                      line.show("MB written", bytes / 1'000'000, all / 1'000'000,
                                                escape(tensor));
                                      return !interruption.asked();
                                    });
        };
      });
}

}  // namespace hearth
