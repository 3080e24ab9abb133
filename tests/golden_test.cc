// Tiny models of every architecture, against the outputs of another implementation.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "backends/cpu/cpu.h"
#include "conformance.h"
#include "engine/engine.h"
#include "engine/session.h"
#include "files.h"
#include "graph/library.h"
#include "logits.h"
#include "ops/reference.h"

namespace hearth {
namespace {

struct Golden {
  std::string name;
  std::filesystem::path model, expected;
  std::vector<int32_t> tokens, encoder, next;
  int64_t start;
  double tolerance;
};

// The cases of the architectures in the library.
std::vector<Golden> goldens(const std::filesystem::path& folder) {
  std::ifstream stream(folder / "cases.json");
  auto cases = nlohmann::ordered_json::parse(stream);
  std::vector<Golden> all;
  for (auto& [name, value] : cases.items()) {
    Golden golden{name,
                  folder / (value.value("file", name) + ".gguf"),
                  folder / (name + ".f32"),
                  value["tokens"],
                  value.value("encoder", std::vector<int32_t>()),
                  value.value("next", std::vector<int32_t>()),
                  value.value("start", int64_t{0}),
                  1e-5};
    if (value.value("gelu", false)) golden.tolerance = 2e-3;
    if (value.value("far", false)) golden.tolerance = 2e-4;
    auto file = GgufFile::open(golden.model);
    if (!file.ok() || !arch::library_file(*file->metadata().get<std::string_view>("general.architecture")))
      continue;
    all.push_back(std::move(golden));
  }
  return all;
}

// In two steps, so that the draft layers go on from what they remember.
std::vector<float> drafted(Session& session, const Golden& golden) {
  std::vector<float> found;
  std::span<const int32_t> tokens = golden.tokens, next = golden.next;
  for (auto [begin, count] : {std::pair<size_t, size_t>{0, 20}, {20, tokens.size() - 20}}) {
    auto outputs = session.step(tokens.subspan(begin, count), {});
    EXPECT_TRUE(outputs.ok()) << outputs.error().message;
    auto drafts = session.draft(0, next.subspan(begin, count));
    EXPECT_TRUE(drafts.ok()) << drafts.error().message;
    if (!outputs.ok() || !drafts.ok()) return {};
    auto rows = drafts->front().numbers;
    found.insert(found.end(), rows.begin(), rows.end());
  }
  return found;
}

void expect_golden(const Golden& golden, Backend& backend) {
  SCOPED_TRACE(golden.name);
  auto model = Model::load(golden.model);
  ASSERT_TRUE(model.ok()) << model.error().message;
  SessionOptions options;
  options.context = static_cast<int64_t>(golden.tokens.size());
  options.key_type = options.value_type = Type::f32;
  options.source = static_cast<int64_t>(golden.encoder.size());
  options.drafting = !golden.next.empty();
  auto session = Session::create(*model, backend, options);
  ASSERT_TRUE(session.ok()) << session.error().message;
  (*session)->set_first_position(golden.start);
  if (!golden.encoder.empty()) {
    auto read = (*session)->encode(golden.encoder);
    ASSERT_TRUE(read.ok()) << read.error().message;
  }
  std::vector<float> found;
  if (!golden.next.empty()) {
    found = drafted(**session, golden);
  } else {
    auto status = (*session)->extend_all(golden.tokens, [&](std::span<const float> row) -> Status {
      found.insert(found.end(), row.begin(), row.end());
      return {};
    });
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  std::vector<float> expected = read_floats(golden.expected);
  expect_close(found, expected, golden.tolerance);
}

TEST(Golden, TheReferenceAgrees) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto backend = make_reference_backend();
  auto all = goldens(folder);
  EXPECT_GE(all.size(), 80u);
  for (const Golden& golden : all) expect_golden(golden, *backend);
}

class GoldenOn : public testing::TestWithParam<std::tuple<Isa, int32_t>> {};

TEST_P(GoldenOn, TheProcessor) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  CpuOptions options;
  std::tie(options.isa, options.threads) = GetParam();
  auto backend = make_cpu_backend(options);
  ASSERT_TRUE(backend.ok()) << backend.error().message;
  for (const Golden& golden : goldens(folder)) expect_golden(golden, **backend);
}

INSTANTIATE_TEST_SUITE_P(Settings, GoldenOn,
                         testing::Combine(testing::ValuesIn(supported_isas()), testing::Values(1, 2)),
                         [](const auto& row) {
                           return fmt::format("{}_{}_threads", name(std::get<0>(row.param)),
                                              std::get<1>(row.param));
                         });

class Greedy final : public Listener {
 public:
  Result<TokenId> choose(std::span<const float> logits) override { return best(logits); }
  bool on_token(TokenId token) override {
    tokens.push_back(token);
    return true;
  }
  void on_finish(Finish, const Usage&, const Error* error) override {
    done.set_value(error ? error->message : "");
  }
  static TokenId best(std::span<const float> logits) {
    return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
  }

  std::vector<TokenId> tokens;
  std::promise<std::string> done;
};

// Several sequences with sources of their own beside each other, more than there is room for at once.
TEST(Golden, TheEngineWritesAboutWhatEachEncoderRead) {
  CONFORMANCE_OR_SKIP(folder, "architectures");
  auto model = Model::load(folder / "t5.gguf");
  ASSERT_TRUE(model.ok()) << model.error().message;
  auto backend = make_cpu_backend({});
  ASSERT_TRUE(backend.ok());
  constexpr int64_t kWritten = 40, kSequences = 3;
  auto source_of = [](int64_t n) {
    std::vector<int32_t> source;
    for (int64_t i = 0; i < 20 + 25 * n; ++i) source.push_back(static_cast<int32_t>((i * i + n * 7) % 90));
    return source;
  };
  EngineOptions options;
  options.serving.context = 80;
  options.serving.parallel = 2;
  options.serving.key_type = options.serving.value_type = Type::f32;
  auto engine = Engine::create(*model, **backend, options);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  std::vector<std::shared_ptr<Greedy>> listeners;
  for (int64_t n = 0; n < kSequences; ++n) {
    Request request;
    request.prompt = source_of(n);  // which an encoder takes for its own
    request.most = kWritten;
    request.listener = listeners.emplace_back(std::make_shared<Greedy>());
    auto admitted = (*engine)->submit(std::move(request));
    ASSERT_TRUE(std::holds_alternative<RequestId>(admitted)) << std::get<Refusal>(admitted).error.message;
  }
  for (int64_t n = 0; n < kSequences; ++n) {
    EXPECT_EQ(listeners[n]->done.get_future().get(), "");
    SessionOptions alone;
    alone.context = alone.source = 80;
    alone.key_type = alone.value_type = Type::f32;
    auto session = Session::create(*model, **backend, alone);
    ASSERT_TRUE(session.ok()) << session.error().message;
    ASSERT_TRUE((*session)->encode(source_of(n)).ok());
    std::vector<TokenId> expected;
    TokenId token = (*model)->start_token();
    for (int64_t i = 0; i < kWritten; ++i) {
      auto logits = (*session)->extend(std::span(&token, 1));
      ASSERT_TRUE(logits.ok()) << logits.error().message;
      expected.push_back(token = Greedy::best(*logits));
    }
    EXPECT_EQ(listeners[n]->tokens, expected);
  }
}

}  // namespace
}  // namespace hearth
