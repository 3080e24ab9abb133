// Messages and tools as OpenAI's chat completions have them.
#pragma once

#include "server/chat_prompt.h"

namespace hearth {

// Messages, tools, tool_choice, response_format, reasoning_effort, chat_template_kwargs: what the template sees.
Conversation openai_conversation(const Fields& fields, const ServedModel& model);

// How the turn is to be read: are there tools that it may call?
OutputOptions openai_turn(const Conversation& conversation);

}  // namespace hearth
