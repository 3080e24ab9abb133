#include "engine/chunks.h"

#include <algorithm>

namespace hearth {

namespace {
constexpr int64_t kLeastSize = 8;
}  // namespace

Result<Chunks> Chunks::make(const Tokenizer& tokenizer, std::string_view text, const Options& options) {
  std::span<const TokenId> prefix = tokenizer.prefix();
  int64_t least = std::max(kLeastSize, 2 * static_cast<int64_t>(prefix.size()));
  if (options.size < least) {
    return fail("chunks of {} tokens are too short: at least {} are needed", options.size, least);
  }
  Chunks chunks;
  chunks.size_ = options.size;
  TRY(chunks.tokens_, tokenizer.encode(text, {.add_special = true, .parse_special = options.parse_special}));
  auto tokens = static_cast<int64_t>(chunks.tokens_.size());
  if (tokens / 2 < options.size) {
    return fail(
        "the text has {} tokens, too few for two chunks of {}: give a longer text, or shorter chunks with "
        "--ctx",
        tokens, options.size);
  }
  chunks.count_ = tokens / options.size;
  if (options.most > 0) chunks.count_ = std::min(chunks.count_, options.most);
  for (int64_t i = 0; i < chunks.count_; ++i) {
    std::copy(prefix.begin(), prefix.end(), chunks.tokens_.begin() + i * options.size);
  }
  return chunks;
}

}  // namespace hearth
