#include "tokenizer/text_step.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/utf8.h"

namespace hearth {

namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

// Rewrites a stretch character by character: put(out, code) says what becomes of each. One that becomes
// nothing at the beginning takes the beginning with it.
template <class Put>
void rewrite(Stretch& stretch, Put&& put, bool keep_invalid = true) {
  std::string out;
  out.reserve(stretch.text.size());
  std::string_view text = stretch.text;
  for (size_t at = 0; at < text.size();) {
    Utf8Char next = utf8_at(text, at);
    if (next.valid()) {
      put(out, next.code);
      if (at == 0 && out.empty()) stretch.first = false;
    } else if (keep_invalid) {
      out += text[at];
    }
    at += next.size;
  }
  stretch.text = std::move(out);
}

class FormStep : public TextStep {
 public:
  explicit FormStep(UnicodeForm form) : form_(form) {}
  Status apply(Stretch& stretch, RegexSearch&) const override {
    if (!is_ascii(stretch.text)) stretch.text = normalize_form(stretch.text, form_);
    return {};
  }

 private:
  UnicodeForm form_;
};

class LowercaseStep : public TextStep {
 public:
  Status apply(Stretch& stretch, RegexSearch&) const override {
    rewrite(stretch, append_lower_case);
    return {};
  }
};

class RemoveMarksStep : public TextStep {
 public:
  Status apply(Stretch& stretch, RegexSearch&) const override {
    if (is_ascii(stretch.text)) return {};
    rewrite(stretch, [](std::string& out, uint32_t code) {
      if (!is_mark(code)) append_utf8(out, code);
    });
    return {};
  }
};

class StripStep : public TextStep {
 public:
  StripStep(bool left, bool right) : left_(left), right_(right) {}
  Status apply(Stretch& stretch, RegexSearch&) const override {
    std::string_view text = stretch.text;
    size_t begin = 0, end = 0;  // of what is not white space
    bool any = false;
    for (size_t at = 0; at < text.size();) {
      Utf8Char next = utf8_at(text, at);
      if (!next.valid() || !is_white_space(next.code)) {
        if (!any) begin = at;
        any = true;
        end = at + next.size;
      }
      at += next.size;
    }
    if (!any) begin = end = text.size();
    if (!left_) begin = 0;
    if (!right_) end = text.size();
    if (begin > 0) stretch.first = false;
    stretch.text = stretch.text.substr(std::min(begin, end), end - std::min(begin, end));
    return {};
  }

 private:
  bool left_, right_;
};

class ReplaceText : public TextStep {
 public:
  ReplaceText(std::string_view what, std::string_view content) : what_(what), content_(content) {}
  Status apply(Stretch& stretch, RegexSearch&) const override {
    std::string_view text = stretch.text;
    size_t found = text.find(what_);
    if (found == text.npos) return {};
    if (found == 0 && content_.empty()) stretch.first = false;
    std::string out;
    out.reserve(text.size() + text.size() / 4);
    while (found != text.npos) {
      out.append(text.substr(0, found)).append(content_);
      text.remove_prefix(found + what_.size());
      found = text.find(what_);
    }
    out.append(text);
    stretch.text = std::move(out);
    return {};
  }

 private:
  std::string what_, content_;
};

class ReplaceMatches : public TextStep {
 public:
  ReplaceMatches(Regex regex, std::string_view content) : regex_(std::move(regex)), content_(content) {}
  Status apply(Stretch& stretch, RegexSearch& search) const override {
    std::string out;
    std::string_view text = stretch.text;
    for (size_t begin = 0; begin < text.size();) {
      std::string_view valid = text.substr(begin, utf8_valid_prefix(text.substr(begin)));
      size_t last = 0;
      for (size_t from = 0; from <= valid.size() && !valid.empty();) {
        TRY(auto match, search.find(regex_, valid, from));
        if (!match) break;
        auto [match_begin, match_end] = *match;
        out.append(valid.substr(last, match_begin - last)).append(content_);
        if (begin == 0 && match_begin == 0 && match_end > 0 && content_.empty()) stretch.first = false;
        last = match_end;
        if (match_end > match_begin) {
          from = match_end;
        } else if (match_end < valid.size()) {
          from = match_end + utf8_at(valid, match_end).size;
        } else {
          break;
        }
      }
      out.append(valid.substr(last));
      begin += valid.size();
      while (begin < text.size() && !utf8_at(text, begin).valid()) out += text[begin++];
    }
    stretch.text = std::move(out);
    return {};
  }

 private:
  Regex regex_;
  std::string content_;
};

class NmtStep : public TextStep {
 public:
  Status apply(Stretch& stretch, RegexSearch&) const override {
    rewrite(stretch, [](std::string& out, uint32_t code) {
      if ((code >= 1 && code <= 8) || code == 0xB || (code >= 0xE && code <= 0x1F) || code == 0x7F ||
          code == 0x8F || code == 0x9F)
        return;
      bool is_space = code == '\t' || code == '\n' || code == '\f' || code == '\r' || code == 0x1680 ||
                      (code >= 0x200B && code <= 0x200F) || code == 0x2028 || code == 0x2029 ||
                      code == 0x2581 || code == 0xFEFF || code == 0xFFFD;
      append_utf8(out, is_space ? ' ' : code);
    });
    return {};
  }
};

class ByteCharactersStep : public TextStep {
 public:
  Status apply(Stretch& stretch, RegexSearch&) const override {
    std::string out;
    out.reserve(stretch.text.size() * 2);
    for (char c : stretch.text) append_utf8(out, kByteToChar[static_cast<uint8_t>(c)]);
    stretch.text = std::move(out);
    return {};
  }
};

class PrefixStep : public TextStep {
 public:
  explicit PrefixStep(Prefix prefix) : prefix_(std::move(prefix)) {}
  Status apply(Stretch& stretch, RegexSearch&) const override {
    if (prefix_.only_first && !stretch.first) return {};
    if (prefix_.unless_there && stretch.text.starts_with(prefix_.text)) return {};
    if (prefix_.unless_empty && stretch.text.empty()) return {};
    stretch.text.insert(0, prefix_.text);
    return {};
  }

 private:
  Prefix prefix_;
};

class BertStep : public TextStep {
 public:
  explicit BertStep(BertRules rules) : rules_(rules) {
    for (uint32_t code = 0; code < ascii_.size(); ++code) {
      std::string text;
      put_any(text, code);
      ascii_[code] = text.empty() ? kGone : static_cast<int16_t>(text[0]);
    }
  }

  Status apply(Stretch& stretch, RegexSearch&) const override {
    rewrite(
        stretch,
        [&](std::string& out, uint32_t code) {
          if (code >= ascii_.size()) return put_any(out, code);
          if (ascii_[code] != kGone) out += static_cast<char>(ascii_[code]);
        },
        !rules_.clean);
    return {};
  }

 private:
  static constexpr int16_t kGone = -1;

  void put_any(std::string& out, uint32_t code) const {
    if (code >= 0x4E00 && code <= 0x9FFF) return put_common_ideograph(out, code);
    if (rules_.clean) {
      bool is_line_space = code == '\t' || code == '\n' || code == '\r';
      bool is_space = is_white_space(code) && (rules_.first_of_composed || !is_control_or_format(code));
      if (is_line_space || is_space) {
        out += ' ';
        return;
      }
      if (code == 0 || code == 0xFFFD || is_control_or_format(code)) return;
    }
    bool apart = rules_.ideographs && is_ideograph(code);
    if (apart) out += ' ';
    finish(out, code);
    if (apart) out += ' ';
  }

  // Of three bytes, and nothing becomes of it: a text in Chinese is made of these, so they are put at once.
  void put_common_ideograph(std::string& out, uint32_t code) const {
    auto continued = [](uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
    const char spaced[] = {' ', static_cast<char>(0xe0 | code >> 12), continued(code >> 6), continued(code),
                           ' '};
    rules_.ideographs ? out.append(spaced, 5) : out.append(spaced + 1, 3);
  }

  // Accents go, and capitals. Characters are taken apart one by one: marks would have an order among them, but
  // go.
  void finish(std::string& out, uint32_t code) const {
    if (!rules_.strip_accents) return put_lower(out, code);
    utf8proc_int32_t parts[32];
    int last = 0;
    auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), parts, std::size(parts),
                                         UTF8PROC_DECOMPOSE, &last);
    if (rules_.first_of_composed) count = std::min<utf8proc_ssize_t>(count, 1);
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      uint32_t part = static_cast<uint32_t>(parts[i]);
      bool goes = rules_.first_of_composed ? is_mark(part) : is_nonspacing_mark(part);
      if (!goes) put_lower(out, part);
    }
  }

  void put_lower(std::string& out, uint32_t code) const {
    if (rules_.lowercase) {
      append_lower_case(out, code);
    } else {
      append_utf8(out, code);
    }
  }

  BertRules rules_;
  std::array<int16_t, 128> ascii_;  // what becomes of these
};

class SpacesStep : public TextStep {
 public:
  explicit SpacesStep(SpaceRules rules) : rules_(rules) {}

  Status apply(Stretch& stretch, RegexSearch&) const override {
    std::string_view text = stretch.text;
    if (rules_.remove_extra) {
      size_t begin = std::min(text.find_first_not_of(' '), text.size());
      if (begin > 0) stretch.first = false;
      text.remove_prefix(begin);
      while (text.ends_with(' ')) text.remove_suffix(1);
    }
    std::string out;
    if (!text.empty()) {
      std::string_view space = rules_.escape ? kSpaceMark : " ";
      if (rules_.prefix && !rules_.suffix) out += space;
      bool after_space = false;
      for (char c : text) {
        if (c != ' ') {
          out += c;
        } else if (!after_space || !rules_.remove_extra) {
          out += space;
        }
        after_space = c == ' ';
      }
      // A mark that the text itself ends with is a space by now.
      while (rules_.remove_extra && out.ends_with(space)) out.resize(out.size() - space.size());
      if (rules_.prefix && rules_.suffix) out += space;
    }
    stretch.text = std::move(out);
    return {};
  }

 private:
  SpaceRules rules_;
};

}  // namespace

MadeStep unicode_form_step(UnicodeForm form) { return std::make_unique<FormStep>(form); }
MadeStep lowercase_step() { return std::make_unique<LowercaseStep>(); }
MadeStep remove_marks_step() { return std::make_unique<RemoveMarksStep>(); }
MadeStep strip_step(bool left, bool right) { return std::make_unique<StripStep>(left, right); }
MadeStep nmt_step() { return std::make_unique<NmtStep>(); }
MadeStep byte_characters_step() { return std::make_unique<ByteCharactersStep>(); }
MadeStep prefix_step(Prefix prefix) { return std::make_unique<PrefixStep>(std::move(prefix)); }
MadeStep bert_step(BertRules rules) { return std::make_unique<BertStep>(rules); }
MadeStep sentencepiece_spaces_step(SpaceRules rules) { return std::make_unique<SpacesStep>(rules); }

Result<MadeStep> replace_step(std::string_view pattern, bool literal, std::string_view content) {
  if (pattern.empty()) return fail("a replacement of nothing");
  if (literal) return MadeStep(std::make_unique<ReplaceText>(pattern, content));
  TRY(Regex regex, Regex::compile(pattern));
  return MadeStep(std::make_unique<ReplaceMatches>(std::move(regex), content));
}

}  // namespace hearth
