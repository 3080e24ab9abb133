// hearth verify, as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "files.h"
#include "program.h"

namespace hearth {
namespace {

using testing::HasSubstr;

nlohmann::json verified(const std::vector<std::string>& words) {
  std::vector<std::string> all = {"verify", "--json"};
  all.insert(all.end(), words.begin(), words.end());
  auto run = run_program(all);
  EXPECT_EQ(run.status, 0) << run.err;
  return nlohmann::json::parse(run.out, nullptr, false);
}

TEST(Verify, AModelAgreesWithItselfExactly) {
  auto found =
      verified({kBuiltin, kBuiltin, "-p", "Once upon a time there was a little girl who lived by the sea."});
  EXPECT_EQ(found["kl_mean"], 0);
  EXPECT_EQ(found["same_top"], 1);
  EXPECT_EQ(found["logits_error"], 0);
  EXPECT_TRUE(found["first_difference"].is_null());
  ASSERT_EQ(found["layers"].size(), 5u);
  for (const auto& layer : found["layers"]) EXPECT_EQ(layer["error"], 0);
}

TEST(Verify, AQuantizedModelErrsMoreWithEveryLayerItGoesThrough) {
  auto small = temporary("verify-q2_k.gguf");
  ASSERT_EQ(run_program({"quantize", kBuiltin, small, "q2_k", "--allow-requantize"}).status, 0);
  auto found =
      verified({small, kBuiltin, "-p", "Once upon a time there was a little girl who lived by the sea."});
  ASSERT_EQ(found["layers"].size(), 5u);
  double first = found["layers"][0]["error"], last = found["layers"][4]["error"];
  EXPECT_GT(first, 0.01);
  EXPECT_GT(last, first);
  EXPECT_GT(found["kl_mean"], 0.001);
  EXPECT_LT(found["kl_mean"], 5);

  auto strict = run_program({"verify", small, kBuiltin, "--tokens", "1,5,100,2000,7,42", "--within", "1e-6"});
  EXPECT_EQ(strict.status, 1);
  EXPECT_THAT(strict.out, HasSubstr("layer 4"));
  EXPECT_THAT(strict.err, HasSubstr("at most 1e-06 was asked for"));
}

TEST(Verify, SaysWhatItIsMissing) {
  EXPECT_TRUE(run_program({"verify", kBuiltin, kBuiltin}).failed_with("nothing to compare on"));
}

}  // namespace
}  // namespace hearth
