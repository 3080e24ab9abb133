#include "ops/conformance.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

#include "ops/conformance_builder.h"
#include "ops/reference.h"

namespace hearth::conformance {

namespace {

constexpr int32_t kMostRows = 40;
constexpr int32_t kLongest = 48;  // tokens of a sequence

// What a batch takes of a sequence: the next `count` tokens.
struct Piece {
  int32_t sequence, count;
};
using Pieces = std::vector<std::vector<Piece>>;

// Sequences that come and go: a prompt at once, prompts in chunks beside decoding, decoding alone.
const Pieces kService = {{{0, 37}},
                         {{0, 1}, {1, 5}},
                         {{1, 3}, {0, 1}, {2, 13}},
                         {{2, 1}, {1, 1}, {0, 1}},
                         {{2, 1}, {3, 7}, {0, 1}, {1, 2}}};
const Pieces kWholeService = {{{0, 37}}, {{1, 5}, {2, 1}, {3, 13}}, {{2, 1}}};

enum class Wanted { all, some };

// The token at a place of a sequence, whatever batch it comes in.
int32_t token_at(int32_t sequence, int32_t place) {
  return static_cast<int32_t>((sequence * 7919 + place * 104729 + place * place * 31) % kVocabulary);
}

// Sequences may begin elsewhere than at 0, and far from it.
int32_t start_of(int32_t sequence) { return sequence == 2 ? 1003 : sequence == 3 ? 9 : 0; }

std::vector<OwnedBatch> make_batches(const Pieces& pieces, const Case& tested, Wanted wanted) {
  std::map<int32_t, int32_t> lengths;
  std::vector<OwnedBatch> batches;
  const MemoryOptions& memory = tested.memory;
  int32_t of_a_sequence = (kLongest + memory.page_tokens - 1) / memory.page_tokens;
  for (const std::vector<Piece>& takes : pieces) {
    OwnedBatch& batch = batches.emplace_back();
    for (auto [sequence, count] : takes) {
      int32_t& past = lengths[sequence];
      if (tested.whole) past = 0;
      OwnedBatch::Run run{sequence, static_cast<int32_t>(batch.tokens.size()), count, past, {}};
      for (size_t t = 0; t < tested.plan.tables.size(); ++t) {
        std::vector<int32_t>& pages = run.tables.emplace_back();
        int64_t seen = tested.plan.tables[t].first_seen(past) / memory.page_tokens;
        for (int32_t page = 0; page < of_a_sequence; ++page) {
          // Every sequence's pages among the others', falling. What is not seen any more is said to be where another
          // sequence's is.
          pages.push_back(page < seen ? 0 : memory.pages[t] - 1 - (page * 4 + sequence) % memory.pages[t]);
        }
      }
      for (int32_t i = 0; i < count; ++i) {
        int32_t place = past + i;
        if (wanted == Wanted::all || i == count - 1 || token_at(sequence, place) % 4 == 0) {
          batch.wanted.push_back(run.first + i);
        }
        batch.tokens.push_back(token_at(sequence, place));
        batch.positions.push_back(start_of(sequence) + place);
      }
      past += count;
      batch.runs.push_back(std::move(run));
    }
  }
  return batches;
}

// A row of an output, wherever it was computed: a token's, or the sequence's.
struct RowKey {
  size_t output;
  int32_t sequence, place;
  auto operator<=>(const RowKey&) const = default;
};
using RowTable = std::map<RowKey, std::vector<float>>;

class Runner {
 public:
  static Result<Runner> make(const Case& tested, Backend& backend, const Decode& decode) {
    Runner runner;
    runner.case_ = &tested;
    std::vector<WeightData> weights;
    for (const OwnedWeight& weight : tested.weights) {
      WeightData data{weight.type, weight.shape, weight.bytes, weight.bias};
      if (decode && weight.type != Type::f32) {
        int64_t elements =
            std::accumulate(weight.shape.begin(), weight.shape.end(), int64_t{1}, std::multiplies<>());
        data.type = Type::f32;
        runner.decoded_.push_back(decode(weight.type, weight.bytes, elements));
        data.bytes = std::as_bytes(std::span(runner.decoded_.back()));
      }
      weights.push_back(std::move(data));
    }
    TRY(auto loaded, backend.load(std::move(weights)));
    TRY(runner.program_, backend.compile(tested.plan, std::move(loaded), kMostRows));
    return runner;
  }

  // All rows that the batches give. A fresh memory each time, so that nothing is left from before.
  Result<RowTable> run(const std::vector<OwnedBatch>& batches) {
    TRY(auto memory, program_->make_memory(case_->memory));
    const auto& tables = case_->plan.tables;
    const bool has_source =
        std::any_of(tables.begin(), tables.end(), [](auto& table) { return table.source; });
    RowTable rows;
    for (const OwnedBatch& owned : batches) {
      std::vector<Batch::Run> runs;
      for (const OwnedBatch::Run& run : owned.runs) {
        // Slots neither begin at 0 nor follow the order of the runs.
        int32_t slot = (run.sequence * 2 + 1) % case_->memory.slots;
        if (run.past == 0) memory->clear_slot(slot);
        runs.push_back({run.first, run.count, run.past, run.tables, slot, run.sequence % 2 == 1});
        if (has_source) runs.back().source = run.count;  // what they remember is of this batch
      }
      TRY(auto outputs, program_->run({owned.tokens, owned.positions, runs, owned.wanted}, *memory));
      for (size_t n = 0; n < outputs.size(); ++n) {
        bool sequences = case_->plan.outputs[n].view.rows == Rows::sequences;
        size_t expected = sequences ? owned.runs.size() : owned.wanted.size();
        if (outputs[n].rows != static_cast<int64_t>(expected)) {
          return fail("{}: {} rows of an output instead of {}", case_->name, outputs[n].rows, expected);
        }
        for (int64_t r = 0; r < outputs[n].rows; ++r) {
          auto numbers = outputs[n].row(r);
          const OwnedBatch::Run& run = sequences ? owned.runs[r] : run_of(owned, owned.wanted[r]);
          int32_t place = sequences ? 0 : run.past + owned.wanted[r] - run.first;
          rows[{n, run.sequence, place}] = {numbers.begin(), numbers.end()};
        }
      }
    }
    return rows;
  }

 private:
  static const OwnedBatch::Run& run_of(const OwnedBatch& batch, int32_t row) {
    return *std::find_if(batch.runs.begin(), batch.runs.end(),
                         [&](const auto& run) { return row < run.first + run.count; });
  }

  const Case* case_ = nullptr;
  std::vector<std::vector<float>> decoded_;
  std::unique_ptr<Program> program_;
};

// Where rows that both have differ in their bits.
Status same_bits(const RowTable& expected, const RowTable& found, std::string_view name,
                 std::string_view when) {
  for (const auto& [key, numbers] : found) {
    auto at = expected.find(key);
    if (at == expected.end()) continue;
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (std::bit_cast<uint32_t>(numbers[i]) == std::bit_cast<uint32_t>(at->second[i])) continue;
      return fail("{}: token {} of sequence {}, number {}: {} when {}, {} at once and alone", name, key.place,
                  key.sequence, i, numbers[i], when, at->second[i]);
    }
  }
  return {};
}

}  // namespace

Result<double> compare(const Case& tested, Backend& backend, const Decode& decode) {
  auto reference = make_reference_backend();
  TRY(Runner truth, Runner::make(tested, *reference, decode));
  TRY(Runner other, Runner::make(tested, backend, {}));
  auto batches = make_batches(tested.whole ? kWholeService : kService, tested, Wanted::some);
  TRY(RowTable expected, truth.run(batches));
  TRY(RowTable found, other.run(batches));
  std::map<size_t, double> largest, error;
  for (const auto& [key, numbers] : expected) {
    const std::vector<float>& theirs = found.at(key);
    for (size_t i = 0; i < numbers.size(); ++i) {
      if (std::isnan(numbers[i])) return fail("{}: the reference gives no number", tested.name);
      double difference = std::abs(static_cast<double>(theirs[i]) - numbers[i]);
      largest[key.output] = std::max<double>(largest[key.output], std::abs(numbers[i]));
      // A NaN is as wrong as can be; no comparison would notice it.
      error[key.output] = std::max(error[key.output], std::isnan(difference) ? INFINITY : difference);
    }
  }
  double worst = 0;
  for (const auto& [output, size] : largest) {
    if (size == 0) return fail("{}: the reference gives zeros alone", tested.name);
    worst = std::max(worst, error[output] / size);
  }
  return worst;
}

Status check_invariance(const Case& tested, Backend& backend) {
  TRY(Runner runner, Runner::make(tested, backend, {}));
  auto run = [&](const Pieces& pieces, Wanted wanted) {
    return runner.run(make_batches(pieces, tested, wanted));
  };
  constexpr int32_t kLength = 23;
  TRY(RowTable alone, run({{{0, kLength}}}, Wanted::all));
  auto same = [&](const Pieces& pieces, Wanted wanted, std::string_view when) -> Status {
    TRY(RowTable rows, run(pieces, wanted));
    return same_bits(alone, rows, tested.name, when);
  };
  TRY_STATUS(same({{{0, kLength}}}, Wanted::some, "only some rows are wanted"));
  TRY_STATUS(same({{{1, 5}, {0, kLength}, {2, 9}}}, Wanted::all, "others are beside it"));
  TRY_STATUS(same({{{2, 3}, {3, 1}, {0, kLength}}}, Wanted::some, "others are before it"));
  if (tested.whole) return {};
  for (int32_t chunk : {1, 3, 7}) {
    Pieces pieces, beside;
    for (int32_t done = 0; done < kLength; done += chunk) {
      int32_t count = std::min(chunk, kLength - done);
      pieces.push_back({{0, count}});
      beside.push_back({{1, 1}, {0, count}, {2, 2}});
    }
    TRY_STATUS(same(pieces, Wanted::all, fmt::format("cut into chunks of {}", chunk)));
    TRY_STATUS(same(beside, Wanted::some, fmt::format("cut into chunks of {} beside others", chunk)));
  }
  return {};
}

}  // namespace hearth::conformance
