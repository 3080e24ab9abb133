#include "model/chat_template.h"

namespace hearth {

Result<Rendered> ModelChat::render(const ChatJson& messages, const ChatJson& tools) const {
  RenderOptions options;
  options.bos_token = bos_token;
  options.eos_token = eos_token;
  return chat_template.render(messages, tools, options);
}

Result<ModelChat> read_chat_template(const GgufMetadata& metadata, const Tokenizer& tokenizer) {
  TRY(auto source, metadata.get_if<std::string_view>("tokenizer.chat_template"));
  if (!source)
    return fail(
        "the model has no chat template (metadata key tokenizer.chat_template); complete texts with --raw");
  TRY(ChatTemplate chat_template, ChatTemplate::parse(*source));
  auto spelled = [&](TokenRole role) {
    auto id = tokenizer.role(role);
    return id ? std::string(tokenizer.text(*id)) : std::string();
  };
  return ModelChat{std::move(chat_template), spelled(TokenRole::bos), spelled(TokenRole::eos)};
}

}  // namespace hearth
