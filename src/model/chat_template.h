// The chat template that a GGUF file carries in its metadata.
#pragma once

#include <memory>

#include "chat/template.h"
#include "formats/gguf.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

struct ModelChat {
  ChatTemplate chat_template;
  std::string bos_token, eos_token;  // as the template writes them

  Result<Rendered> render(const ChatJson& messages, const ChatJson& tools = nullptr) const;
};

// An error if the file has none: to make one up would be to talk to the model in a language it was not taught.
Result<ModelChat> read_chat_template(const GgufMetadata& metadata, const Tokenizer& tokenizer);

}  // namespace hearth
