#include "engine/speed.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

namespace hearth {

namespace {

constexpr int32_t kPage = 32;

// "blk.3.ffn_down.weight" is one of many "ffn_down".
std::string short_name(std::string_view tensor) {
  if (tensor.starts_with("blk.")) tensor.remove_prefix(std::min(tensor.find('.', 4) + 1, tensor.size()));
  if (tensor.ends_with(".weight")) tensor.remove_suffix(7);
  return std::string(tensor);
}

// As a profile calls it; what the language writes without a name has one here.
std::string_view operator_name(Op op) {
  switch (op) {
    case Op::linear: return "linear";
    case Op::linears: return "linears";
    case Op::experts: return "experts";
    case Op::rows: return "rows";
    case Op::entries: return "entries";
    case Op::add: return "+";
    case Op::sub: return "-";
    case Op::mul: return "*";
    case Op::div: return "/";
    default: return row_of(op).name.empty() ? "other" : row_of(op).name;
  }
}

double median(std::vector<double> numbers) {
  std::ranges::sort(numbers);
  size_t half = numbers.size() / 2;
  return numbers.size() % 2 ? numbers[half] : (numbers[half - 1] + numbers[half]) / 2;
}

}  // namespace

std::string SpeedTest::name() const {
  std::string text = fmt::format("{}{}", prompt ? "pp" : "tg", tokens);
  if (depth > 0) text += fmt::format(" d{}", depth);
  if (sequences > 1) text += fmt::format(" b{}", sequences);
  return text;
}

double SpeedResult::tokens_per_second() const { return static_cast<double>(tokens) / median(seconds); }

double SpeedResult::stddev() const {
  if (seconds.size() < 2) return 0;
  double sum = 0, squares = 0;
  for (double each : seconds) sum += static_cast<double>(tokens) / each;
  double mean = sum / static_cast<double>(seconds.size());
  for (double each : seconds) squares += std::pow(static_cast<double>(tokens) / each - mean, 2);
  return std::sqrt(squares / static_cast<double>(seconds.size() - 1));
}

double SpeedResult::share_of_limit() const { return bound.seconds / median(seconds); }

Result<std::unique_ptr<SpeedMeter>> SpeedMeter::make(std::shared_ptr<const Model> model, Backend& backend,
                                                     std::span<const SpeedTest> tests, const Options& options,
                                                     MeasureLimits measure_limits) {
  if (!model->vocabulary()) return fail("{}: only models that give logits can be measured", model->name());
  std::unique_ptr<SpeedMeter> meter(new SpeedMeter);
  meter->options_ = options;
  meter->measure_limits_ = std::move(measure_limits);
  meter->weights_ = model->weights();
  int32_t sequences = 1, length = 1;
  for (const SpeedTest& test : tests) {
    sequences = std::max(sequences, test.sequences);
    length = std::max(length, test.depth + test.tokens);
  }
  TRY(auto weights, backend.load(model->weights()));
  int32_t rows = std::max(options.batch_rows, sequences);
  TRY(meter->program_, backend.compile(model->plan(), std::move(weights), rows));
  const size_t tables = model->plan().tables.size();
  const int32_t pages = (length + kPage - 1) / kPage;
  MemoryOptions memory{std::vector<int32_t>(tables, pages * sequences), kPage, sequences, options.key_type,
                       options.value_type};
  TRY(meter->memory_, meter->program_->make_memory(memory));
  for (int32_t s = 0; s < sequences; ++s) {
    std::vector<int32_t> table(static_cast<size_t>(pages));
    std::iota(table.begin(), table.end(), s * pages);
    meter->tables_.emplace_back(tables, table);
    meter->memory_->clear_slot(s);
  }
  meter->filled_.assign(static_cast<size_t>(sequences), 0);
  meter->step_work_.resize(model->plan().steps.size());
  meter->model_ = std::move(model);
  return meter;
}

// Tokens are any; sequences of which some are computed alone name themselves by `filled_`.
Status SpeedMeter::step(int32_t sequences, int32_t tokens, int32_t past, bool wanted) {
  const auto vocabulary = static_cast<int32_t>(*model_->vocabulary());
  tokens_.clear(), positions_.clear(), wanted_.clear(), runs_.clear();
  for (int32_t s = 0; s < sequences; ++s) {
    Batch::Run run;
    run.first = s * tokens;
    run.count = tokens;
    run.past = past;
    run.tables = tables_[static_cast<size_t>(s)];
    run.slot = s;
    runs_.push_back(run);
    for (int32_t i = 0; i < tokens; ++i) {
      next_token_ = static_cast<int32_t>((int64_t{next_token_} * 7919 + 101) % vocabulary);
      tokens_.push_back(next_token_);
      positions_.push_back(past + i);
    }
    if (wanted) wanted_.push_back(run.first + tokens - 1);
  }
  std::vector<float> scales(tokens_.size() * model_->adapters().size(), 1.0f);
  std::span<const float> of_adapters = scales;
  std::span<const std::span<const float>> inputs(&of_adapters, scales.empty() ? 0 : 1);
  TRY_STATUS(program_->run({tokens_, positions_, runs_, wanted_, inputs}, *memory_));
  const BatchSize size{sequences, tokens, past, static_cast<int64_t>(wanted_.size())};
  const Plan& plan = model_->plan();
  Work all;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    Work work = work_of(plan, plan.steps[i], weights_, size, memory_->options());
    all += work;
    ++step_work_[i].calls;
    step_work_[i].work += work;
    step_work_[i].bound += bound_of(work, limits_).seconds;
  }
  work_ += all;
  Bound bound = bound_of(all, limits_);
  bound_ = {bound_.seconds + bound.seconds, bound.by};
  return {};
}

// Keys and values of a text that nobody computed. No byte of them is above 0x2f: as the high byte of any float it
// makes a small number. False where memory cannot be written from outside.
bool SpeedMeter::write_pages(int32_t sequence, int32_t tokens) {
  const std::vector<std::vector<int32_t>>& tables = tables_[static_cast<size_t>(sequence)];
  std::mt19937_64 random(1);
  for (size_t kind = 0; kind < tables.size(); ++kind) {
    const uint64_t bytes = memory_->place_bytes(kind);
    if (bytes == 0) return false;
    std::vector<uint64_t> numbers((bytes + 7) / 8);
    for (uint64_t& number : numbers) number = random() & 0x2f2f2f2f2f2f2f2full;
    for (int32_t page = 0; page * kPage < tokens; ++page)
      memory_->write_place(kind, tables[kind][static_cast<size_t>(page)],
                           std::as_bytes(std::span(numbers)).first(bytes));
  }
  return true;
}

// Brings every sequence of the test to its depth. The numbers matter to nobody, but they are to be in memory.
Status SpeedMeter::fill(const SpeedTest& test, const Progress& progress) {
  for (int32_t s = 0; s < test.sequences; ++s) {
    auto at = static_cast<size_t>(s);
    if (filled_[at] < test.depth && write_pages(s, test.depth)) filled_[at] = test.depth;
    std::swap(tables_[0], tables_[at]);
    Status status;
    while (status.ok() && filled_[at] < test.depth) {
      int32_t count = std::min(options_.batch_rows, test.depth - filled_[at]);
      status = step(1, count, filled_[at], false);
      filled_[at] += count;
      if (progress && !progress(test.name() + ": depth", static_cast<uint64_t>(s * test.depth + filled_[at]),
                                static_cast<uint64_t>(test.sequences) * static_cast<uint64_t>(test.depth)))
        status = fail("stopped");
    }
    std::swap(tables_[0], tables_[at]);
    TRY_STATUS(std::move(status));
  }
  return {};
}

Result<double> SpeedMeter::once(const SpeedTest& test) {
  using Clock = std::chrono::steady_clock;
  work_ = {};
  bound_ = {};
  auto begin = Clock::now();
  if (test.prompt) {
    for (int32_t done = 0; done < test.tokens;) {
      int32_t count = std::min(options_.batch_rows, test.tokens - done);
      TRY_STATUS(step(1, count, test.depth + done, done + count == test.tokens));
      done += count;
    }
  } else {
    for (int32_t i = 0; i < test.tokens; ++i) TRY_STATUS(step(test.sequences, 1, test.depth + i, true));
  }
  for (int32_t s = 0; s < test.sequences; ++s) {
    int32_t& filled = filled_[static_cast<size_t>(s)];
    filled = std::max(filled, test.depth + test.tokens);
  }
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Result<SpeedResult> SpeedMeter::run(const SpeedTest& test, int32_t repeat, const Progress& progress) {
  TRY_STATUS(fill(test, progress));
  TRY(limits_, measure_limits_());
  SpeedTest warm = test;
  warm.tokens = std::min(test.tokens, test.prompt ? options_.batch_rows : 4);
  TRY_STATUS(once(warm));
  if (options_.profile) program_->measure_steps();
  step_work_.assign(model_->plan().steps.size(), {});
  SpeedResult result;
  for (int32_t i = 0; i < repeat; ++i) {
    if (progress && !progress(test.name(), static_cast<uint64_t>(i), static_cast<uint64_t>(repeat)))
      return fail("stopped");
    TRY(double seconds, once(test));
    result.seconds.push_back(seconds);
  }
  result.work = work_;
  result.limits = limits_;
  result.bound = bound_;
  result.tokens = test.prompt ? test.tokens : int64_t{test.tokens} * test.sequences;
  if (options_.profile) result.profile = profile();
  return result;
}

std::vector<OperatorTime> SpeedMeter::profile() const {
  const Plan& plan = model_->plan();
  std::vector<double> seconds(plan.steps.size());
  for (const StepTime& time : program_->step_times()) seconds[static_cast<size_t>(time.step)] += time.seconds;
  std::map<std::pair<std::string, std::string>, OperatorTime> all;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    std::string name(operator_name(step.op)), type;
    if (!step.arguments.empty() && step.arguments[0].kind == ArgumentKind::weight) {
      const StoredTensor& tensor = *model_->weight(step.arguments[0].weight).tensor;
      name += " " + short_name(tensor.name);
      type = info(tensor.type).name;
    }
    OperatorTime& time = all[{name, type}];
    time.name = name;
    time.type = type;
    time.calls += step_work_[i].calls;
    time.seconds += seconds[i];
    time.work += step_work_[i].work;
    time.bound.seconds += step_work_[i].bound;
    time.bound.by = bound_of(time.work, limits_).by;
  }
  std::vector<OperatorTime> sorted;
  for (auto& [key, time] : all) {
    if (time.seconds > 0) sorted.push_back(std::move(time));
  }
  std::ranges::sort(sorted, std::greater(), &OperatorTime::seconds);
  return sorted;
}

}  // namespace hearth
