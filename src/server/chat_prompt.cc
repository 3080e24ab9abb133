#include "server/chat_prompt.h"

namespace hearth {

namespace {

Problem no_text(const ServedModel& model) {
  return {400, fmt::format("{} has no tokenizer, so it cannot read text", model.id()), "model"};
}

}  // namespace

ChatJson assistant_message(const ServedModel& model, const std::string& text, const std::string& reasoning,
                           const ChatJson& calls) {
  if (calls.empty() && reasoning.empty()) return {{"role", "assistant"}, {"content", text}};
  return model.format.message(text, reasoning, calls);
}

Result<Rendered> render(const ServedModel& model, const Conversation& conversation) {
  RenderOptions options;
  options.bos_token = model.chat->bos_token;
  options.eos_token = model.chat->eos_token;
  options.variables = conversation.variables;
  return model.chat->chat_template.render(conversation.messages, conversation.tools, options);
}

std::optional<Problem> prompt_of(const ServedModel& model, const Conversation& conversation, Prompt& prompt) {
  if (!model.tokenizer) return no_text(model);
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

std::optional<Problem> prompt_of(const ServedModel& model, const std::string& text, Prompt& prompt) {
  if (!model.tokenizer) return no_text(model);
  // Whoever completes a text speaks to the model directly, control tokens and all.
  auto tokens = model.tokenizer->encode(text, {.add_special = true, .parse_special = true});
  if (!tokens.ok()) return Problem{400, tokens.error().message, "prompt"};
  prompt = {*std::move(tokens), {}};
  return std::nullopt;
}

}  // namespace hearth
