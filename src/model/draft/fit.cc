#include "model/draft/fit.h"

#include <algorithm>
#include <map>
#include <set>

#include "graph/checkpoint_binding.h"
#include "graph/expressions.h"
#include "graph/source.h"
#include "model/checkpoint/checkpoint_tensors.h"
#include "model/definition.h"

namespace hearth {

namespace {

constexpr std::string_view kNameKey = "model_type";

bool asks_for_name(const arch::Expr& expr) {
  bool asks = false;
  arch::walk(expr, [&](const arch::Expr& part) {
    asks |= part.kind == arch::ExprKind::name && part.text == kNameKey;
  });
  return asks;
}

// The checkpoint, if it were called otherwise.
class Renamed : public arch::CheckpointFacts {
 public:
  Renamed(arch::CheckpointFacts& facts, std::string name) : facts_(facts), name_(std::move(name)) {}
  Result<std::optional<arch::Item>> key(std::string_view path) override {
    if (path == kNameKey) return std::optional(arch::Item(name_));
    return facts_.key(path);
  }
  Result<std::optional<Logical>> tensor(std::string_view name) const override { return facts_.tensor(name); }
  Result<std::optional<Logical>> bias(std::string_view name) const override { return facts_.bias(name); }
  Result<double> number(std::string_view name) const override { return facts_.number(name); }
  std::vector<std::string_view> stored() const override { return facts_.stored(); }

 private:
  arch::CheckpointFacts& facts_;
  const std::string name_;
};

class Fitting {
 public:
  Fitting(const arch::Architecture& architecture, std::span<const arch::Word> names, ConfigJson& json,
          const CheckpointParts& checkpoint)
      : architecture_(architecture),
        names_(names),
        json_(json),
        source_(json, checkpoint.files, checkpoint.quantization, architecture),
        config_(architecture, source_),
        binding_(architecture, source_, config_) {}

  Result<Misfit> run() {
    for (const arch::Entry& entry : architecture_.entries) {
      if (!config_.whole_value(entry).ok()) misfit_.entries.push_back(&entry);
    }
    // Before the other keys are judged: what another name would read is read.
    for (const arch::Entry& entry : architecture_.entries) {
      if (entry.hf && asks_for_name(*entry.hf)) compare_names(entry);
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

  void compare_names(const arch::Entry& entry) {
    auto value = config_.whole_value(entry);
    if (!value.ok()) return;
    for (const arch::Word& name : names_) {
      Renamed renamed(source_, name.text);
      arch::CheckpointConfig config(architecture_, renamed);
      auto other = config.whole_value(entry);
      if (!other.ok() || other->number() == value->number()) continue;
      misfit_.named.push_back(fmt::format("`{}` is {} by this model_type, and {} by {}", entry.name.text,
                                          value->describe(), other->describe(), name.text));
      return;
    }
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
  const std::span<const arch::Word> names_;
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

Result<Misfit> misfit_of(const arch::Architecture& architecture, std::span<const arch::Word> names,
                         const CheckpointParts& checkpoint) {
  // Who reads config.json leaves marks in it of what was read.
  TRY(ConfigJson json, ConfigJson::read(checkpoint.folder));
  return Fitting(architecture, names, json, checkpoint).run();
}

}  // namespace hearth
