// Chat templates: Jinja, as the authors of models write it to turn messages into a prompt.
//
// The interpreter behaves as Python's Jinja in the set-up that these templates are tested with: blocks trimmed, loop
// controls, a sandbox in which only namespaces change. A template is a stranger's program: it reaches nothing but the
// values it is given, and each render has limits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/jinja/clock.h"
#include "chat/jinja/heap.h"
#include "chat/jinja/json.h"
#include "chat/jinja/parser.h"

namespace hearth {

using ChatJson = jinja::Json;  // keeps the order of keys, which templates show

struct Rendered {
  // Trusted: the template's author wrote it, or whoever packed the model (BOS and EOS). All else came with the request
  // and must never become a control token, whatever it spells.
  struct Span {
    size_t begin, end;
    bool trusted;
  };

  std::string text;
  std::vector<Span> spans;  // cover the text in order; neighbours differ
};

struct RenderOptions {
  bool add_generation_prompt = true;
  std::string bos_token{}, eos_token{};
  ChatJson variables = ChatJson::object();  // more of them, by name; these win
  std::optional<jinja::WallTime> now{};     // what strftime_now() sees; the clock's time, if absent
  jinja::Limits limits{};
};

class ChatTemplate {
 public:
  // `name` stands in messages: NAME:LINE:COLUMN: what was wrong.
  static Result<ChatTemplate> parse(std::string_view source, std::string name = "chat template",
                                    const jinja::ParseOptions& options = {});

  // `messages` is an array, `tools` an array or null. Thread-safe.
  Result<Rendered> render(const ChatJson& messages, const ChatJson& tools,
                          const RenderOptions& options) const;

  // With no variables but those of `options`, and no messages among them unless they are there.
  Result<Rendered> render(const RenderOptions& options) const;

 private:
  ChatTemplate(std::shared_ptr<const jinja::Program> program, std::string name)
      : program_(std::move(program)), name_(std::move(name)) {}

  Result<Rendered> render_with(const ChatJson* messages, const ChatJson* tools,
                               const RenderOptions& options) const;

  std::shared_ptr<const jinja::Program> program_;
  std::string name_;
};

}  // namespace hearth
