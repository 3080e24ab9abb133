#include "chat/format/probe.h"

namespace hearth {

namespace {

ChatJson tool(const std::string& name) {
  return {{"type", "function"},
          {"function",
           {{"name", name},
            {"description", "Does something"},
            {"parameters",
             {{"type", "object"},
              {"properties",
               {{probe::kKey, {{"type", "string"}, {"description", "One"}}},
                {probe::kSecondKey, {{"type", "string"}, {"description", "Two"}}}}},
              {"required", ChatJson::array({probe::kKey})}}}}}};
}

}  // namespace

Prober::Prober(const ChatTemplate& chat_template, const std::string& bos_token, const std::string& eos_token)
    : template_(chat_template), tools_(ChatJson::array({tool(probe::kName), tool(probe::kSecondName)})) {
  options_.bos_token = bos_token;
  options_.eos_token = eos_token;
  options_.now = jinja::read_wall_time("2026-01-01T00:00:00");
  // A probe is short. Whoever needs more is not a template to learn from.
  options_.limits = {
      .steps = 100'000, .memory = uint64_t{4} << 20, .output = uint64_t{256} << 10, .depth = 400};
}

std::optional<std::string> Prober::render(const ChatJson& messages, bool generation_prompt, Thinking thinking,
                                          bool tools) const {
  RenderOptions options = options_;
  options.add_generation_prompt = generation_prompt;
  if (thinking != Thinking::unset) {
    options.variables["enable_thinking"] = thinking == Thinking::on;
    options.variables["thinking"] = thinking == Thinking::on;
    if (thinking == Thinking::on) options.variables["preserve_thinking"] = true;
  }
  auto rendered = template_.render(messages, tools ? tools_ : ChatJson(nullptr), options);
  if (!rendered && !tools) {
    // Some go through the tools without asking whether there are any.
    rendered = template_.render(messages, ChatJson::array(), options);
  }
  if (!rendered) return {};
  return std::move(rendered->text);
}

}  // namespace hearth
