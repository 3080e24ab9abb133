// Attention over sequences of several blocks, in every type that keys and values are kept in. What is kept in a type
// is what the reference gets rounded to it.
#include "backends/cpu/attention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "backends/cpu/cpu.h"
#include "ops/conformance_cases.h"
#include "ops/reference.h"
#include "quant/format.h"

namespace hearth::cpu {
namespace {

using conformance::Attention;
using conformance::Case;
using conformance::CaseBuilder;

constexpr int32_t kTokens = 300;
constexpr int64_t kHeads = 6, kKeyHeads = 2, kWidth = 64;

struct KeptAs {
  Type keys, values;
};

std::vector<float> table_of(int64_t heads, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(static_cast<size_t>(conformance::kVocabulary * heads * kWidth));
  for (float& number : numbers) number = normal(random);
  return numbers;
}

std::vector<float> rounded(std::vector<float> numbers, Type type) {
  const Format& format = *format_of(type);
  const auto count = static_cast<int64_t>(numbers.size());
  std::vector<std::byte> bytes(*row_bytes(type, numbers.size()));
  format.encode[Isa::scalar](numbers.data(), nullptr, bytes.data(), count);
  format.decode(bytes.data(), numbers.data(), count);
  return numbers;
}

Case attention_case(KeptAs tables, KeptAs memory, int64_t window, int32_t page_tokens) {
  CaseBuilder b("attend to many tokens");
  Attention a;
  a.q = b.values(kHeads, kWidth, table_of(kHeads, 1));
  a.k = b.values(kKeyHeads, kWidth, rounded(table_of(kKeyHeads, 2), tables.keys));
  a.v = b.values(kKeyHeads, kWidth, rounded(table_of(kKeyHeads, 3), tables.values));
  a.window = static_cast<double>(window);
  const int32_t state = conformance::keys_values(b, a.k, a.v, window);
  b.memory().key_type = memory.keys;
  b.memory().value_type = memory.values;
  b.memory().page_tokens = page_tokens;
  b.output(conformance::attend(b, a, state));
  Case made = std::move(b).finish();
  made.memory.pages = {(kTokens + page_tokens - 1) / page_tokens + 3};
  return made;
}

// Of two heads, whose values are the first numbers of the keys: kept with them, or besides.
Case within_case(Type table, Type kept, bool besides, int64_t window, int32_t page_tokens) {
  CaseBuilder b("attend to values within keys");
  Attention a;
  a.q = b.values(kHeads, kWidth, table_of(kHeads, 1));
  a.k = b.values(kKeyHeads, kWidth, rounded(table_of(kKeyHeads, 2), table));
  a.v = a.k;
  a.v.width = kWidth - 19;
  a.window = static_cast<double>(window);
  const int32_t state =
      besides ? conformance::keys_values(b, a.k, a.v, window) : conformance::keys_alone(b, a.k, window);
  b.memory().key_type = b.memory().value_type = kept;
  b.memory().page_tokens = page_tokens;
  b.output(conformance::attend(b, a, state));
  Case made = std::move(b).finish();
  made.memory.pages = {(kTokens + page_tokens - 1) / page_tokens + 3};
  return made;
}

// The outputs of all tokens, the prompt cut into pieces.
std::vector<float> run_in_pieces(const Case& tested, Backend& backend, int32_t piece) {
  std::vector<WeightData> weights;
  for (const auto& weight : tested.weights) weights.push_back({weight.type, weight.shape, weight.bytes, {}});
  auto program = *backend.compile(tested.plan, *backend.load(std::move(weights)), kTokens);
  auto memory = *program->make_memory(tested.memory);
  // Pages lie in falling order.
  std::vector<std::vector<int32_t>> tables(1);
  for (int32_t page = tested.memory.pages[0]; page-- > 0;) tables[0].push_back(page);
  std::vector<float> all;
  for (int32_t done = 0; done < kTokens; done += piece) {
    const int32_t count = std::min(piece, kTokens - done);
    std::vector<int32_t> tokens, positions(static_cast<size_t>(count)), wanted(static_cast<size_t>(count));
    std::iota(positions.begin(), positions.end(), done);
    std::iota(wanted.begin(), wanted.end(), 0);
    for (int32_t at : positions) tokens.push_back(at * 37 % static_cast<int32_t>(conformance::kVocabulary));
    Batch::Run run;
    run.count = count;
    run.past = done;
    run.tables = tables;
    auto rows = program->run({tokens, positions, {&run, 1}, wanted}, *memory);
    EXPECT_TRUE(rows.ok()) << rows.error().message;
    if (!rows.ok()) break;
    all.insert(all.end(), rows->front().numbers.begin(), rows->front().numbers.end());
  }
  return all;
}

constexpr KeptAs kPlain = {Type::f32, Type::f32};
constexpr KeptAs kKeptAs[] = {kPlain,
                              {Type::f16, Type::f16},
                              {Type::bf16, Type::bf16},
                              {Type::q8_0, Type::q8_0},
                              {Type::q4_0, Type::q4_0},
                              {Type::q8_0, Type::q4_0},
                              {Type::f16, Type::q8_0}};

class LongAttention : public testing::TestWithParam<Isa> {
 protected:
  std::unique_ptr<Backend> backend_ = *make_cpu_backend({2, GetParam()});
};

TEST_P(LongAttention, SeesWhatIsKept) {
  auto reference = make_reference_backend();
  for (int64_t window : {0, 70}) {
    for (KeptAs kept : kKeptAs) {
      std::vector<float> truth = run_in_pieces(attention_case(kept, kPlain, window, 32), *reference, kTokens);
      std::vector<float> found = run_in_pieces(attention_case(kPlain, kept, window, 32), *backend_, 100);
      ASSERT_EQ(truth.size(), found.size());
      for (size_t i = 0; i < truth.size(); ++i) {
        ASSERT_NEAR(truth[i], found[i], 2e-5) << info(kept.keys).name << ", " << info(kept.values).name
                                              << ", window " << window << ", number " << i;
      }
    }
  }
}

TEST_P(LongAttention, GivesTheSameBitsInAnyPieces) {
  for (KeptAs kept : kKeptAs) {
    for (int64_t window : {0, 70}) {
      const Case tested = attention_case(kPlain, kept, window, 32);
      std::vector<float> whole = run_in_pieces(tested, *backend_, kTokens);
      for (int32_t piece : {1, 7, 128}) {
        std::vector<float> cut = run_in_pieces(tested, *backend_, piece);
        ASSERT_EQ(whole.size(), cut.size());
        EXPECT_EQ(0, std::memcmp(whole.data(), cut.data(), whole.size() * sizeof(float)))
            << info(kept.keys).name << " in pieces of " << piece << ", window " << window;
      }
    }
  }
}

// Blocks begin where they begin, however the pages lie.
TEST_P(LongAttention, GivesTheSameBitsInPagesOfAnySize) {
  std::vector<float> usual = run_in_pieces(attention_case(kPlain, kPlain, 0, 32), *backend_, 100);
  for (int32_t tokens : {1, 24, 48, 256}) {
    std::vector<float> other = run_in_pieces(attention_case(kPlain, kPlain, 0, tokens), *backend_, 100);
    ASSERT_EQ(usual.size(), other.size());
    EXPECT_EQ(0, std::memcmp(usual.data(), other.data(), usual.size() * sizeof(float)))
        << "pages of " << tokens;
  }
}

TEST_P(LongAttention, ReadsValuesWithinKeys) {
  auto reference = make_reference_backend();
  for (int64_t window : {0, 70}) {
    for (Type kept : kKeptTypes) {
      std::vector<float> truth =
          run_in_pieces(within_case(kept, Type::f32, true, window, 32), *reference, kTokens);
      const Case tested = within_case(Type::f32, kept, false, window, 32);
      std::vector<float> found = run_in_pieces(tested, *backend_, 100);
      ASSERT_EQ(truth.size(), found.size());
      for (size_t i = 0; i < truth.size(); ++i) {
        ASSERT_NEAR(truth[i], found[i], 2e-5) << info(kept).name << ", window " << window << ", number " << i;
      }
      for (int32_t piece : {1, 7, 128}) {
        std::vector<float> cut = run_in_pieces(tested, *backend_, piece);
        ASSERT_EQ(found.size(), cut.size());
        EXPECT_EQ(0, std::memcmp(found.data(), cut.data(), found.size() * sizeof(float)))
            << info(kept).name << " in pieces of " << piece << ", window " << window;
      }
    }
  }
  std::vector<float> usual = run_in_pieces(within_case(Type::f32, Type::f16, false, 0, 32), *backend_, 100);
  for (int32_t tokens : {1, 24, 256}) {
    std::vector<float> other =
        run_in_pieces(within_case(Type::f32, Type::f16, false, 0, tokens), *backend_, 100);
    EXPECT_EQ(0, std::memcmp(usual.data(), other.data(), usual.size() * sizeof(float)))
        << "pages of " << tokens;
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, LongAttention,
                         testing::ValuesIn(supported_isas().begin(), supported_isas().end()),
                         [](const auto& row) { return std::string(name(row.param)); });

TEST(KeptTypes, ValuesWithinKeysTakeNoRoom) {
  State state;
  state.memory = Memory::keys_values;
  state.key_heads = 1;
  state.key_width = 576;
  for (Type type : kKeptTypes) {
    const State states[] = {state};
    auto pages = Pages::make(states, {{1}, 32, 0, type, Type::f32});
    ASSERT_TRUE(pages.ok()) << pages.error().message;
    EXPECT_EQ((*pages)->place_bytes(0), 32 * *row_bytes(type, 576)) << info(type).name;
  }
}

TEST(KeptTypes, BlocksMustFitTheHead) {
  State state;
  state.memory = Memory::keys_values;
  state.key_heads = state.value_heads = 1;
  state.key_width = state.value_width = 72;
  const State states[] = {state};
  EXPECT_TRUE(Pages::make(states, {{1}, 32, 0, Type::f16, Type::f16}).ok());
  EXPECT_THAT(Pages::make(states, {{1}, 32, 0, Type::q8_0, Type::f16}).error().message,
              testing::HasSubstr("keys of 72 numbers are no whole blocks of q8_0"));
}

}  // namespace
}  // namespace hearth::cpu
