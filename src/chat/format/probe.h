// Messages whose parts can be found again in what a template makes of them.
#pragma once

#include <optional>
#include <string>

#include "chat/template.h"

namespace hearth {

namespace probe {
inline const std::string kUser = "Quserone", kNext = "Qusertwo", kContent = "Qcontent",
                         kReasoning = "Qreasoning";
inline const std::string kName = "probe_alpha", kSecondName = "probe_beta";
inline const std::string kKey = "key_one", kSecondKey = "key_two", kValue = "valueone",
                         kSecondValue = "valuetwo";
inline const std::string kId = "callid001",
                         kSecondId = "callid002";  // nine letters and digits, as some ask for
}  // namespace probe

class Prober {
 public:
  Prober(const ChatTemplate& chat_template, const std::string& bos_token, const std::string& eos_token);

  enum class Thinking : uint8_t { unset, on, off };

  // Nothing, where the template refuses.
  std::optional<std::string> render(const ChatJson& messages, bool generation_prompt = false,
                                    Thinking thinking = Thinking::unset, bool tools = false) const;

 private:
  const ChatTemplate& template_;
  RenderOptions options_;
  ChatJson tools_;
};

}  // namespace hearth
