#include "chat/named_templates.h"

#include <gtest/gtest.h>

#include "chat/format/derive.h"
#include "chat/template.h"

namespace hearth {
namespace {

Result<std::string> render_named(std::string_view name) {
  const NamedTemplate* known = find_named_template(name);
  if (!known) return fail("no {}", name);
  TRY(ChatTemplate chat, ChatTemplate::parse(known->source, std::string(known->name)));
  RenderOptions options;
  options.bos_token = "<s>";
  options.eos_token = "</s>";
  const ChatJson messages = ChatJson::parse(
      R"([{"role": "system", "content": "S"}, {"role": "user", "content": "U"}, {"role": "assistant", "content": "A"},
          {"role": "user", "content": "V"}])");
  TRY(Rendered rendered, chat.render(messages, nullptr, options));
  return rendered.text;
}

TEST(NamedTemplates, WriteWhatTheirFormatsSay) {
  const std::pair<const char*, const char*> expected[] = {
      {"chatml",
       "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n"
       "<|im_start|>user\nV<|im_end|>\n<|im_start|>assistant\n"},
      {"llama2", "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU [/INST] A </s><s>[INST] V [/INST]"},
      {"llama3",
       "<s><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>"
       "\n\nU"
       "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nA<|eot_id|><|start_header_id|>user"
       "<|end_header_id|>\n\nV<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"},
      {"gemma",
       "<s><start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n<start_of_turn>"
       "user\nV"
       "<end_of_turn>\n<start_of_turn>model\n"},
      {"mistral-v3", "<s>[INST] S\n\nU[/INST] A</s>[INST] V[/INST]"},
      {"mistral-v7", "<s>[SYSTEM_PROMPT]S[/SYSTEM_PROMPT][INST]U[/INST]A</s>[INST]V[/INST]"},
      {"phi3",
       "<s><|system|>\nS<|end|>\n<|user|>\nU<|end|>\n<|assistant|>\nA<|end|>\n<|user|>\nV<|end|>\n<|"
       "assistant|>\n"},
      {"command-r",
       "<s><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>S<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>"
       "U"
       "<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>A<|END_OF_TURN_TOKEN|><|START_OF_TURN_"
       "TOKEN|>"
       "<|USER_TOKEN|>V<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"},
  };
  for (auto [name, text] : expected) {
    auto rendered = render_named(name);
    ASSERT_TRUE(rendered.ok()) << name << ": " << rendered.error().message;
    EXPECT_EQ(*rendered, text) << name;
  }
}

TEST(NamedTemplates, AllOfThemRenderAndShowWhereTurnsEnd) {
  for (const NamedTemplate& known : named_templates()) {
    SCOPED_TRACE(known.name);
    auto rendered = render_named(known.name);
    ASSERT_TRUE(rendered.ok()) << rendered.error().message;
    EXPECT_NE(rendered->find("U"), std::string::npos);
    auto chat = ChatTemplate::parse(known.source);
    ChatFormat format = derive_format(*chat, known.source, "<s>", "</s>");
    ASSERT_FALSE(format.turn_ends.empty());
    EXPECT_FALSE(format.turn_begin.empty());
    EXPECT_TRUE(format.calls.empty());
  }
  EXPECT_EQ(find_named_template("nonesuch"), nullptr);
}

}  // namespace
}  // namespace hearth
