// Learns a ChatFormat from a template: renders it with probes and compares what comes out.
//
// Nothing is known of models by name. Where a template does not show how its model writes calls or reasoning, a row of
// known_formats.cc that its text gives away fills the gap. A template that refuses some probe teaches less.
#pragma once

#include "chat/format/format.h"
#include "chat/template.h"

namespace hearth {

// `source` is the template's text.
ChatFormat derive_format(const ChatTemplate& chat_template, std::string_view source,
                         const std::string& bos_token, const std::string& eos_token);

}  // namespace hearth
