// hearth debug format: what is learned from a chat template about how its model writes.
#include <cstdio>
#include <memory>
#include <string>

#include "base/file.h"
#include "chat/format/derive.h"
#include "cli/command.h"
#include "cli/debug.h"
#include "formats/gguf.h"
#include "model/chat_template.h"
#include "model/vocabulary.h"

namespace hearth {

namespace {

Result<ChatFormat> format_of_template(const std::string& path) {
  TRY(std::string source, read_file(path));
  TRY(ChatTemplate chat, ChatTemplate::parse(source, path));
  return derive_format(chat, source, "<s>", "</s>");
}

Status print_format(const std::string& path) {
  TRY(ChatFormat format, format_of_template(path));
  std::string text = format.describe();
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

}  // namespace

void debug_format_command(CLI::App& debug) {
  add_command(debug, "format", "Show how a model writes, as its chat template tells it",
              "hearth debug format model.gguf", [](CLI::App& command) {
                auto file = std::make_shared<std::string>();
                command.add_option("FILE", *file, "A model, or a template as a file that ends in .jinja")->required();
                return [file] { return print_format(*file); };
              });
}

}  // namespace hearth
