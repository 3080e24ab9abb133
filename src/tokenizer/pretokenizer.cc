#include "tokenizer/pretokenizer.h"

namespace hearth {

Result<PreTokenizer> PreTokenizer::make(std::span<const std::string_view> patterns) {
  PreTokenizer result;
  for (std::string_view pattern : patterns) {
    TRY(Regex regex, Regex::compile(pattern));
    result.regexes_.push_back(std::move(regex));
  }
  return result;
}

Status PreTokenizer::cut_up(std::string_view text, RegexSearch& search, std::vector<size_t>& ends,
                            std::vector<size_t>& cut) const {
  ends.clear();
  if (text.empty()) return {};
  ends.push_back(text.size());
  for (const Regex& regex : regexes_) {
    cut.clear();
    size_t begin = 0;
    for (size_t end : ends) {
      std::string_view piece = text.substr(begin, end - begin);
      size_t last = 0;  // where the piece before the next one ended
      size_t from = 0;
      while (from < piece.size()) {
        TRY(auto match, search.find(regex, piece, from));
        if (!match) break;
        auto [match_begin, match_end] = *match;
        if (match_begin > last) cut.push_back(begin + match_begin);
        if (match_end > match_begin) cut.push_back(begin + match_end);
        last = match_end;
        // An expression may match between characters; the search goes on after the next one.
        from = match_end > match_begin || match_end == piece.size()
                   ? match_end
                   : match_end + utf8_at(piece, match_end).size;
      }
      if (last < piece.size()) cut.push_back(end);
      begin = end;
    }
    ends.swap(cut);
  }
  return {};
}

Result<const PreTokenizerRow*> find_pre_tokenizer(std::string_view name) {
  for (const PreTokenizerRow& row : pre_tokenizer_rows()) {
    std::string_view names = row.names;
    while (!names.empty()) {
      std::string_view one = names.substr(0, names.find(' '));
      if (one == name) return &row;
      names.remove_prefix(std::min(names.size(), one.size() + 1));
    }
  }
  return fail("pre: pre-tokenizer {} is not known here", quote(name));
}

}  // namespace hearth
