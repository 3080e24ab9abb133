// Tokens and bytes per second of encoding, on one thread. The tokenizers are those of the files and folders
// that HEARTH_TOKENIZERS names, between colons (.gguf or checkpoints), or else the built-in model's. The texts are
// this repository's prose and code, and Chinese made by a rule.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

#include "base/file.h"
#include "base/text.h"
#include "cli/tokenizer_file.h"
#include "model/builtin.h"

namespace hearth {
namespace {

constexpr size_t kTextBytes = 4u << 20;

// All files with the ending below the folder, in order, as often as it takes.
std::string text_of(const std::filesystem::path& folder, std::string_view ending) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ending) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::string once, text;
  for (const auto& path : paths) once += read_file(path).value();
  while (!once.empty() && text.size() < kTextBytes) text += once;
  text.resize(std::min(text.size(), kTextBytes));
  return text;
}

// Sentences of characters of which few are frequent and many are rare, with the marks that end them.
std::string chinese_text() {
  std::mt19937_64 random(1);
  std::string text;
  while (text.size() < kTextBytes) {
    size_t length = 5 + random() % 25;
    for (size_t i = 0; i < length; ++i) {
      double share = static_cast<double>(random() >> 11) * 0x1p-53;
      append_utf8(text, 0x4E00 + static_cast<uint32_t>(std::pow(6000.0, share)) * 3);
    }
    append_utf8(text, random() % 3 == 0 ? 0x3002 : 0xFF0C);
    if (random() % 8 == 0) text += '\n';
  }
  return text;
}

void encode(benchmark::State& state, const Tokenizer& tokenizer, const std::string& text) {
  size_t tokens = 0;
  for (auto _ : state) {
    auto ids = tokenizer.encode(text, {.add_special = false, .parse_special = false});
    tokens += ids.value().size();
    benchmark::DoNotOptimize(ids);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}

int run(int argc, char** argv) {
  const std::filesystem::path root = HEARTH_SOURCE_DIR;
  static const std::pair<const char*, std::string> kTexts[] = {{"prose", text_of(root / "docs", ".md")},
                                                               {"code", text_of(root / "src", ".cc")},
                                                               {"chinese", chinese_text()}};
  // For measuring other programs on the same texts.
  if (const char* folder = std::getenv("HEARTH_BENCH_TEXTS")) {
    for (const auto& [name, text] : kTexts) std::ofstream(std::filesystem::path(folder) / name) << text;
  }
  std::vector<std::pair<std::string, std::shared_ptr<const Tokenizer>>> tokenizers;
  const char* named = std::getenv("HEARTH_TOKENIZERS");
  for (std::string_view rest = named ? named : ""; !rest.empty();) {
    std::filesystem::path path(rest.substr(0, rest.find(':')));
    rest.remove_prefix(std::min(rest.size(), path.native().size() + 1));
    auto tokenizer = open_tokenizer(path);
    if (!tokenizer.ok()) {
      fmt::print(stderr, "{}\n", tokenizer.error().message);
      return 1;
    }
    tokenizers.emplace_back(path.filename().string(), *tokenizer);
  }
  if (tokenizers.empty()) {
    auto model = GgufFile::parse(builtin_model(), kBuiltinModelName);
    tokenizers.emplace_back("built-in", read_tokenizer(model.value().metadata()).value());
  }
  for (const auto& [name, tokenizer] : tokenizers) {
    for (const auto& [kind, text] : kTexts) {
      benchmark::RegisterBenchmark(fmt::format("{}/{}", name, kind).c_str(), encode, std::cref(*tokenizer),
                                   std::cref(text));
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace hearth

int main(int argc, char** argv) { return hearth::run(argc, argv); }
