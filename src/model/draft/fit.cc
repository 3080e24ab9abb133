#include "model/draft/fit.h"

#include <algorithm>
#include <map>
#include <set>

#include "graph/checkpoint_binding.h"
#include "graph/source.h"
#include "model/checkpoint/checkpoint_tensors.h"
#include "model/definition.h"

namespace hearth {

namespace {

class Fitting {
 public:
  Fitting(const arch::Architecture& architecture, ConfigJson& json, const CheckpointParts& checkpoint)
      : architecture_(architecture),
        json_(json),
        source_(json, checkpoint.files, checkpoint.quantization, architecture),
        config_(architecture, source_),
        binding_(architecture, source_, config_) {}

  Result<Misfit> run() {
    for (const arch::Entry& entry : architecture_.entries) {
      if (!config_.whole_value(entry).ok()) misfit_.entries.push_back(&entry);
    }
    for (const arch::Require& require : architecture_.requires_) {
      Status holds = config_.check(require);
      if (!holds.ok()) misfit_.requirements.push_back(message(holds.error()));
    }
    for (const arch::Weight& weight : architecture_.weights) {
      if (!weight.layers) look_for(weight, nullptr, std::nullopt);
    }
    for (const arch::Stack& stack : architecture_.stacks) {
      auto count = config_.layers(stack.name, {});
      for (int64_t layer = 0; layer < (count.ok() ? *count : 0); ++layer) {
        for (const arch::Weight& weight : architecture_.weights) {
          if (weight.layers && weight.stack == stack.name) look_for(weight, &stack.name, layer);
        }
      }
    }
    list_extras();
    for (const auto& unread : json_.unread(architecture_)) {
      misfit_.unread.push_back(unread.path);
      bool known = unread.scaling;
      if (!known) { TRY(known, is_read_somewhere(unread.path)); }
      if (known) misfit_.keys.push_back(unread.path + " = " + unread.value);
    }
    return std::move(misfit_);
  }

 private:
  static std::string message(const Error& error) {
    std::string text = arch::first_line(error).message;
    size_t place = text.find(": ");  // where in which file it stands is not what is asked
    return place == text.npos ? text : text.substr(place + 2);
  }

  void look_for(const arch::Weight& weight, const std::string* stack, std::optional<int64_t> layer) {
    auto found = binding_.find(arch::word_of(weight.name), stack, layer, {});
    if (found.ok() || !seen_.insert(&weight).second) return;
    misfit_.weights.push_back({&weight, &weight.declarations.front(), {}, message(found.error())});
    Misfit::Missing& missing = misfit_.weights.back();
    for (const arch::ExprPtr& dim : missing.declaration->row.shape) {
      auto size = dim ? config_.evaluate_in(*dim, layer) : Result<arch::Item>(fail("any"));
      auto number = size.ok() ? size->number() : std::nullopt;
      missing.shape.push_back(number ? static_cast<int64_t>(*number) : -1);
    }
  }

  void list_extras() {
    std::map<std::string, Misfit::Extra> extras;
    for (const std::string& name : binding_.undeclared()) {
      auto [at, fresh] = extras.try_emplace(pattern_of(name));
      if (!fresh) continue;
      at->second = {at->first, name, {}};
      if (const StoredTensor* stored = source_.stored_tensor(name))
        at->second.shape.assign(stored->shape.begin(), stored->shape.end());
    }
    for (auto& [pattern, extra] : extras) misfit_.tensors.push_back(std::move(extra));
  }

  const arch::Architecture& architecture_;
  ConfigJson& json_;
  CheckpointTensors source_;
  arch::CheckpointConfig config_;
  arch::CheckpointBinding binding_;
  std::set<const arch::Weight*> seen_;
  Misfit misfit_;
};

}  // namespace

std::string pattern_of(std::string_view name) {
  std::string pattern;
  for (char c : name) {
    bool digit = c >= '0' && c <= '9';
    bool counts = digit && !pattern.empty() && (pattern.back() == '.' || pattern.back() == '#');
    if (!counts)
      pattern += c;
    else if (pattern.back() != '#')
      pattern += '#';
  }
  return pattern;
}

Result<Misfit> misfit_of(const arch::Architecture& architecture, const CheckpointParts& checkpoint) {
  // Who reads config.json leaves marks in it of what was read.
  TRY(ConfigJson json, ConfigJson::read(checkpoint.folder));
  return Fitting(architecture, json, checkpoint).run();
}

}  // namespace hearth
