#include "sample/grammar/matcher.h"

#include <gmock/gmock.h>

#include <set>

#include "sample/grammar/testing.h"

namespace hearth {
namespace {

using testing::HasSubstr;

// A random grammar over a and b, as text for the parser and as rules for the plain meaning below.
class RandomGrammar {
 public:
  explicit RandomGrammar(uint32_t seed) : random_(seed) {
    rules_ = 1 + random_() % 3;
    for (uint32_t i = 0; i < rules_; ++i) bodies_.push_back(make(3));
    for (uint32_t i = 0; i < rules_; ++i) text_ += name(i) + " ::= " + nodes_[bodies_[i]].text + "\n";
  }
  const std::string& text() const { return text_; }

  // All its texts of at most `longest` bytes: the sets that the rules describe, grown until they stay the same.
  std::set<std::string> texts(size_t longest) {
    std::vector<std::set<std::string>> sets(nodes_.size());
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < nodes_.size(); ++i) {
        auto now = meaning(nodes_[i], sets, longest);
        changed = changed || now.size() != sets[i].size();
        sets[i] = std::move(now);
      }
    }
    return sets[bodies_[0]];
  }

 private:
  struct Node {
    char kind;  // l: literal, r: rule, s: sequence, c: choice, n: repeat
    std::string text, literal;
    uint32_t a = 0, b = 0, least = 0, most = 0;
  };
  using Sets = std::vector<std::set<std::string>>;

  static std::string name(uint32_t rule) { return rule == 0 ? "root" : fmt::format("r{}", rule); }

  uint32_t make(int depth) {
    Node node{};
    switch (depth == 0 ? random_() % 2 : random_() % 7) {
      case 0: {
        static const char* kLiterals[] = {"a", "b", "ab", "", "ba"};
        node.kind = 'l';
        node.literal = kLiterals[random_() % 5];
        node.text = "\"" + node.literal + "\"";
        break;
      }
      case 1:
        node.kind = 'r';
        node.a = random_() % rules_;
        node.text = name(node.a);
        break;
      case 2:
      case 3:
        node.kind = 's';
        node.a = make(depth - 1);
        node.b = make(depth - 1);
        node.text = "(" + nodes_[node.a].text + ") " + nodes_[node.b].text;
        break;
      case 4:
      case 5:
        node.kind = 'c';
        node.a = make(depth - 1);
        node.b = make(depth - 1);
        node.text = "(" + nodes_[node.a].text + " | " + nodes_[node.b].text + ")";
        break;
      default:
        node.kind = 'n';
        node.a = make(depth - 1);
        node.least = random_() % 3;
        node.most = random_() % 2 ? node.least + random_() % 3 : 100;
        node.text = fmt::format("({}){{{},{}}}", nodes_[node.a].text, node.least,
                                node.most == 100 ? "" : std::to_string(node.most));
    }
    nodes_.push_back(node);
    return static_cast<uint32_t>(nodes_.size() - 1);
  }

  std::set<std::string> meaning(const Node& node, const Sets& sets, size_t longest) const {
    std::set<std::string> result;
    auto join = [&](const std::set<std::string>& left, const std::set<std::string>& right) {
      std::set<std::string> both;
      for (const auto& a : left) {
        for (const auto& b : right) {
          if (a.size() + b.size() <= longest) both.insert(a + b);
        }
      }
      return both;
    };
    switch (node.kind) {
      case 'l': return {node.literal};
      case 'r': return sets[bodies_[node.a]];
      case 's': return join(sets[node.a], sets[node.b]);
      case 'c':
        result = sets[node.a];
        result.insert(sets[node.b].begin(), sets[node.b].end());
        return result;
      default: break;
    }
    std::set<std::string> power = {""};
    // Counts beyond the length bring nothing new but those of the empty text.
    for (uint32_t count = 0; count <= std::min<uint32_t>(node.most, node.least + longest + 1); ++count) {
      if (count >= node.least) result.insert(power.begin(), power.end());
      power = join(power, sets[node.a]);
    }
    return result;
  }

  std::mt19937 random_;
  uint32_t rules_;
  std::vector<Node> nodes_;
  std::vector<uint32_t> bodies_;
  std::string text_;
};

TEST(Matcher, AcceptsWhatTheRulesMean) {
  constexpr size_t kLongest = 5;
  int grammars = 0;
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    RandomGrammar random(seed);
    auto texts = random.texts(kLongest);
    auto grammar = Grammar::compile(GrammarKind::gbnf, random.text());
    if (!grammar.ok()) {
      EXPECT_THAT(grammar.error().message, HasSubstr("matches no text")) << random.text();
      EXPECT_TRUE(texts.empty()) << random.text();
      continue;
    }
    ++grammars;
    for (size_t length = 0; length <= kLongest; ++length) {
      for (uint32_t bits = 0; bits < 1u << length; ++bits) {
        std::string text;
        for (size_t i = 0; i < length; ++i) text += bits >> i & 1 ? 'b' : 'a';
        ASSERT_EQ(accepts(*grammar, text), texts.contains(text)) << random.text() << "\n" << text;
      }
    }
  }
  EXPECT_GT(grammars, 1000);
}

std::vector<bool> allowed(const Matcher& matcher, size_t tokens) {
  std::vector<uint64_t> words(matcher.mask_words());
  std::vector<bool> result(tokens);
  if (!matcher.mask(words).ok()) return result;
  for (size_t i = 0; i < tokens; ++i) result[i] = words[i / 64] >> (i % 64) & 1;
  return result;
}

// At each place of random walks, the mask has the tokens that are accepted there, and no others; taking back gives
// the same masks again.
void walk_and_compare(const std::shared_ptr<const Grammar>& grammar, const TestTokens& tokens, uint32_t seed,
                      const std::string& context) {
  std::mt19937 random(seed);
  Matcher matcher(grammar, tokens.trie);
  std::vector<std::vector<bool>> masks;
  for (int step = 0; step < 12 && !matcher.is_finished(); ++step) {
    auto mask = allowed(matcher, tokens.tokens.size());
    std::vector<TokenId> right;
    for (size_t i = 0; i < mask.size(); ++i) {
      Matcher trial = matcher;
      bool accepted = trial.accept(static_cast<TokenId>(i));
      ASSERT_EQ(accepted, mask[i]) << context << "\ntoken " << i << " step " << step;
      if (accepted) right.push_back(static_cast<TokenId>(i));
    }
    std::string must = matcher.forced();
    if (!must.empty()) {
      EXPECT_FALSE(matcher.is_complete());
      for (TokenId id : right) {
        std::string_view bytes = tokens.trie->bytes(id);
        size_t common = std::min(bytes.size(), must.size());
        EXPECT_EQ(bytes.substr(0, common), must.substr(0, common)) << context;
      }
      Matcher trial = matcher;
      EXPECT_EQ(trial.accept_bytes(must), must.size()) << context;
    }
    masks.push_back(mask);
    if (right.empty()) break;
    ASSERT_TRUE(matcher.accept(right[random() % right.size()]));
  }
  while (matcher.steps() > 0) {
    size_t back = 1 + random() % std::min<size_t>(3, matcher.steps());
    matcher.rollback(back);
    ASSERT_EQ(allowed(matcher, tokens.tokens.size()), masks[matcher.steps()]) << context;
  }
}

TEST(Matcher, MasksAreTheTokensThatAreAccepted) {
  TestTokens tokens({"a", "b", "aa", "ab", "ba", "bb", "aab", "abab", "bbbb", "c", "aaaaaaaa", "abbabba"}, 1);
  for (uint32_t seed = 0; seed < 300; ++seed) {
    RandomGrammar random(seed);
    auto grammar = Grammar::compile(GrammarKind::gbnf, random.text());
    if (!grammar.ok()) continue;
    for (uint32_t walk = 0; walk < 2; ++walk) walk_and_compare(*grammar, tokens, seed + walk, random.text());
  }
}

TEST(Matcher, MasksOfGrammarsThatPeopleWrite) {
  std::vector<std::string> texts;
  for (int byte = 1; byte < 256; ++byte) texts.push_back(std::string(1, static_cast<char>(byte)));
  for (const char* text :
       {"\",",   "\":",    "\": ",     "{\"",   "\"}",    "},",   "}}",           "\n  ", "true",
        "tr",    "ue",     "null",     "12",    "-1",     "e5",   "a\"",          "abc",  "\\n",
        "\\u00", "\u00e9", "\xe2\x82", "\"]}",  " \"",    "name", "\"name\": \"", "], [", "aaaaaaaaaaaaaaaa",
        "[[",    "]]",     "0.5",      "\",\"", "\":{\"", "\xac"})
    texts.push_back(text);
  TestTokens tokens(texts);
  const std::pair<GrammarKind, const char*> cases[] = {
      {GrammarKind::json_schema, "{}"},
      {GrammarKind::json_schema, R"({"type":"object"})"},
      {GrammarKind::json_schema,
       R"({"type":"object","properties":{"name":{"type":"string","maxLength":20},"age":{"type":"integer","minimum":0}},
           "required":["name"],"additionalProperties":false})"},
      {GrammarKind::json_schema, R"({"anyOf":[{"type":"object","properties":{"a":{"type":"string"}}},
                                              {"type":"object","properties":{"a":{"type":"array"}}}]})"},
      {GrammarKind::json_schema, R"({"type":"array","items":{"$ref":"#"},"maxItems":3})"},
      {GrammarKind::json_schema, R"({"type":"string","minLength":3,"maxLength":40})"},
      {GrammarKind::json_schema, R"({"type":"string","format":"date-time"})"},
      {GrammarKind::gbnf, "root ::= (item \"\\n\"){2,300}\nitem ::= \"- \" [^\\n]{1,100}"},
      {GrammarKind::gbnf, "root ::= e\ne ::= e \"+\" e | \"(\" e \")\" | [0-9]+ | \"a\"{1,200}"},
      {GrammarKind::gbnf, "root ::= [ab]* \"a\" [ab]{20} \"\\\"\"?"},
      {GrammarKind::regex, "(abc|name)+\\s(true|null)?[^x]*"},
      {GrammarKind::choices, R"(["name", "null", "name\": \"", "é"])"},
  };
  for (const auto& [kind, text] : cases) {
    auto grammar = compiled(kind, text);
    ASSERT_TRUE(grammar);
    for (uint32_t walk = 0; walk < 10; ++walk) walk_and_compare(grammar, tokens, walk, text);
  }
}

TEST(Matcher, TheEndComesWhereTheTextIsWhole) {
  TestTokens tokens({"a", "b"});
  Matcher matcher(compiled(GrammarKind::gbnf, "root ::= \"a\" \"b\"?"), tokens.trie);
  EXPECT_FALSE(matcher.accept(0));
  EXPECT_FALSE(matcher.is_complete());
  EXPECT_TRUE(matcher.accept(1));
  EXPECT_TRUE(matcher.is_complete());
  EXPECT_EQ(matcher.forced(), "");  // the end is possible, too
  EXPECT_TRUE(matcher.accept(0));
  EXPECT_TRUE(matcher.is_finished());
  EXPECT_FALSE(matcher.accept(2));
  EXPECT_FALSE(matcher.accept(0));
  matcher.rollback(1);
  EXPECT_FALSE(matcher.is_finished());
  EXPECT_TRUE(matcher.accept(2));
  EXPECT_FALSE(matcher.accept(2));
  EXPECT_FALSE(matcher.accept(-1));
  EXPECT_FALSE(matcher.accept(1000));
  matcher.rollback(2);
  EXPECT_EQ(matcher.steps(), 0u);
  EXPECT_EQ(matcher.forced(), "a");
}

TEST(Matcher, AVocabularyThatCannotSpellItIsAnError) {
  TestTokens tokens({"a"});
  Matcher matcher(compiled(GrammarKind::gbnf, "root ::= \"ab\""), tokens.trie);
  std::vector<uint64_t> words(matcher.mask_words());
  EXPECT_TRUE(matcher.mask(words).ok());
  EXPECT_TRUE(matcher.accept(1));
  EXPECT_THAT(matcher.mask(words).error().message, HasSubstr("no token of the vocabulary can continue"));
}

TEST(Matcher, TextIsForcedInWholeCharacters) {
  Matcher matcher(compiled(GrammarKind::json_schema,
                           R"({"type":"object","properties":{"straße":{"enum":["ä1","ö2"]}},
                               "required":["straße"],"additionalProperties":false})"),
                  byte_trie());
  EXPECT_EQ(matcher.forced(), "{");
  EXPECT_EQ(matcher.accept_bytes("{\""), 2u);
  EXPECT_EQ(matcher.forced(), "straße\":");
  EXPECT_EQ(matcher.accept_bytes("straße\":\""), 10u);
  EXPECT_EQ(matcher.forced(), "");  // both go on with the same byte, but it is half a character
  EXPECT_EQ(matcher.accept_bytes("ö"), 2u);
  EXPECT_EQ(matcher.forced(), "2\"");
  EXPECT_EQ(matcher.forced(1), "2");
}

TEST(Matcher, ALongListTakesLittleMemory) {
  auto grammar =
      compiled(GrammarKind::gbnf,
               "root ::= item root | \"\"\nitem ::= \"[\" list \"]\" \nlist ::= [a-z] list | item |");
  Matcher matcher(grammar, byte_trie());
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(matcher.accept_bytes("[abc[d]]"), 8u);
  EXPECT_TRUE(matcher.is_complete());
  EXPECT_LT(matcher.memory_bytes(), size_t{2} << 20);
}

TEST(GrammarCache, KeepsTheLastOnesWithinItsBounds) {
  GrammarCache cache({}, 4);
  auto first = cache.get(GrammarKind::gbnf, "root ::= \"0\"").value();
  EXPECT_EQ(cache.get(GrammarKind::gbnf, "root ::= \"0\"").value(), first);
  EXPECT_TRUE(accepts(cache.get(GrammarKind::regex, "root ::= \"0\"").value(), "root ::= \"0\""));
  for (int i = 1; i < 50; ++i) {
    ASSERT_TRUE(cache.get(GrammarKind::gbnf, fmt::format("root ::= \"{}\"", i)).ok());
    ASSERT_EQ(cache.get(GrammarKind::gbnf, "root ::= \"0\"").value(),
              first);  // it is always among the last ones
  }
  EXPECT_EQ(cache.size(), 4u);
  EXPECT_FALSE(cache.get(GrammarKind::gbnf, "root").ok());
  EXPECT_EQ(cache.size(), 4u);
  GrammarCache small({}, 100, 1);
  ASSERT_TRUE(small.get(GrammarKind::gbnf, "root ::= \"a\"").ok());
  ASSERT_TRUE(small.get(GrammarKind::gbnf, "root ::= \"b\"").ok());
  EXPECT_EQ(small.size(), 1u);
}

TEST(Grammar, RulesMayBeWrittenOtherwise) {
  GrammarSource source{"root ::= \"<\" value \">\" | word",
                       {{"value", {GrammarKind::json_schema, "{\"enum\": [1, 2]}"}},
                        {"word", {GrammarKind::choices, "[\"yes\"]"}}}};
  GrammarCache cache({});
  auto grammar = cache.get(source).value();
  EXPECT_TRUE(accepts(grammar, "<2>"));
  EXPECT_TRUE(accepts(grammar, "yes"));
  EXPECT_FALSE(accepts(grammar, "<3>"));
  EXPECT_EQ(cache.get(source).value(), grammar);
  source.parts[0].text.text = "{\"enum\": [3]}";
  EXPECT_TRUE(accepts(cache.get(source).value(), "<3>"));
  source.parts[1].text.text = "5";
  EXPECT_EQ(Grammar::compile(source).error().message, "word: expected a JSON array of at least one string");
  source.parts.pop_back();
  EXPECT_THAT(Grammar::compile(source).error().message, testing::HasSubstr("rule \"word\" is not defined"));
}

// A mark that also ends a turn is text where the grammar wants it, and an end where the text is whole.
TEST(Matcher, AnEndMayBeAMark) {
  TokenText mark{"</s>", true, false, true}, plain_end{"<e>", true}, letter{"a"};
  auto trie = VocabularyTrie::make(std::vector<TokenText>{mark, plain_end, letter});
  auto grammar = compiled(GrammarKind::gbnf, "root ::= \"a\" \"</s>\" \"a\"?");
  Matcher matcher(grammar, trie);
  std::vector<uint64_t> mask(matcher.mask_words());
  auto allowed = [&] { return matcher.mask(mask).ok() ? mask[0] : 0; };
  EXPECT_EQ(allowed(), 0b100u);
  EXPECT_FALSE(matcher.accept(0));
  EXPECT_TRUE(matcher.accept(2));
  EXPECT_EQ(allowed(), 0b001u);
  EXPECT_FALSE(matcher.accept(1));
  EXPECT_TRUE(matcher.accept(0));
  EXPECT_FALSE(matcher.is_finished());
  EXPECT_EQ(allowed(), 0b111u);
  EXPECT_TRUE(matcher.accept(0));
  EXPECT_TRUE(matcher.is_finished());
}

TEST(VocabularyTrie, HoldsEveryTokenOnce) {
  TestTokens tokens({"ab", "a", "abc", "b", "ab", ""}, 1);
  EXPECT_EQ(tokens.trie->nodes(), 5u);  // the root, a, ab, abc, b
  std::vector<TokenId> found;
  for (uint32_t node = 0; node < tokens.trie->nodes(); ++node) {
    for (TokenId id : tokens.trie->tokens(node)) found.push_back(id);
  }
  EXPECT_THAT(found, testing::ElementsAre(3, 2, 6, 4, 5));
  EXPECT_EQ(tokens.trie->longest(), 3u);
  EXPECT_THAT(tokens.trie->ends(), testing::ElementsAre(0));
  EXPECT_EQ(tokens.trie->bytes(1), "");
}

}  // namespace
}  // namespace hearth
