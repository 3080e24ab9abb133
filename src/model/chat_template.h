// The chat template of a model: the one that a GGUF file carries in its metadata, or another.
#pragma once

#include <memory>

#include "chat/format/format.h"
#include "chat/template.h"
#include "formats/gguf.h"
#include "tokenizer/tokenizer.h"

namespace hearth {

struct ModelChat {
  ChatTemplate chat_template;
  std::string bos_token, eos_token;  // as the template writes them
  std::string source;                // the template's text

  // `variables`: more of them, by name.
  Result<Rendered> render(const ChatJson& messages, const ChatJson& tools = nullptr,
                          const ChatJson& variables = ChatJson::object()) const;

  // How the model writes, learned from the template: some milliseconds.
  ChatFormat format() const;
};

// An error if the file has none: to make one up would be to talk to the model in a language it was not taught.
Result<ModelChat> read_chat_template(const GgufMetadata& metadata, const Tokenizer& tokenizer);

// One that the user chose: a well-known one by its name, or a file.
Result<ModelChat> choose_chat_template(const std::string& name_or_file, const Tokenizer& tokenizer);

}  // namespace hearth
