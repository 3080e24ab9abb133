#include "model/chat_template.h"

#include "base/file.h"
#include "base/text.h"
#include "chat/format/derive.h"
#include "chat/named_templates.h"

namespace hearth {

Result<Rendered> ModelChat::render(const ChatJson& messages, const ChatJson& tools,
                                   const ChatJson& variables) const {
  RenderOptions options;
  options.bos_token = bos_token;
  options.eos_token = eos_token;
  options.variables = variables;
  auto rendered = chat_template.render(messages, tools, options);
  // A few templates go through the tools without asking whether there are any.
  if (rendered.ok() || !tools.is_null()) return rendered;
  auto with_none = chat_template.render(messages, ChatJson::array(), options);
  return with_none.ok() ? std::move(with_none) : std::move(rendered);
}

ChatFormat ModelChat::format() const { return derive_format(chat_template, source, bos_token, eos_token); }

namespace {

Result<ModelChat> make_chat(std::string_view source, const std::string& name, const Tokenizer& tokenizer) {
  TRY(ChatTemplate chat_template, ChatTemplate::parse(source, name));
  auto spelled = [&](TokenRole role) {
    auto id = tokenizer.role(role);
    return id ? std::string(tokenizer.text(*id)) : std::string();
  };
  return ModelChat{std::move(chat_template), spelled(TokenRole::bos), spelled(TokenRole::eos),
                   std::string(source)};
}

}  // namespace

Result<ModelChat> read_chat_template(const GgufMetadata& metadata, const Tokenizer& tokenizer) {
  TRY(auto source, metadata.get_if<std::string_view>("tokenizer.chat_template"));
  if (!source) {
    return fail(
        "the model has no chat template (metadata key tokenizer.chat_template); complete texts with --raw, "
        "or say "
        "which it was trained with: --chat-template FILE, or one of {}",
        template_names());
  }
  return make_chat(*source, "chat template", tokenizer);
}

Result<ModelChat> choose_chat_template(const std::string& name_or_file, const Tokenizer& tokenizer) {
  if (const NamedTemplate* known = find_named_template(name_or_file)) {
    return make_chat(known->source, std::string(known->name), tokenizer);
  }
  auto source = read_file(name_or_file);
  if (!source) {
    return fail("--chat-template {}: is no file that can be read, and none of {}", quote(name_or_file),
                template_names());
  }
  if (source->empty()) return fail("--chat-template {}: the file is empty", quote(name_or_file));
  return make_chat(*source, name_or_file, tokenizer);
}

}  // namespace hearth
