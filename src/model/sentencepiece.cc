#include "model/sentencepiece.h"

#include <cstring>

#include "base/text.h"

namespace hearth {

namespace {

// The fields of a message of Protocol Buffers, one after the other. Lengths are those of what is there: nothing
// is allocated for what a length says.
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  struct Field {
    uint64_t number;
    enum class Kind { integer, fixed64, bytes, fixed32 } kind;
    uint64_t integer = 0;    // of all kinds but bytes
    std::string_view bytes;  // of that
  };

  // Calls each(field) for every field.
  template <class Each>
  Status read(Each&& each) {
    while (!rest_.empty()) {
      Field field;
      TRY(uint64_t tag, integer());
      field.number = tag >> 3;
      switch (tag & 7) {
        case 0: {
          field.kind = Field::Kind::integer;
          TRY(field.integer, integer());
          break;
        }
        case 1: {
          field.kind = Field::Kind::fixed64;
          TRY(field.integer, fixed(8));
          break;
        }
        case 2: {
          field.kind = Field::Kind::bytes;
          TRY(uint64_t size, integer());
          if (size > rest_.size()) return cut_short();
          field.bytes = rest_.substr(0, size);
          rest_.remove_prefix(size);
          break;
        }
        case 5: {
          field.kind = Field::Kind::fixed32;
          TRY(field.integer, fixed(4));
          break;
        }
        default: return fail("is not a model of SentencePiece: a field has type {}", tag & 7);
      }
      TRY_STATUS(each(field));
    }
    return {};
  }

 private:
  static Error cut_short() { return fail("is not a model of SentencePiece, or ends too early"); }

  Result<uint64_t> integer() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return cut_short();
      uint8_t byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    return cut_short();
  }

  Result<uint64_t> fixed(size_t size) {
    if (rest_.size() < size) return cut_short();
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(rest_[i]);
    rest_.remove_prefix(size);
    return value;
  }

  std::string_view rest_;
};

using Field = Message::Field;

float as_float(uint64_t bits) {
  uint32_t low = static_cast<uint32_t>(bits);
  float value;
  std::memcpy(&value, &low, sizeof value);
  return value;
}

// The numbers of fields and of model types are the format's.
constexpr uint64_t kUnigram = 1, kBpe = 2;

Status read_piece(std::string_view bytes, OwnedVocabulary& out) {
  std::string text;
  float score = 0;
  uint64_t type = 1;
  TRY_STATUS(Message(bytes).read([&](const Field& field) -> Status {
    if (field.number == 1) text = field.bytes;
    if (field.number == 2) score = as_float(field.integer);
    if (field.number == 3) type = field.integer;
    return {};
  }));
  size_t index = out.tokens.size();
  if (index == kMaxTokens) return fail("has more than {} pieces", kMaxTokens);
  if (type < 1 || type > static_cast<uint64_t>(kTokenKindLast))
    return fail("pieces[{}]: {} has type {}, expected 1 to {}", index, quote(text), type, kTokenKindLast);
  out.tokens.push_back(std::move(text));
  out.fields.scores.push_back(score);
  out.fields.kinds.push_back(static_cast<TokenKind>(type));
  return {};
}

}  // namespace

Result<OwnedVocabulary> parse_sentencepiece(std::string_view bytes) {
  OwnedVocabulary out;
  Vocabulary& fields = out.fields;
  fields.add_space_prefix = fields.remove_extra_whitespaces = true;
  uint64_t type = kUnigram;
  // As the trainer has them unless it says otherwise; negative where there is none.
  int64_t unknown = 0, bos = 1, eos = 2, padding = -1;
  TRY_STATUS(Message(bytes).read([&](const Field& part) -> Status {
    if (part.number == 1) return read_piece(part.bytes, out);
    if (part.number == 2) {
      return Message(part.bytes).read([&](const Field& field) -> Status {
        if (field.number == 3) type = field.integer;
        if (field.number == 24 && field.integer) fields.treat_whitespace_as_suffix = true;
        int64_t id = static_cast<int32_t>(field.integer);
        if (field.number == 40) unknown = id;
        if (field.number == 41) bos = id;
        if (field.number == 42) eos = id;
        if (field.number == 43) padding = id;
        return {};
      });
    }
    if (part.number == 3) {
      return Message(part.bytes).read([&](const Field& field) -> Status {
        if (field.number == 2) fields.precompiled_charsmap = field.bytes;
        if (field.number == 3) fields.add_space_prefix = field.integer != 0;
        if (field.number == 4) fields.remove_extra_whitespaces = field.integer != 0;
        if (field.number == 5 && !field.integer) fields.escape_whitespaces = false;
        return {};
      });
    }
    return {};
  }));
  if (out.tokens.empty()) return fail("is not a model of SentencePiece: it has no pieces");
  if (type != kUnigram && type != kBpe)
    return fail("its model has type {}; only unigram ({}) and BPE ({}) are supported", type, kUnigram, kBpe);
  out.model = type == kBpe ? "llama" : "t5";
  for (auto [role, id] : {std::pair{TokenRole::unknown, unknown},
                          {TokenRole::bos, bos},
                          {TokenRole::eos, eos},
                          {TokenRole::padding, padding}}) {
    if (id >= 0 && static_cast<size_t>(id) < out.tokens.size()) fields.roles[role] = static_cast<TokenId>(id);
  }
  return out;
}

}  // namespace hearth
