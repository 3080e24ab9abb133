#include <iterator>

#include "tokenizer/pretokenizer.h"

namespace hearth {

namespace {

// The expressions are those that the models' own tokenizers carry. Some were rewritten so that a run of one
// million characters costs a million steps: possessive quantifiers where what follows cannot want a character
// back, look-behinds where only the beginning of a run can begin a match, and work that looked far ahead at
// every step done in a second expression (kDigitGroups, kJais2Spaces).

#define CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define SPACE_RULES R"(\s*[\r\n]+|\s+(?!\S)|\s+)"
#define WORD R"([^\r\n\p{L}\p{N}]?\p{L}+)"
#define SYMBOLS R"( ?[^\s\p{L}\p{N}]+[\r\n]*)"
#define SYMBOLS_SLASH R"( ?[^\s\p{L}\p{N}]+[\r\n/]*)"
#define UPPER R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define LOWER R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"
#define LEAD R"([^\r\n\p{L}\p{N}]?)"
#define UPPER_NOT_HAN R"((?:(?!\p{sc:Han})[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]))"
#define LOWER_NOT_HAN R"((?:(?!\p{sc:Han})[\p{Ll}\p{Lm}\p{Lo}\p{M}]))"

constexpr const char* kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr const char* kLlama3 = CONTRACTIONS "|" WORD R"(|\p{N}{1,3}|)" SYMBOLS "|" SPACE_RULES;
constexpr const char* kQwen2 = CONTRACTIONS "|" WORD R"(|\p{N}|)" SYMBOLS "|" SPACE_RULES;
constexpr const char* kMiniCpm5 = CONTRACTIONS "|" WORD R"(|\p{N}+|)" SYMBOLS "|" SPACE_RULES;
constexpr const char* kQwen35 = CONTRACTIONS R"(|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}|)"
                                             R"( ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|)" SPACE_RULES;
// In runs of spaces that the expression before isolated; one that ends in a newline stays whole.
constexpr const char* kJais2Spaces =
    R"(\A\s++(?<=[\r\n])\z|\G(?:\s{512}|\s{256}|\s{128}|\s{64}|\s{32}|\s{16}|\s{8})"
    R"(|\s{4}|\s{1,2})(?!\S))";
constexpr const char* kGpt4o = LEAD UPPER "*" LOWER "+" CONTRACTIONS "?|" LEAD UPPER "+" LOWER
                                          "*" CONTRACTIONS R"(?|\p{N}{1,3}|)" SYMBOLS_SLASH "|" SPACE_RULES;
constexpr const char* kTekken =
    LEAD UPPER "*" LOWER "+|" LEAD UPPER "+" LOWER R"(*|\p{N}|)" SYMBOLS_SLASH "|" SPACE_RULES;
constexpr const char* kGraniteMarks =
    R"([^\r\n\p{L}\p{N}]?(?:(?=[\p{L}\p{M}])[^a-z])*(?:(?=[\p{L}\p{M}])[^A-Z])+)" CONTRACTIONS
    R"(?|[^\r\n\p{L}\p{N}]?(?:(?=[\p{L}\p{M}])[^a-z])+(?:(?=[\p{L}\p{M}])[^A-Z])*)" CONTRACTIONS
    R"(?|\p{N}{1,3}|)" SYMBOLS_SLASH "|" SPACE_RULES;
constexpr const char* kKimiK2 =
    R"(\p{sc:Han}+|)" LEAD UPPER_NOT_HAN "*" LOWER_NOT_HAN "+" CONTRACTIONS "?|" LEAD UPPER_NOT_HAN
    "+" LOWER_NOT_HAN "*" CONTRACTIONS R"(?|\p{N}{1,3}|)" SYMBOLS "|" SPACE_RULES;
constexpr const char* kYoutuScripts =
    R"([\x{AC00}-\x{D7A3}\x{3131}-\x{318E}]+|[\x{FF01}\x{2026}\x{201C}\x{201D}\x{2018}\x{2019}\x{2014}\x{FF1A}\x{FF1B}\x{FF0C}\x{3001}-\x{303F}\x{FE30}-\x{FE4F}]+|[\x{3105}-\x{312F}]+|[\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+)";
constexpr const char* kYoutu = LEAD UPPER "*" LOWER "+" CONTRACTIONS "?|" LEAD UPPER "+" LOWER
                                          "*" CONTRACTIONS R"(?|\p{N}|)" SYMBOLS_SLASH "|" SPACE_RULES;
constexpr const char* kBailing = R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}|)"
                                 R"( ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr const char* kSeedCoder = CONTRACTIONS "|" WORD R"(|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|)" SPACE_RULES;
constexpr const char* kExaoneMoe = CONTRACTIONS
    R"(|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*+(?: \p{L}\p{M}*+)*+)++|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|)"
    R"(\s*[\r\n]|\s+(?!\S)|\s+)";
constexpr const char* kBloom = R"( ?[^(\s|.,!?\x{2026}\x{3002}\x{FF0C}\x{3001}\x{964}\x{6D4}\x{60C})]+)";
constexpr const char* kLines = R"([^\n]+|\n+)";

constexpr const char* kDeepSeekCjk = R"([\x{4E00}-\x{9FA5}\x{3040}-\x{309F}\x{30A0}-\x{30FF}]+)";
constexpr const char* kDeepSeek3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|)"
    R"( ?[\p{P}\p{S}]+[\r\n]*|)" SPACE_RULES;
constexpr const char* kDeepSeekHan = R"([\x{4E00}-\x{9FA5}\x{800}-\x{4E00}\x{AC00}-\x{D7FF}]+)";
constexpr const char* kDeepSeekLetters =
    R"(\s?[A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1BC}-\x{1BF}\x{1C4}-\x{293})"
    R"(\x{295}-\x{2AF}\x{370}-\x{373}\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38A}\x{38C})"
    R"(\x{38E}-\x{3A1}\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x{48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5})"
    R"(\x{13A0}-\x{13F5}\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF}\x{1D00}-\x{1D2B})"
    R"(\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}\x{1E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45})"
    R"(\x{1F48}-\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}\x{1F5F}-\x{1F7D}\x{1F80}-\x{1FB4})"
    R"(\x{1FB6}-\x{1FBC}\x{1FBE}\x{1FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-\x{1FDB})"
    R"(\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1FFC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115})"
    R"(\x{2119}-\x{211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\x{2134}\x{2139})"
    R"(\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4})"
    R"(\x{2CEB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x{A69B}\x{A722}-\x{A76F})"
    R"(\x{A771}-\x{A787}\x{A78B}-\x{A78E}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17})"
    R"(\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB})"
    R"(\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+)";
constexpr const char* kAfmoeScripts =
    R"([\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{F900}-\x{FAFF}\x{3040}-\x{309F}\x{30A0}-\x{30FF})"
    R"(\x{FF65}-\x{FF9F}\x{2F00}-\x{2FDF}\x{E40}-\x{E7F}\x{E80}-\x{EFF}\x{1780}-\x{17FF})"
    R"(\x{1000}-\x{109F}\x{AA60}-\x{AA7F}\x{A9E0}-\x{A9FF}\x{AC00}-\x{D7AF}\x{1100}-\x{11FF}]+)";

// Digits in threes from the right: first a whole run of them, then in it the one or two that are left over,
// and then by threes. Every expression is tried on every piece; on one that is not all digits the last one
// only cuts what the expressions after it cut alike.
constexpr const char* kNumbers = R"(\p{N}++)";
constexpr const char* kNumberGroups = R"(\A\p{N}{1,2}(?=(?:\p{N}{3})++\z)|\G\p{N}{3})";
constexpr const char* kDigitsToWordEnd = R"(\d++\b)";
constexpr const char* kDigitGroups = R"(\A\d{1,2}(?=(?:\d{3})++\z)|\G\d{3})";

constexpr unsigned kWholeWords = PreTokenizerRow::kWholeWords;
constexpr unsigned kAddsBos = PreTokenizerRow::kAddsBos;
constexpr unsigned kNoDefaultBos = PreTokenizerRow::kNoDefaultBos;
constexpr unsigned kCharacters = PreTokenizerRow::kCharacters;
constexpr unsigned kSpaceMarks = PreTokenizerRow::kSpaceMarks;
constexpr unsigned kAlwaysBos = PreTokenizerRow::kAlwaysBos;
constexpr unsigned kOnlyMatches = PreTokenizerRow::kOnlyMatches;

const PreTokenizerRow kRows[] = {
    {"default", {R"([\p{P}\$\+<=>\^~\|]+)", kGpt2, R"(\p{N}+)", "[0-9][0-9][0-9]"}},
    {"gpt-2 phi-2 jina-es jina-de jina-v1-en jina-v2-es jina-v2-de jina-v2-code roberta-bpe gigachat a.x-4.0 "
     "mellum modern-bert mpt olmo jais exaone4 trillion granite-docling",
     {kGpt2}},
    {"starcoder refact command-r smollm codeshell exaone minerva-7b mellum2", {R"(\p{N})", kGpt2}},
    {"falcon", {R"([\p{P}\$\+<=>\^~\|`]+)", kGpt2, "[0-9][0-9][0-9]"}},
    {"llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano",
     {kLlama3},
     kWholeWords | kAddsBos},
    {"dbrx smaug-bpe", {kLlama3}},
    {"glm4 chatglm-bpe", {kLlama3}, kNoDefaultBos},
    {"jais-2", {kLlama3, kJais2Spaces}},
    {"qwen2 deepseek-r1-qwen kormo f2llmv2 megrez stablelm2 hunyuan solar-open grok-2", {kQwen2}},
    {"qwen35", {kQwen35}},
    {"minicpm5", {R"(\p{N}{1,3})", kMiniCpm5}, kWholeWords},
    {"laguna", {kLines, kQwen2}},
    {"gpt-4o llama4 kanana2 talkie minimax-m2", {kGpt4o}},
    {"granite-embed-multi-97m", {kGraniteMarks}, kWholeWords},
    {"tekken", {kTekken}, kWholeWords | kAddsBos},
    {"youtu", {kYoutuScripts, kYoutu}, kWholeWords},
    {"kimi-k2", {kKimiK2}},
    {"tiny_aya cohere2moe", {kDigitsToWordEnd, kDigitGroups, kGpt4o}},
    {"superbpe", {kNumbers, kDigitGroups}},
    {"bailingmoe bailingmoe2 llada-moe", {kBailing}},
    {"seed-coder", {kSeedCoder}},
    {"exaone-moe", {kExaoneMoe}},
    {"bloom gpt3-finnish poro-chat", {kBloom}},
    {"viking", {kBloom, R"(\p{N})"}},
    {"deepseek-llm",
     {R"([\r\n])", kDeepSeekLetters,
      R"(\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+)",
      R"((?<!\s)\s++\z)", kDeepSeekHan, R"(\p{N}+)"}},
    {"deepseek-coder", {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)", kDeepSeekHan, R"(\p{N})"}},
    {"deepseek-v3 hunyuan-dense joyai-llm", {R"(\p{N}{1,3})", kDeepSeekCjk, kDeepSeek3}},
    {"afmoe", {kNumbers, kNumberGroups, kAfmoeScripts, kDeepSeek3}},
    {"chameleon",
     {"<sentinel:[0-9]+>", "IMGIMG[A-I]{1,4}Z", R"([\t\n]|    |  )", R"(\p{N})", R"([\p{P}!-/:-@\[-`{-~])",
      kGpt2},
     kAddsBos},
    {"gemma4 granite-embed-multi-311m", {kLines}, kCharacters | kSpaceMarks | kAlwaysBos},
    {"sarvam-moe", {kLines}, kCharacters | kSpaceMarks},
    {"whitespace", {R"(\S+)"}, kCharacters | kOnlyMatches},
};

}  // namespace

std::span<const PreTokenizerRow> pre_tokenizer_rows() { return kRows; }

std::string_view byte_level_pattern() { return kGpt2; }
std::string_view bert_words_pattern() { return R"([^\s!-/:-@\[-`{-~\p{P}]++|[!-/:-@\[-`{-~\p{P}])"; }

}  // namespace hearth
