#include "tokenizer/charsmap.h"

#include <cstring>

#include "tokenizer/utf8.h"

namespace hearth {

namespace {

constexpr size_t kMaxCharsmapBytes = size_t{1} << 26;

uint32_t little_endian(const char* bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

}  // namespace

Result<Charsmap> Charsmap::make(std::string_view bytes) {
  if (bytes.size() > kMaxCharsmapBytes)
    return fail("precompiled_charsmap: has {} bytes, at most {} are supported", bytes.size(),
                kMaxCharsmapBytes);
  if (bytes.size() < 4) return fail("precompiled_charsmap: has {} bytes, too few for its size", bytes.size());
  size_t size = little_endian(bytes.data());
  bytes.remove_prefix(4);
  if (size > bytes.size() || size % 4 != 0)
    return fail("precompiled_charsmap: says that its array has {} bytes, of {} that follow", size,
                bytes.size());
  Charsmap map;
  map.units_ = bytes.substr(0, size);
  map.replacements_ = bytes.substr(size);
  if (!map.replacements_.empty() && map.replacements_.back() != '\0')
    return fail("precompiled_charsmap: its last replacement has no end");
  return map;
}

// An index outside is a unit that nothing leads on from.
uint32_t Charsmap::unit(size_t index) const {
  if (index >= units_.size() / 4) return 0;
  return little_endian(units_.data() + index * 4);
}

template <class Found>
void Charsmap::prefixes(std::string_view text, Found&& found) const {
  auto base = [](uint32_t unit) { return (unit >> 10) << ((unit & (1u << 9)) >> 6); };
  size_t node = base(unit(0));
  for (size_t at = 0; at < text.size(); ++at) {
    uint8_t byte = static_cast<uint8_t>(text[at]);
    node ^= byte;
    uint32_t here = unit(node);
    if (byte == 0 || (here & ((1u << 31) | 0xFF)) != byte) return;
    node ^= base(here);
    if ((here >> 8) & 1) {
      if (!found(at + 1, unit(node) & ((1u << 31) - 1))) return;
    }
  }
}

Charsmap::Match Charsmap::match(size_t size, uint32_t offset) const {
  if (offset >= replacements_.size()) return {};
  const char* begin = replacements_.data() + offset;
  return {size, std::string_view(begin, std::strlen(begin))};
}

Charsmap::Match Charsmap::longest(std::string_view text) const {
  Match result;
  prefixes(text, [&](size_t size, uint32_t offset) {
    result = match(size, offset);
    return true;
  });
  return result;
}

Charsmap::Match Charsmap::shortest(std::string_view text) const {
  Match result;
  prefixes(text, [&](size_t size, uint32_t offset) {
    result = match(size, offset);
    return false;
  });
  return result;
}

namespace {

class LongestRules : public TextStep {
 public:
  explicit LongestRules(Charsmap map) : map_(std::move(map)) {}
  Status apply(Stretch& stretch, RegexSearch&) const override {
    std::string out;
    std::string_view text = stretch.text;
    for (size_t at = 0; at < text.size();) {
      auto match = map_.longest(text.substr(at));
      if (match.size > 0) {
        out += match.replacement;
        at += match.size;
        if (out.empty()) stretch.first = false;
        continue;
      }
      Utf8Char next = utf8_at(text, at);
      out += next.valid() ? text.substr(at, next.size) : "\uFFFD";
      at += next.size;
    }
    stretch.text = std::move(out);
    return {};
  }

 private:
  Charsmap map_;
};

class GraphemeRules : public TextStep {
 public:
  explicit GraphemeRules(Charsmap map) : map_(std::move(map)) {}
  Status apply(Stretch& stretch, RegexSearch&) const override {
    std::string out;
    std::string_view text = stretch.text;
    while (!text.empty()) {
      std::string_view grapheme = text.substr(0, grapheme_size(text));
      text.remove_prefix(grapheme.size());
      // Whatever of the grapheme the rule is for, all of it is replaced: so it is done there.
      auto whole = grapheme.size() < 6 ? map_.shortest(grapheme) : Charsmap::Match{};
      if (whole.size > 0) {
        out += whole.replacement;
      } else {
        for (size_t at = 0; at < grapheme.size();) {
          std::string_view character = grapheme.substr(at, utf8_at(grapheme, at).size);
          auto match = map_.shortest(character);
          out += match.size > 0 ? match.replacement : character;
          at += character.size();
        }
      }
      if (out.empty()) stretch.first = false;
    }
    stretch.text = std::move(out);
    return {};
  }

 private:
  Charsmap map_;
};

}  // namespace

MadeStep charsmap_step(Charsmap map, CharsmapReading reading) {
  if (reading == CharsmapReading::longest) return std::make_unique<LongestRules>(std::move(map));
  return std::make_unique<GraphemeRules>(std::move(map));
}

}  // namespace hearth
