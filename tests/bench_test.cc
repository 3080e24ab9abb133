// hearth bench, as a script reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace hearth {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

std::vector<std::string> small_bench(std::vector<std::string> more) {
  std::vector<std::string> all = {"bench", "shape:tiny:q4_k_m", "--prompt", "40", "--generate",
                                  "3",     "--repeat",          "2"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(Bench, SaysEverySpeedBesideItsLimit) {
  ProgramRun run =
      run_program(small_bench({"--json", "--batch", "1,3", "--depth", "0,50", "--threads", "2"}));
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(run.err, "");
  Json json = Json::parse(run.out, nullptr, false);
  EXPECT_EQ(json["model"], "shape:tiny:q4_k_m");
  EXPECT_EQ(json["threads"], 2);
  EXPECT_GT(json["limits"]["read_gb_s"], 0);
  EXPECT_GT(json["limits"]["f32_tflops"], 0);
  std::vector<std::string> tests;
  for (const Json& each : json["results"]) {
    tests.push_back(each["test"]);
    EXPECT_GT(each["tokens_per_second"], 0);
    EXPECT_GE(each["stddev"], 0);
    EXPECT_GT(each["share_of_limit"], 0);
    std::vector<std::string> bounds = {"memory", "int8", "bf16", "f32"};
    EXPECT_THAT(bounds, testing::Contains(each["bound_by"]));
  }
  EXPECT_THAT(tests, testing::ElementsAre("pp40", "tg3", "tg3 b3", "pp40 d50", "tg3 d50", "tg3 d50 b3"));
  EXPECT_FALSE(json["results"][0].contains("profile"));
}

// What comes before a test, such as its depth, does not count.
TEST(Bench, ProfilesTheOperatorsOfEachTest) {
  ProgramRun run = run_program(small_bench({"--json", "--profile"}));
  ASSERT_EQ(run.status, 0) << run.err;
  Json json = Json::parse(run.out, nullptr, false);
  for (const Json& result : json["results"]) {
    SCOPED_TRACE(std::string(result["test"]));
    bool gate = false;
    int64_t attends = 0, rows = 0;
    for (const Json& each : result["profile"]) {
      EXPECT_GT(each["seconds"], 0);
      gate = gate || (each["operator"] == "linear ffn_gate" && each["type"] == "q4_k" && each["gop_s"] > 0);
      if (each["operator"] == "attend") attends = each["calls"];
      if (each["operator"] == "rows token_embd") rows = each["calls"];
    }
    EXPECT_TRUE(gate);
    const int64_t layers = 2, runs = std::string(result["test"]).starts_with("pp") ? 1 : 3;
    EXPECT_EQ(rows, 2 * runs);
    EXPECT_EQ(attends, layers * rows);
  }
}

TEST(Bench, WritesTablesForPeopleAndForSpreadsheets) {
  ProgramRun csv = run_program(small_bench({"--csv"}));
  EXPECT_THAT(csv.out,
              HasSubstr("model,threads,device,test,tokens_per_second,stddev,share_of_limit,bound_by\n"));
  EXPECT_THAT(csv.out, HasSubstr(",tg3,"));
  ProgramRun text = run_program(small_bench({}));
  EXPECT_THAT(text.out, HasSubstr("limits measured: "));
  EXPECT_THAT(text.out, HasSubstr("pp40"));
}

TEST(Bench, RefusesWhatItCannotMeasure) {
  EXPECT_TRUE(run_program({"bench", "shape:llama-9b:q4_0"}).failed_with("there is no shape"));
  EXPECT_TRUE(run_program({"bench", "shape:tiny:q4_0", "--prompt", "0", "--generate", "0"})
                  .failed_with("nothing to measure"));
  EXPECT_EQ(run_program({"bench", "--repeat", "0"}).status, 2);
}

}  // namespace
}  // namespace hearth
