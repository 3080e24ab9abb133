// hearth debug format: what is learned from a chat template about how its model writes.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "chat/format/derive.h"
#include "chat/named_templates.h"
#include "cli/command.h"
#include "cli/debug.h"
#include "cli/model_options.h"
#include "cli/named_model.h"
#include "formats/gguf.h"
#include "model/chat_template.h"
#include "model/vocabulary.h"

namespace hearth {

namespace {

constexpr std::string_view kMagic = "GGUF";

Result<ChatFormat> format_of_checkpoint(const std::string& path) {
  ModelOptionsGiven given;
  given.model = path;
  TRY(auto model, open_model(given));
  TRY(auto tokenizer, model->tokenizer());
  if (!tokenizer) return fail("{}: has no tokenizer", path);
  auto chat = read_chat_template(model->file().metadata(), *tokenizer);
  if (!chat) return within(path, std::move(chat).error());
  return chat->format();
}

Result<ChatFormat> format_of(const std::string& given) {
  if (const NamedTemplate* known = find_named_template(given)) {
    TRY(ChatTemplate chat, ChatTemplate::parse(known->source, given));
    return derive_format(chat, known->source, "<s>", "</s>");
  }
  TRY(std::string path, find_model_path(given));
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return format_of_checkpoint(path);
  TRY(MappedFile bytes, MappedFile::open(path));
  std::string_view source(reinterpret_cast<const char*>(bytes.bytes().data()), bytes.bytes().size());
  if (!source.starts_with(kMagic)) {
    TRY(ChatTemplate chat, ChatTemplate::parse(source, path));
    return derive_format(chat, source, "<s>", "</s>");
  }
  TRY(GgufFile file, GgufFile::open(path));
  TRY(auto tokenizer, read_tokenizer(file.metadata()));
  if (!tokenizer) return fail("{}: has no tokenizer", path);
  auto chat = read_chat_template(file.metadata(), *tokenizer);
  if (!chat) return within(path, std::move(chat).error());
  return chat->format();
}

Status print_format(const std::string& path) {
  TRY(ChatFormat format, format_of(path));
  std::string text = format.describe();
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

}  // namespace

void debug_format_command(CLI::App& debug) {
  add_command(debug, "format", "Show how a model writes, as its chat template tells it",
              "hearth debug format model.gguf", [](CLI::App& command) {
                auto file = std::make_shared<std::string>();
                command
                    .add_option(
                        "FILE", *file,
                        fmt::format("a template, the name of a well-known one, or a model: {}", kModelHelp))
                    ->required();
                return [file] { return print_format(*file); };
              });
}

}  // namespace hearth
