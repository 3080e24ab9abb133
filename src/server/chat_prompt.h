// A conversation, whatever dialect it came in, as the tokens that the model's own template makes of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chat/template.h"
#include "server/fields.h"
#include "server/generation.h"

namespace hearth {

struct Conversation {
  ChatJson messages = ChatJson::array();    // as templates take them
  ChatJson tools = nullptr;                 // [{"type": "function", "function": {...}}]
  ChatJson variables = ChatJson::object();  // more of what the template sees
};

// {"text", "reasoning", "calls": [{"id", "name", "arguments": object}]} as this model's template wants it.
ChatJson assistant_message(const ServedModel& model, const std::string& text, const std::string& reasoning,
                           const ChatJson& calls);

// The text of the template, for those who want to see it.
Result<Rendered> render(const ServedModel& model, const Conversation& conversation);
// What the template wrote may be control tokens; what people wrote never is.
std::optional<Problem> prompt_of(const ServedModel& model, const Conversation& conversation, Prompt& prompt);

// Text as it stands.
std::optional<Problem> prompt_of(const ServedModel& model, const std::string& text, Prompt& prompt);

// The field `prompt`: a string, strings, token ids, or arrays of token ids.
std::optional<Problem> prompts_of(const ServedModel& model, const Fields& fields,
                                  std::vector<Prompt>& prompts);

}  // namespace hearth
