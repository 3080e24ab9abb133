#include "model/json_parts.h"

namespace hearth {

using Json = nlohmann::ordered_json;

Json byte_level_json(bool prefix, bool cuts) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", prefix}, {"trim_offsets", true}, {"use_regex", cuts}};
}

Json cut_json(std::string_view pattern, bool prefix) {
  Json split = {
      {"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
  return {{"type", "Sequence"}, {"pretokenizers", {split, byte_level_json(prefix, false)}}};
}

Json begin_json(const std::string& token, TokenId id) {
  Json single = Json::array(
      {{{"SpecialToken", {{"id", token}, {"type_id", 0}}}}, {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}});
  Json named = {{token, {{"id", token}, {"ids", Json::array({id})}, {"tokens", Json::array({token})}}}};
  return {{"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", named}};
}

Json added_json(const TokenizerJson::Added& token) {
  return {{"id", token.id},          {"content", token.content}, {"single_word", token.single_word},
          {"lstrip", token.lstrip},  {"rstrip", token.rstrip},   {"normalized", token.normalized},
          {"special", token.special}};
}

}  // namespace hearth
