#include "model/tokenizer_json.h"

#include <algorithm>

#include "base/text.h"
#include "formats/json.h"

namespace hearth {

namespace {

using Json = nlohmann::ordered_json;

constexpr struct {
  std::string_view name;
  TokenizerJson::Model model;
} kModels[] = {{"BPE", TokenizerJson::Model::bpe},
               {"Unigram", TokenizerJson::Model::unigram},
               {"WordPiece", TokenizerJson::Model::wordpiece},
               {"WordLevel", TokenizerJson::Model::wordlevel}};

class Parser {
 public:
  explicit Parser(std::string_view text) : reader_(text) {}

  Result<TokenizerJson> run() {
    bool has_model = false;
    TRY_STATUS(reader_.object([&](std::string&& key) -> Status {
      if (key == "model") {
        has_model = true;
        return model();
      }
      if (key == "added_tokens") return added_tokens();
      for (auto [name, place] : {std::pair{"normalizer", &file_.normalizer},
                                 {"pre_tokenizer", &file_.pre_tokenizer},
                                 {"post_processor", &file_.post_processor},
                                 {"decoder", &file_.decoder}}) {
        if (key != name) continue;
        TRY(*place, reader_.value());
        return {};
      }
      // Truncation and padding are habits of whoever saved the file.
      return ignore();
    }));
    TRY_STATUS(reader_.finish());
    if (!has_model) return fail("has no model");
    TRY_STATUS(place_tokens());
    return std::move(file_);
  }

 private:
  Status ignore() {
    TRY(Json ignored, reader_.value());
    static_cast<void>(ignored);
    return {};
  }

  Status model() {
    return reader_.object([&](std::string&& key) -> Status {
      if (key == "vocab") return vocabulary();
      if (key == "merges") return merges();
      TRY(Json value, reader_.value());
      if (value.is_null()) return {};
      if (key == "type") {
        type_ = value.is_string() ? value.get<std::string>() : "";
        return {};
      }
      auto text = [&](std::string& place) -> Status {
        if (!value.is_string()) return reader_.error(fmt::format("model.{}: expected a string", key));
        place = value.get<std::string>();
        return {};
      };
      auto flag = [&](bool& place) -> Status {
        if (!value.is_boolean()) return reader_.error(fmt::format("model.{}: expected true or false", key));
        place = value.get<bool>();
        return {};
      };
      auto number = [&](auto& place) -> Status {
        if (!value.is_number_unsigned())
          return reader_.error(fmt::format("model.{}: expected a number", key));
        place = value.get<uint64_t>();
        return {};
      };
      if (key == "unk_token") return text(unknown_);
      if (key == "unk_id") return number(unknown_id_);
      if (key == "continuing_subword_prefix") return text(file_.inside_prefix);
      if (key == "end_of_word_suffix") return text(file_.end_suffix);
      if (key == "max_input_chars_per_word") return number(file_.max_characters);
      if (key == "fuse_unk") return flag(file_.fuse_unknown);
      if (key == "byte_fallback") return flag(file_.byte_fallback);
      if (key == "ignore_merges") return flag(file_.ignore_merges);
      if (key == "dropout" && value != 0)
        return reader_.error("model.dropout: leaves out merges by chance; only 0 is supported");
      return {};
    });
  }

  // {"token": id, ...}, or [["token", score], ...] of a unigram model.
  Status vocabulary() {
    if (reader_.next_is('{')) {
      return reader_.object([&](std::string&& token) -> Status {
        TRY(uint64_t id, reader_.unsigned_integer());
        return add(std::move(token), id);
      });
    }
    return reader_.array([&]() -> Status {
      int index = 0;
      std::string token;
      TRY_STATUS(reader_.array([&]() -> Status {
        if (index++ == 0) {
          TRY(token, reader_.string());
          return {};
        }
        TRY(Json score, reader_.value());
        if (index > 2 || !score.is_number()) return reader_.error("expected the score of a token");
        scores_.push_back(score.get<double>());
        return {};
      }));
      if (index != 2) return reader_.error("expected a token and its score");
      return add(std::move(token), vocabulary_.size());
    });
  }

  Status merges() {
    return reader_.array([&]() -> Status {
      if (reader_.next_is('"')) {
        TRY(std::string merge, reader_.string());
        size_t space = merge.find(' ');
        if (space == merge.npos || merge.find(' ', space + 1) != merge.npos)
          return reader_.error("expected two tokens with a space between");
        file_.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
        return {};
      }
      std::vector<std::string> halves;
      TRY_STATUS(reader_.array([&]() -> Status {
        if (halves.size() == 2) return reader_.error("expected two tokens");
        TRY(std::string half, reader_.string());
        halves.push_back(std::move(half));
        return {};
      }));
      if (halves.size() != 2) return reader_.error("expected two tokens");
      file_.merges.emplace_back(std::move(halves[0]), std::move(halves[1]));
      return {};
    });
  }

  Status added_tokens() {
    return reader_.array([&]() -> Status {
      TokenizerJson::Added added;
      uint64_t id = kMaxTokens;
      TRY_STATUS(reader_.object([&](std::string&& key) -> Status {
        if (key == "id") {
          TRY(id, reader_.unsigned_integer());
          return {};
        }
        if (key == "content") {
          TRY(added.content, reader_.string());
          return {};
        }
        TRY(Json value, reader_.value());
        for (auto [name, place] : {std::pair{"single_word", &added.single_word},
                                   {"lstrip", &added.lstrip},
                                   {"rstrip", &added.rstrip},
                                   {"normalized", &added.normalized},
                                   {"special", &added.special}}) {
          if (key != name) continue;
          if (!value.is_boolean()) return reader_.error(fmt::format("{}: expected true or false", key));
          *place = value.get<bool>();
        }
        return {};
      }));
      if (id >= kMaxTokens) return reader_.error("an added token needs an id, of at most 24 bits");
      added.id = static_cast<TokenId>(id);
      file_.added.push_back(std::move(added));
      return {};
    });
  }

  Status add(std::string token, uint64_t id) {
    if (id >= kMaxTokens)
      return reader_.error(
          fmt::format("{} has id {}, at most {} are supported", quote(token), id, kMaxTokens));
    if (token.size() > kMaxTokenBytes)
      return reader_.error(
          fmt::format("a token of {} bytes, at most {} are supported", token.size(), kMaxTokenBytes));
    vocabulary_.emplace_back(std::move(token), static_cast<TokenId>(id));
    return {};
  }

  // The tokens by their ids, and what each is.
  Status place_tokens() {
    TRY_STATUS(find_type());
    size_t end = 0;
    for (const auto& [token, id] : vocabulary_) end = std::max(end, static_cast<size_t>(id) + 1);
    for (const auto& added : file_.added) end = std::max(end, static_cast<size_t>(added.id) + 1);
    size_t count = vocabulary_.size() + file_.added.size();
    if (end == 0) return fail("has no tokens");
    // Some files leave ids out. Nothing is allocated for one number that is large.
    if (end > 8 * count + 65536) return fail("has ids up to {} for {} tokens", end - 1, count);
    file_.tokens.resize(end);
    std::vector<bool> taken(end);
    for (auto& [token, id] : vocabulary_) {
      size_t at = static_cast<size_t>(id);
      if (taken[at])
        return fail("model.vocab: both {} and {} have id {}", quote(file_.tokens[at]), quote(token), id);
      taken[at] = true;
      file_.tokens[at] = std::move(token);
    }
    file_.kinds.resize(end, TokenKind::unused);
    for (size_t i = 0; i < end; ++i) {
      if (!taken[i]) continue;
      bool is_byte = file_.byte_fallback && byte_token_value(file_.tokens[i]);
      file_.kinds[i] = is_byte ? TokenKind::byte : TokenKind::normal;
    }
    for (const auto& added : file_.added) {
      size_t at = static_cast<size_t>(added.id);
      if (taken[at] && file_.tokens[at] != added.content)
        return fail("added_tokens: {} has the id {} of {}", quote(added.content), added.id,
                    quote(file_.tokens[at]));
      if (!taken[at]) file_.beside_model.push_back(added.id);
      taken[at] = true;
      file_.tokens[at] = added.content;
      file_.kinds[at] = added.special ? TokenKind::control : TokenKind::user_defined;
    }
    if (file_.model == TokenizerJson::Model::unigram) {
      file_.scores = std::move(scores_);
      file_.scores.resize(end, 0.0);
    }
    return find_unknown();
  }

  // Old files do not say what their model is.
  Status find_type() {
    if (type_.empty()) {
      type_ = !scores_.empty()              ? "Unigram"
              : !file_.merges.empty()       ? "BPE"
              : file_.inside_prefix.empty() ? "WordLevel"
                                            : "WordPiece";
    }
    for (const auto& row : kModels) {
      if (row.name != type_) continue;
      file_.model = row.model;
      bool has_scores = scores_.size() == vocabulary_.size() && !scores_.empty();
      if ((row.model == TokenizerJson::Model::unigram) != has_scores)
        return fail("model.vocab: is not one of a model of type {}", type_);
      return {};
    }
    return fail("model.type: {} is not known here", quote(type_));
  }

  Status find_unknown() {
    if (file_.model == TokenizerJson::Model::unigram) {
      if (unknown_id_ == kNoId) return {};
      if (unknown_id_ >= file_.tokens.size())
        return fail("model.unk_id: {} is outside the vocabulary of {} tokens", unknown_id_,
                    file_.tokens.size());
      file_.unknown = static_cast<TokenId>(unknown_id_);
    } else if (!unknown_.empty()) {
      file_.unknown = file_.find(unknown_);
    }
    // Only one that was added stands apart from text that spells it.
    if (file_.unknown && file_.kinds[static_cast<size_t>(*file_.unknown)] == TokenKind::control)
      file_.kinds[static_cast<size_t>(*file_.unknown)] = TokenKind::unknown;
    return {};
  }

  static constexpr uint64_t kNoId = ~uint64_t{0};
  JsonReader reader_;
  TokenizerJson file_;
  std::string type_, unknown_;
  uint64_t unknown_id_ = kNoId;
  std::vector<std::pair<std::string, TokenId>> vocabulary_;
  std::vector<double> scores_;
};

}  // namespace

std::optional<TokenId> TokenizerJson::find(std::string_view token) const {
  auto found = std::find(tokens.begin(), tokens.end(), token);
  if (found == tokens.end()) return std::nullopt;
  return static_cast<TokenId>(found - tokens.begin());
}

Result<TokenizerJson> parse_tokenizer_json(std::string_view text) { return Parser(text).run(); }

}  // namespace hearth
