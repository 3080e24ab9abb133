// Options that stretch positions: each does what the same value in a file does, and a context longer than the model was
// trained for is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <variant>

#include "base/own_folder_testing.h"
#include "files.h"
#include "formats/gguf.h"
#include "formats/gguf_writer.h"
#include "program.h"
#include "transformers_goldens.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::Not;

using Words = std::vector<std::string>;
using RopeKeys = std::vector<std::pair<std::string, std::variant<float, std::string>>>;

class RopeOptions : public testing::Test {
 protected:
  // The built-in model, with these keys besides or instead.
  std::string model_with(const RopeKeys& keys) {
    auto file = GgufFile::open(kBuiltin);
    EXPECT_TRUE(file.ok());
    GgufContents contents;
    for (const auto& [key, value] : file->metadata().entries()) EXPECT_TRUE(contents.set(key, value).ok());
    for (const auto& [key, value] : keys) {
      const std::string name = "llama." + key;
      auto set = std::visit(
          [&](const auto& each) {
            if constexpr (std::is_same_v<std::decay_t<decltype(each)>, float>)
              return contents.set(name, GgufValue(each));
            else
              return contents.set(name, GgufValue(std::string_view(each)));
          },
          value);
      EXPECT_TRUE(set.ok()) << set.error().message;
    }
    for (const StoredTensor& tensor : file->tensors())
      EXPECT_TRUE(contents.add_tensor(tensor.name, tensor.type, tensor.shape).ok());
    auto path = folder_ / "model.gguf";
    auto writer = GgufWriter::create(path, contents);
    EXPECT_TRUE(writer.ok());
    for (const StoredTensor& tensor : file->tensors())
      EXPECT_TRUE(writer->write(tensor.name, tensor.data).ok());
    EXPECT_TRUE(writer->commit().ok());
    return path.string();
  }

  // Of a text that begins far enough in that positions matter.
  std::vector<float> logits(const std::string& model, const Words& options) {
    auto out = folder_ / "out.f32";
    Words words = {"debug",      "logits", model, "--tokens",  "1,5,100,2000,7,42,9,300",
                   "--position", "90",     "-o",  out.string()};
    words.insert(words.end(), options.begin(), options.end());
    auto run = run_program(words);
    EXPECT_EQ(run.status, 0) << run.err;
    return run.status == 0 ? read_floats(out) : std::vector<float>();
  }

  const OwnFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

TEST_F(RopeOptions, EachIsAsIfTheFileSaidIt) {
  const RopeKeys yarn = {{"rope.scaling.type", "yarn"},
                         {"rope.scaling.factor", 4.0f},
                         {"rope.scaling.original_context_length", 64.0f}};
  const Words yarn_options = {"--rope-scaling", "yarn", "--rope-scale", "4", "--yarn-orig-ctx", "64"};
  auto more = [](auto all, auto one) {
    all.insert(all.end(), one.begin(), one.end());
    return all;
  };
  const struct {
    Words options;
    RopeKeys keys;
  } rows[] = {
      {{"--rope-scaling", "linear", "--rope-scale", "4"},
       {{"rope.scaling.type", "linear"}, {"rope.scaling.factor", 4.0f}}},
      {{"--rope-freq-scale", "0.25"}, {{"rope.scaling.type", "linear"}, {"rope.scaling.factor", 4.0f}}},
      {{"--rope-freq-base", "50000"}, {{"rope.freq_base", 50000.0f}}},
      {{"--rope-scaling", "yarn", "--rope-scale", "4"},
       {{"rope.scaling.type", "yarn"}, {"rope.scaling.factor", 4.0f}}},
      {yarn_options, yarn},
      {more(yarn_options, Words{"--yarn-attn-factor", "1.25"}),
       more(yarn, RopeKeys{{"rope.scaling.attn_factor", 1.25f}})},
      {more(yarn_options, Words{"--yarn-beta-fast", "2"}),
       more(yarn, RopeKeys{{"rope.scaling.yarn_beta_fast", 2.0f}})},
      {more(yarn_options, Words{"--yarn-beta-slow", "0.25"}),
       more(yarn, RopeKeys{{"rope.scaling.yarn_beta_slow", 0.25f}})},
  };
  std::vector<std::vector<float>> seen = {logits(kBuiltin, {})};
  for (size_t i = 0; i < std::size(rows); ++i) {
    SCOPED_TRACE(i);
    auto found = logits(kBuiltin, rows[i].options);
    EXPECT_EQ(found, logits(model_with(rows[i].keys), {}));
    // Each does something that those before it do not; the second is another name for the first.
    if (i != 1) { EXPECT_THAT(seen, Not(testing::Contains(found))); }
    seen.push_back(std::move(found));
  }
  // What a file says can be taken back.
  EXPECT_EQ(logits(model_with(yarn), {"--rope-scaling", "none"}), seen.front());
}

TEST_F(RopeOptions, DynamicIsALargerBaseForTheWholeContext) {
  auto text = [](const Words& options) {
    Words words = {"run", kBuiltin, "-p", "Tell me a story about a lighthouse.", "-n", "32", "--temperature",
                   "0",   "--ctx",  "512"};
    words.insert(words.end(), options.begin(), options.end());
    auto run = run_program(words);
    EXPECT_EQ(run.status, 0) << run.err;
    return run.out;
  };
  double base = 10000 * std::pow(512.0 / 8, 64.0 / 62);
  auto dynamic = text({"--rope-scaling", "dynamic", "--yarn-orig-ctx", "8"});
  EXPECT_EQ(dynamic, text({"--rope-freq-base", fmt::format("{}", base)}));
  EXPECT_NE(dynamic, text({}));
  EXPECT_TRUE(run_program({"perplexity", kBuiltin, "-f", kBuiltin, "--rope-scaling", "dynamic"})
                  .failed_with("--rope-scaling dynamic wants to know how long a context may be"));
}

TEST_F(RopeOptions, AModelWithoutSuchNumbersRefusesThem) {
  write_checkpoint(read_golden(std::string(HEARTH_SOURCE_DIR) + "/tests/data/transformers/gpt2.json"),
                   folder_ / "gpt2");
  for (const Words& option : {Words{"--rope-freq-base", "500"}, Words{"--rope-scaling", "linear"}}) {
    Words words = {"debug", "logits", (folder_ / "gpt2").string(),   "--tokens",
                   "1",     "-o",     (folder_ / "out.f32").string()};
    words.insert(words.end(), option.begin(), option.end());
    EXPECT_TRUE(run_program(words).failed_with("rope"));
  }
  auto both = run_program({"debug", "logits", kBuiltin, "--tokens", "1", "-o", (folder_ / "out.f32").string(),
                           "--rope-scale", "4", "--rope-freq-scale", "0.5"});
  EXPECT_NE(both.status, 0);
  EXPECT_THAT(both.err, HasSubstr("--rope-freq-scale"));
}

TEST_F(RopeOptions, AContextLongerThanTrainedIsSaid) {
  auto warnings = [](const Words& options) {
    Words words = {"run", kBuiltin, "-p", "Hello", "-n", "1"};
    words.insert(words.end(), options.begin(), options.end());
    auto run = run_program(words);
    EXPECT_EQ(run.status, 0) << run.err;
    return run.err;
  };
  constexpr const char* kSaid = "but the model was trained for";
  auto longer = warnings({"--ctx", "3000"});
  EXPECT_THAT(longer, HasSubstr("a context of 3000 tokens, but the model was trained for 1024"));
  EXPECT_THAT(longer, HasSubstr("--rope-scaling yarn --rope-scale 3"));
  EXPECT_THAT(warnings({"--ctx", "1024"}), Not(HasSubstr(kSaid)));
  EXPECT_THAT(warnings({"--ctx", "3000", "--rope-scaling", "yarn", "--rope-scale", "3"}),
              Not(HasSubstr(kSaid)));
  EXPECT_THAT(warnings({"--ctx", "3000", "--rope-scaling", "dynamic"}), Not(HasSubstr(kSaid)));
}

}  // namespace
}  // namespace hearth
