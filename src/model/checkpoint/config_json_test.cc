#include "model/checkpoint/config_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/expand.h"
#include "graph/parse.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string at(ConfigJson& config, std::string_view path) {
  auto item = config.key(path);
  if (!item.ok()) return item.error().message;
  return *item ? (*item)->describe() : "absent";
}

ConfigJson parsed(std::string_view text) {
  auto config = ConfigJson::parse(text);
  EXPECT_TRUE(config.ok()) << config.error().message;
  return *std::move(config);
}

TEST(ConfigJson, ATextPartIsAskedFirst) {
  ConfigJson config =
      parsed(R"({"architectures": ["XForConditionalGeneration"], "model_type": "x", "hidden_size": 1,
    "only_top": 2, "gone": null, "text_config": {"model_type": "x_text", "hidden_size": 3, "gone": null},
    "vision_config": {"hidden_size": 4}})");
  EXPECT_EQ(at(config, "hidden_size"), "3");
  EXPECT_EQ(at(config, "only_top"), "2");
  EXPECT_EQ(at(config, "vision_config.hidden_size"), "4");
  EXPECT_EQ(at(config, "gone"), "absent");
  EXPECT_EQ(at(config, "hidden_size.deeper"), "absent");
  EXPECT_THAT(config.classes(), ElementsAre("XForConditionalGeneration", "x_text", "x"));
}

TEST(ConfigJson, RotarySpellingsBecomeOne) {
  ConfigJson config = parsed(R"({"rope_parameters": {"rope_type": "yarn", "rope_theta": 7, "factor": 4,
    "partial_rotary_factor": 0.5}})");
  EXPECT_EQ(at(config, "rope_theta"), "7");
  EXPECT_EQ(at(config, "partial_rotary_factor"), "0.5");
  EXPECT_EQ(at(config, "rope_scaling.rope_type"), "\"yarn\"");
  EXPECT_EQ(at(config, "rope_scaling.factor"), "4");
  config = parsed(R"({"rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 7},
    "sliding_attention": {"rope_type": "default", "rope_theta": 9}}})");
  EXPECT_EQ(at(config, "rope_theta"), "7");
  EXPECT_EQ(at(config, "rope_local_base_freq"), "9");
  EXPECT_EQ(at(config, "rope_scaling.rope_type"), "absent");
}

TEST(ConfigJson, ValuesAreNumbersStringsAndLists) {
  ConfigJson config =
      parsed(R"({"list": [1, true, null, "a"], "names": {"0": "NO", "1": "YES"}, "object": {"a": 1},
    "endless": [0, Infinity], "newer": {"__float__": "Infinity"}, "odd": NaN, "no": {"__float__": "NaN"}})");
  EXPECT_EQ(at(config, "list"), "[1, true, none, \"a\"]");
  EXPECT_EQ(at(config, "names"), "[\"NO\", \"YES\"]");
  EXPECT_EQ(at(config, "object"),
            "config.json says object = {\"a\":1}; a number, a string or a list is expected");
  EXPECT_EQ(at(config, "endless"), "[0, " + at(config, "newer") + "]");
  EXPECT_THAT(at(config, "odd"), HasSubstr("a finite number is expected"));
  EXPECT_THAT(at(config, "no"), HasSubstr("a finite number is expected"));
  auto list = ConfigJson::parse("[]");
  EXPECT_FALSE(list.ok());
}

TEST(ConfigJson, WhatNobodyReadIsListed) {
  auto document = arch::parse("toy.arch", "arch toy\nconfig\n  ignore  said_elsewhere\n");
  ASSERT_TRUE(document.ok());
  auto architecture = arch::expand(*std::move(document),
                                   [](std::string_view) -> Result<std::string> { return fail("none"); });
  ASSERT_TRUE(architecture.ok());
  ConfigJson config =
      parsed(R"({"read": 1, "said_elsewhere": 2, "off": false, "zero": 0, "empty": [], "absent": null,
    "bos_token_id": 5, "hidden_dropout_prob": 0.1, "multiplier": 0.2,
    "rope_scaling": {"rope_type": "linear", "factor": 2, "twist": 3}})");
  (void)config.key("read");
  (void)config.key("rope_scaling.rope_type");
  std::vector<std::string> found;
  for (const auto& unread : config.unread(*architecture))
    found.push_back(unread.path + " = " + unread.value + (unread.scaling ? " (scaling)" : ""));
  EXPECT_THAT(found, ElementsAre("multiplier = 0.2", "rope_scaling.twist = 3 (scaling)"));
}

}  // namespace
}  // namespace hearth
