// hearth convert: a checkpoint as a GGUF file.
#include "model/checkpoint/convert.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/progress.h"

namespace hearth {

void convert_command(CLI::App& app) {
  add_command(app, "convert", "Make a GGUF file of a Hugging Face checkpoint.",
              "hearth convert Qwen3-0.6B -o qwen3-0.6b.gguf --type q8_0", [](CLI::App& command) {
                struct Wishes {
                  std::string source, output, arch_file;
                  ConvertOptions convert;
                };
                auto options = std::make_shared<Wishes>();
                command
                    .add_option("SRC", options->source,
                                "the folder of a checkpoint: config.json, *.safetensors, tokenizer.json")
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
                    .add_option(
                        "--arch", options->arch_file,
                        "an .arch file that describes the model, in place of the one config.json calls for")
                    ->type_name("FILE");
                command.add_option("--threads", options->convert.threads, "threads to encode with")
                    ->type_name("N")
                    ->check(CLI::Range(1, 1024));
                return [options]() -> Status {
                  if (!options->arch_file.empty()) options->convert.arch_file = options->arch_file;
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
