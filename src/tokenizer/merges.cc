#include "tokenizer/merges.h"

#include <string>

#include "base/text.h"

namespace hearth {

Result<PairTable> read_merges(std::span<const std::string_view> merges, const TokenSet& tokens) {
  if (merges.empty()) return fail("merges: there are none; byte-pair encoding needs them");
  PairTable table;
  std::string joined;
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    std::string_view merge = merges[rank];
    size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos || space + 1 == merge.size())
      return fail("merges[{}]: {} is not two tokens with a space between", rank, quote(merge));
    std::string_view halves[] = {merge.substr(0, space), merge.substr(space + 1)};
    joined.assign(halves[0]).append(halves[1]);
    TokenId ids[3];
    bool plain = true;
    const std::string_view texts[] = {halves[0], halves[1], joined};
    for (size_t i = 0; i < 3; ++i) {
      auto id = tokens.find(texts[i]);
      if (!id) return fail("merges[{}]: {} is not a token", rank, quote(texts[i]));
      ids[i] = *id;
      plain = plain && tokens.is_plain(*id);
    }
    if (!plain) continue;
    table.insert(static_cast<SymbolId>(ids[0]), static_cast<SymbolId>(ids[1]),
                 {static_cast<uint32_t>(rank), static_cast<SymbolId>(ids[2])});
  }
  return table;
}

}  // namespace hearth
