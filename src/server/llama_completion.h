// The answer of llama-server's /completion, which other routes of its dialect share.
#pragma once

#include "server/fields.h"
#include "server/generation.h"

namespace hearth {

const FieldTable& native_fields();
// Reads from `fields` how to go on from a prompt, of which there is one.
std::optional<Problem> complete_natively(const ModelLease& model, std::vector<Prompt> prompts,
                                         const Fields& fields, const HttpRequest& request,
                                         const std::shared_ptr<Exchange>& exchange);

}  // namespace hearth
