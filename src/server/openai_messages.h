// Messages and tools as OpenAI's chat completions have them.
#pragma once

#include "server/chat_prompt.h"

namespace hearth {

// Messages, tools, tool_choice, response_format, reasoning_effort, chat_template_kwargs: what the template sees.
const FieldTable& conversation_fields();
Conversation openai_conversation(const Fields& fields, const ServedModel& model);
// "none", "auto", "required", {"type": "function", "name"}, the name also one deeper, under "function".
Kind tool_choice_kind();
void choose_tools(const Fields& fields, Conversation& conversation);

}  // namespace hearth
