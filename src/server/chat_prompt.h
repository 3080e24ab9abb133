// A conversation, whatever dialect it came in, as the tokens that the model's own template makes of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chat/template.h"
#include "server/fields.h"
#include "server/generation.h"

namespace hearth {

// What an answer is held to, and the field that asked for it.
struct AnswerGrammar {
  GrammarText text;
  std::string field;
};

struct Conversation {
  ChatJson messages = ChatJson::array();    // as templates take them
  ChatJson tools = nullptr;                 // [{"type": "function", "function": {...}}]
  ChatJson variables = ChatJson::object();  // more of what the template sees
  ToolChoice choice = ToolChoice::automatic;
  std::string function{};  // ToolChoice::named
  bool parallel = true;    // several calls in one turn
  std::optional<AnswerGrammar> answer{};
};

// {"text", "reasoning", "calls": [{"id", "name", "arguments": object}]} as this model's template wants it.
ChatJson assistant_message(const ServedModel& model, const std::string& text, const std::string& reasoning,
                           const ChatJson& calls);

// The text of the template, for those who want to see it.
Result<Rendered> render(const ServedModel& model, const Conversation& conversation);
// What the template wrote may be control tokens; what people wrote never is.
std::optional<Problem> prompt_of(const ServedModel& model, const Conversation& conversation, Prompt& prompt);
// Lets the answer be read as a turn, held to what the conversation asks for.
std::optional<Problem> expect_turn(const ServedModel& model, const Conversation& conversation,
                                   const Prompt& prompt, GenerationOptions& options);
// Holds text that is no turn.
std::optional<Problem> expect_text(const ServedModel& model, const std::optional<AnswerGrammar>& answer,
                                   GenerationOptions& options);

// Text as it stands.
std::optional<Problem> prompt_of(const ServedModel& model, const std::string& text, Prompt& prompt);

// The field `prompt`: a string, strings, token ids, or arrays of token ids.
Kind prompt_kind();
std::optional<Problem> prompts_of(const ServedModel& model, const Fields& fields,
                                  std::vector<Prompt>& prompts);

}  // namespace hearth
