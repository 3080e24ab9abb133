#include "engine/head_drafter.h"

#include <algorithm>

namespace hearth {

struct HeadDrafter::Reading {
  const Advance* advance;
  int64_t row, count;  // of what ran last
  Listener::Chooser choose;
  bool drafts;
};

// Layer n's rows are those whose token n + 1 further is known, or guessed.
Result<std::vector<OutputRows>> HeadDrafter::run(size_t layer, std::vector<Reading>& readings,
                                                 std::span<const OutputRows> before) {
  rows_.clear();
  inputs_.assign(before.size() - 1, {});
  for (Reading& reading : readings) {
    const Sequence& sequence = *reading.advance->sequence;
    auto first = reading.advance->past + static_cast<int64_t>(layer) + 1;
    auto known = sequence.length() + static_cast<int64_t>(sequence.drafts.size()) - first;
    reading.count = std::clamp<int64_t>(known, 0, reading.count);
    if (reading.count == 0) continue;
    for (size_t i = 1; i < before.size(); ++i) {
      const OutputRows& from = before[i];
      auto begin = from.numbers.begin() + reading.row * from.width;
      inputs_[i - 1].insert(inputs_[i - 1].end(), begin, begin + reading.count * from.width);
    }
    reading.row =
        rows_.add(sequence.held, reading.advance->past, {}, long_context_, sequence.request.adapter_scales);
    for (int64_t at = first; at < first + reading.count; ++at) {
      TokenId token = at < sequence.length() ? sequence.tokens[static_cast<size_t>(at)]
                                             : sequence.drafts[static_cast<size_t>(at - sequence.length())];
      rows_.more(std::span(&token, 1));
    }
    if (reading.drafts) rows_.want(rows_.rows() - 1);
  }
  std::erase_if(readings, [](const Reading& reading) { return reading.count == 0; });
  if (rows_.empty()) return std::vector<OutputRows>();
  std::vector<std::span<const float>> inputs(inputs_.begin(), inputs_.end());
  if (!rows_.scales().empty()) inputs.push_back(rows_.scales());
  Batch batch = rows_.batch();
  batch.inputs = inputs;
  return programs_[layer]->run(batch, memory_);
}

Status HeadDrafter::follow(std::span<const Advance> advances, std::span<const OutputRows> outputs) {
  std::vector<Reading> readings;
  for (const Advance& advance : advances) {
    bool drafts = advance.most > 0;
    readings.push_back({&advance, advance.row, advance.count,
                        drafts ? advance.sequence->request.listener->fork() : Listener::Chooser(), drafts});
  }
  std::vector<OutputRows> before(outputs.begin(), outputs.end());
  for (size_t layer = 0; layer < programs_.size() && !readings.empty(); ++layer) {
    TRY(before, run(layer, readings, before));
    int64_t next = 0;
    for (Reading& reading : readings) {
      if (!reading.drafts) continue;
      bool more = add_draft(*reading.advance->sequence, reading.choose, before.front().row(next++));
      reading.drafts = more && static_cast<int64_t>(layer) + 1 < reading.advance->most;
    }
  }
  return {};
}

}  // namespace hearth
