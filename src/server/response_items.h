// The items of OpenAI's /v1/responses, which is how it writes a conversation.
#pragma once

#include "server/chat_prompt.h"

namespace hearth {

const FieldTable& item_fields();

// `input` as an array of items: a string is a message of the user.
ChatJson input_items(const Fields& fields);

// Adds to the messages what the items say. What belongs to one turn of the assistant may be several items: reasoning, a
// message, calls. `holder` is how messages to the client call the array.
void add_items(const Fields& fields, std::string_view name, const ChatJson& items, const ServedModel& model,
               ChatJson& messages);

const FieldTable& offered_tool_fields();
// The tools that are functions, as templates take them. Tools that run on OpenAI's side are offers which nobody here
// can keep: the model is not told of them.
ChatJson function_tools(const Fields& fields);

}  // namespace hearth
