// hearth bench: how fast a model is computed here, beside what this machine can do at best.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "backends/cpu/limits.h"
#include "base/human.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/limits_output.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "engine/speed.h"
#include "model/shape_model.h"

namespace hearth {

namespace {

struct BenchOptions {
  ModelOptionsGiven model;
  int32_t prompt = 512, generate = 128, repeat = 3;
  std::vector<int32_t> batches = {1}, depths = {0};
  bool json = false, csv = false, profile = false;
};

std::vector<SpeedTest> tests_of(const BenchOptions& options) {
  std::vector<SpeedTest> tests;
  for (int32_t depth : options.depths) {
    if (options.prompt > 0) tests.push_back({true, options.prompt, 1, depth});
    if (options.generate == 0) continue;
    for (int32_t batch : options.batches) tests.push_back({false, options.generate, batch, depth});
  }
  return tests;
}

struct Row {
  std::string test;
  SpeedResult result;
};

struct Report {
  std::string model, device;
  int32_t threads;
  std::vector<Row> rows;

  // The best that was measured before any of the tests.
  MachineLimits limits() const {
    MachineLimits best;
    for (const Row& row : rows) {
      const MachineLimits& each = row.result.limits;
      best = {std::max(best.bytes, each.bytes), std::max(best.int8_ops, each.int8_ops),
              std::max(best.f32_ops, each.f32_ops), std::max(best.bf16_ops, each.bf16_ops)};
    }
    return best;
  }
};

nlohmann::ordered_json profile_as_json(const std::vector<OperatorTime>& profile) {
  auto json = nlohmann::ordered_json::array();
  for (const OperatorTime& each : profile) {
    json.push_back({{"operator", each.name},
                    {"type", each.type},
                    {"calls", each.calls},
                    {"seconds", each.seconds},
                    {"gb_s", each.work.bytes / each.seconds * 1e-9},
                    {"gop_s", each.work.ops() / each.seconds * 1e-9},
                    {"share_of_limit", each.bound.seconds / each.seconds}});
  }
  return json;
}

std::string as_json(const Report& report) {
  nlohmann::ordered_json json = {
      {"model", report.model}, {"threads", report.threads}, {"device", report.device}};
  json["limits"] = to_json(report.limits());
  json["results"] = nlohmann::json::array();
  for (const Row& row : report.rows) {
    json["results"].push_back({{"test", row.test},
                               {"tokens_per_second", row.result.tokens_per_second()},
                               {"stddev", row.result.stddev()},
                               {"share_of_limit", row.result.share_of_limit()},
                               {"bound_by", row.result.bound.by},
                               {"limits", to_json(row.result.limits)}});
    if (!row.result.profile.empty()) json["results"].back()["profile"] = profile_as_json(row.result.profile);
  }
  return json.dump(2) + "\n";
}

std::string as_csv(const Report& report) {
  std::string text = "model,threads,device,test,tokens_per_second,stddev,share_of_limit,bound_by\n";
  for (const Row& row : report.rows) {
    text += fmt::format("{},{},{},{},{:.2f},{:.2f},{:.3f},{}\n", report.model, report.threads, report.device,
                        row.test, row.result.tokens_per_second(), row.result.stddev(),
                        row.result.share_of_limit(), row.result.bound.by);
  }
  return text;
}

std::string share(double number) { return fmt::format("{:.0f} %", 100 * number); }

std::string profile_as_text(const std::vector<OperatorTime>& profile) {
  double total = 0;
  for (const OperatorTime& each : profile) total += each.seconds;
  Table table("<<>>>>>>");
  table.add({"operator", "type", "calls", "ms", "of all", "GB/s", "GOP/s", "of limit"});
  for (const OperatorTime& each : profile) {
    bool worked = each.bound.seconds > 0;
    table.add({each.name, each.type, std::to_string(each.calls), fmt::format("{:.1f}", each.seconds * 1e3),
               fmt::format("{:.1f} %", 100 * each.seconds / total),
               worked ? fmt::format("{:.1f}", each.work.bytes / each.seconds * 1e-9) : "",
               worked ? fmt::format("{:.0f}", each.work.ops() / each.seconds * 1e-9) : "",
               worked ? share(each.bound.seconds / each.seconds) : ""});
  }
  return table.text("");
}

std::string as_text(const Report& report) {
  std::string text =
      fmt::format("{}, {} threads, {}\nlimits measured: {} of reads, {}\n\n", report.model, report.threads,
                  report.device, reads_as_text(report.limits()), arithmetic_as_text(report.limits()));
  Table table("<>>>>>");
  table.add({"test", "tokens/s", "+-", "of limit", "bound by", "GB/s of reads"});
  for (const Row& row : report.rows) {
    table.add({row.test, fmt::format("{:.2f}", row.result.tokens_per_second()),
               fmt::format("{:.2f}", row.result.stddev()), share(row.result.share_of_limit()),
               std::string(row.result.bound.by), fmt::format("{:.1f}", row.result.limits.bytes * 1e-9)});
  }
  text += table.text("");
  for (const Row& row : report.rows) {
    if (!row.result.profile.empty())
      text += fmt::format("\n{}\n{}", row.test, profile_as_text(row.result.profile));
  }
  return text;
}

Result<std::shared_ptr<const Model>> open(const ModelOptionsGiven& given, ThreadPool& pool, Isa isa,
                                          const Progress& progress) {
  if (given.model.starts_with(kShapePrefix)) return make_shape_model(given.model, pool, isa, progress);
  return open_model(given);
}

Status bench(const BenchOptions& options) {
  std::vector<SpeedTest> tests = tests_of(options);
  if (tests.empty()) return fail("--prompt 0 and --generate 0 leave nothing to measure");
  TRY(Isa isa, choose_isa());
  Interruption interruption;
  ProgressLine line;
  Progress progress = [&](std::string_view what, uint64_t done, uint64_t total) {
    line.show(what, done, total);
    return !interruption.asked();
  };
  Report report;
  std::shared_ptr<const Model> model;
  ThreadPool pool(options.model.threads);
  report.threads = pool.threads();
  TRY(model, open(options.model, pool, isa, progress));
  report.model = model->name();
  report.device = fmt::format("cpu {}", name(isa));
  TRY(auto backend, open_backend(options.model));
  SpeedMeter::Options speed;
  const CacheTypes kept = cache_types(options.model);
  speed.key_type = kept.keys;
  speed.value_type = kept.values;
  speed.profile = options.profile;
  TRY(auto meter,
      SpeedMeter::make(model, *backend, tests, speed, [&] { return measure_limits(pool, isa, 0.25); }));
  for (const SpeedTest& test : tests) {
    TRY(SpeedResult result, meter->run(test, options.repeat, progress));
    report.rows.push_back({test.name(), std::move(result)});
  }
  line.clear();
  return print(options.json ? as_json(report) : options.csv ? as_csv(report) : as_text(report));
}

}  // namespace

void bench_command(CLI::App& app) {
  add_command(
      app, "bench", "Measure how fast a model is computed, beside what this machine can do at best",
      "hearth bench model.gguf --prompt 512 --generate 128 --depth 0,4096 --batch 1,8\n\n"
      "MODEL may be shape:NAME:TYPE, random weights of a known model's sizes made in memory:\n"
      "shape:llama-1b:q4_k_m; shape:qwen3-30b-a3b@12:q4_k_m has 12 of its layers.\n"
      "`of limit` is the least time that the test's reads and arithmetic take at the speeds measured\n"
      "just before it, as a share of the time that it took.",
      [](CLI::App& command) {
        auto options = std::make_shared<BenchOptions>();
        add_model_options(command, options->model, ModelChoice::builtin_by_default, false);
        auto count = [&](const char* name, int32_t& value, const char* help, int least, int most) {
          command.add_option(name, value, help)
              ->type_name("N")
              ->check(CLI::Range(least, most))
              ->capture_default_str();
        };
        auto list = [&](const char* name, std::vector<int32_t>& values, const char* help, int least,
                        int most) {
          command.add_option(name, values, help)
              ->type_name("N,...")
              ->delimiter(',')
              ->check(CLI::Range(least, most))
              ->capture_default_str();
        };
        count("--prompt", options->prompt, "tokens of the prompt; 0: none", 0, 1 << 20);
        count("--generate", options->generate, "tokens to compute one after another; 0: none", 0, 1 << 20);
        list("--batch", options->batches, "sequences that get their next token together", 1, 256);
        list("--depth", options->depths, "tokens that are in the context already", 0, 1 << 20);
        count("--repeat", options->repeat, "times to measure each; the median counts", 1, 1000);
        add_cache_type_option(command, options->model);
        auto* json = command.add_flag("--json", options->json, "one JSON document");
        command.add_flag("--csv", options->csv, "a line for each test")->excludes(json);
        command.add_flag(
            "--profile", options->profile,
            "also what each operator took; the meetings of threads that this needs cost some speed");
        return [options] { return bench(*options); };
      });
}

}  // namespace hearth
