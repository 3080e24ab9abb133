#include "server/chat_prompt.h"

#include <algorithm>

namespace hearth {

namespace {

Problem no_text(const ServedModel& model) {
  return {400, fmt::format("{} has no tokenizer, so it cannot read text", model.id()), "model"};
}
Problem no_writer(const ServedModel& model) {
  return {400, fmt::format("{} does not generate text", model.id()), "model"};
}

constexpr size_t kMostPrompts = 256;

// Token ids as they stand.
bool is_tokens(const ChatJson& value) {
  return value.is_array() && !value.empty() &&
         std::all_of(value.begin(), value.end(),
                     [](const ChatJson& each) { return each.is_number_integer(); });
}

std::optional<Problem> one_prompt(const ServedModel& model, const ChatJson& value, const std::string& field,
                                  Prompt& prompt) {
  if (value.is_string()) return prompt_of(model, value.get_ref<const std::string&>(), prompt);
  if (!is_tokens(value)) {
    return Problem{400,
                   fmt::format("{}: is {}, expected a string or an array of token ids", field, shown(value)),
                   field};
  }
  for (const ChatJson& each : value) {
    auto id = each.get<int64_t>();
    if (id < 0 || id > INT32_MAX || !model.tokenizer->contains(static_cast<TokenId>(id)))
      return Problem{400, fmt::format("{}: there is no token {}", field, json_text(each)), field};
    prompt.tokens.push_back(static_cast<TokenId>(id));
  }
  return std::nullopt;
}

}  // namespace

ChatJson assistant_message(const ServedModel& model, const std::string& text, const std::string& reasoning,
                           const ChatJson& calls) {
  if (calls.empty() && reasoning.empty()) return {{"role", "assistant"}, {"content", text}};
  return model.format.message(text, reasoning, calls);
}

Result<Rendered> render(const ServedModel& model, const Conversation& conversation) {
  const ChatJson& messages = conversation.messages;
  if (model.defaults.system.empty())
    return model.chat->render(messages, conversation.tools, conversation.variables);
  std::string first = messages.empty() ? "" : messages.front().value("role", "");
  ChatJson all = ChatJson::array();
  if (first != "system" && first != "developer")
    all.push_back({{"role", "system"}, {"content", model.defaults.system}});
  all.insert(all.end(), messages.begin(), messages.end());
  return model.chat->render(all, conversation.tools, conversation.variables);
}

std::optional<Problem> prompt_of(const ServedModel& model, const Conversation& conversation, Prompt& prompt) {
  if (!model.generates) return no_writer(model);
  if (!model.chat)
    return Problem{400, fmt::format("{} does not chat: {}", model.id(), model.no_chat), "model"};
  if (!conversation.tools.is_null() && !model.format.tools)
    return Problem{400, fmt::format("tools: the template of {} shows none to the model", model.id()),
                   "tools"};
  auto rendered = render(model, conversation);
  // Templates refuse what their models were not taught: a system message in the middle, two users in a row.
  if (!rendered.ok()) return Problem{400, fmt::format("messages: {}", rendered.error().message), "messages"};
  std::vector<TextSpan> spans;
  for (const auto& span : rendered->spans)
    spans.push_back(
        {std::string_view(rendered->text).substr(span.begin, span.end - span.begin), span.trusted});
  auto tokens = model.tokenizer->encode(spans, false);
  if (!tokens.ok()) return Problem{400, tokens.error().message, "messages"};
  prompt = {*std::move(tokens), std::string(model.format.opening(rendered->text))};
  return std::nullopt;
}

namespace {

// Of the tools, one at least is to be followed to the letter.
bool wants_strict(const ChatJson& tools) {
  if (!tools.is_array()) return false;
  return std::any_of(tools.begin(), tools.end(), [](const ChatJson& tool) {
    auto function = tool.find("function");
    if (function == tool.end() || !function->is_object()) return false;
    auto strict = function->find("strict");
    return strict != function->end() && *strict == true;
  });
}

Problem no_grammar(const std::string& message, const std::string& field) {
  return {400, fmt::format("{}: {}", field, message), field};
}

}  // namespace

std::optional<Problem> expect_turn(const ServedModel& model, const Conversation& conversation,
                                   const Prompt& prompt, GenerationOptions& options) {
  const ChatJson& tools = conversation.tools;
  options.turn = OutputOptions{tools, !tools.is_null(), false};
  // Who names a function asks for one call of it.
  bool parallel = conversation.parallel && conversation.choice != ToolChoice::named;
  options.one_call = !parallel;
  bool calls = conversation.choice == ToolChoice::required || conversation.choice == ToolChoice::named;
  auto turn = call_grammar(model.format, {.tools = tools,
                                          .choice = conversation.choice,
                                          .function = conversation.function,
                                          .content = conversation.answer.has_value(),
                                          .parallel = parallel,
                                          .opening = prompt.opening});
  if (!turn.ok()) return Problem{400, turn.error().message, "tool_choice"};
  if (turn->gbnf.empty()) return std::nullopt;
  std::optional<GrammarText> content;
  if (conversation.answer && !calls) content = conversation.answer->text;
  auto constraint = model.constraints->of_turn(*turn, content, wants_strict(tools));
  if (!constraint.ok())
    return no_grammar(constraint.error().message, content ? conversation.answer->field : "tools");
  options.constraint = *std::move(constraint);
  return std::nullopt;
}

std::optional<Problem> expect_text(const ServedModel& model, const std::optional<AnswerGrammar>& answer,
                                   GenerationOptions& options) {
  if (!answer) return std::nullopt;
  auto constraint = model.constraints->of_text(answer->text);
  if (!constraint.ok()) return no_grammar(constraint.error().message, answer->field);
  options.constraint = *std::move(constraint);
  return std::nullopt;
}

std::optional<Problem> prompt_of(const ServedModel& model, const std::string& text, Prompt& prompt) {
  if (!model.tokenizer) return no_text(model);
  // Whoever completes a text speaks to the model directly, control tokens and all.
  auto tokens = model.tokenizer->encode(text, {.add_special = true, .parse_special = true});
  if (!tokens.ok()) return Problem{400, tokens.error().message, "prompt"};
  prompt = {*std::move(tokens), {}};
  return std::nullopt;
}

Kind prompt_kind() {
  return Kind::json(R"({"anyOf": [{"type": "string"},
                                  {"type": "array", "minItems": 1, "items": {"type": "string"}},
                                  {"type": "array", "minItems": 1, "items": {"type": "integer"}},
                                  {"type": "array", "minItems": 1,
                                   "items": {"type": "array", "items": {"type": "integer"}}}]})");
}

std::optional<Problem> prompts_of(const ServedModel& model, const Fields& fields,
                                  std::vector<Prompt>& prompts) {
  if (!model.tokenizer) return no_text(model);
  if (!model.generates) return no_writer(model);
  const ChatJson* given = fields.find("prompt");
  if (!given) return Problem{400, "prompt: is missing; it is a string, or an array", "prompt"};
  if (!given->is_array() || is_tokens(*given))
    return one_prompt(model, *given, "prompt", prompts.emplace_back());
  if (given->empty() || given->size() > kMostPrompts) {
    return Problem{400, fmt::format("prompt: is {}, expected 1 to {} prompts", shown(*given), kMostPrompts),
                   "prompt"};
  }
  for (size_t i = 0; i < given->size(); ++i) {
    if (auto problem = one_prompt(model, (*given)[i], fmt::format("prompt[{}]", i), prompts.emplace_back()))
      return problem;
  }
  return std::nullopt;
}

}  // namespace hearth
