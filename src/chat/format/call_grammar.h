// What a model may write, as a grammar: tool calls in the model's own spelling, content that another grammar describes,
// or either. Reasoning before it stays free.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/format/format.h"

namespace hearth {

enum class ToolChoice : uint8_t {
  none,       // no calls: no grammar
  automatic,  // if it calls, it calls correctly
  required,   // at least one call
  named,      // a call of one function
};

struct GrammarRequest {
  ChatJson tools = nullptr;
  ToolChoice choice = ToolChoice::automatic;
  std::string function{};  // for `named`
  bool content = false;    // a turn that calls nothing is what kContentRule says
  bool parallel = true;    // more than one call
  std::string opening{};   // what the prompt has written of the turn: format.opening(prompt)
};

// The rule of the content, where the request is to hold that to something.
inline constexpr std::string_view kContentRule = "content";

// In GBNF. Its rules refer to rules that it does not have: those of `schemas`, each to be made from its JSON schema, and
// kContentRule, if that was asked for.
struct TurnGrammar {
  struct Schema {
    std::string rule;
    ChatJson schema;
  };

  std::string gbnf;  // empty: anything goes
  std::vector<Schema> schemas;
  // Not empty: the grammar holds from where the first of these texts begins, outside of reasoning. Empty: from the
  // first token on. It then begins with the reasoning; its rule `answer` is what stands behind that.
  std::vector<std::string> triggers;
  bool triggers_only_first = false;  // the triggers count only where no content stands before them
};

Result<TurnGrammar> call_grammar(const ChatFormat& format, const GrammarRequest& request);

}  // namespace hearth
