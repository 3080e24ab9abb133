// The fields by which requests hold an answer to a format: OpenAI's, llama-server's and vLLM's.
#pragma once

#include "server/chat_prompt.h"

namespace hearth {

// A JSON schema is what a value must be; whoever reads it says what is wrong with it.
inline constexpr const char* kJsonSchema = R"({"type": ["object", "boolean"]})";

const FieldTable& answer_fields();
const FieldTable& format_fields();  // of format_grammar's field

// At most one of them may be given; nothing: any answer is good.
std::optional<AnswerGrammar> answer_grammar(const Fields& fields);

// OpenAI's response_format, or what a dialect calls it: text, json_object or json_schema.
std::optional<AnswerGrammar> format_grammar(const Fields& fields, std::string_view name);

// JSON as the schema says.
GrammarText schema_grammar(const ChatJson& schema);

}  // namespace hearth
