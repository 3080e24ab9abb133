#include "graph/checkpoint_config.h"

#include <algorithm>
#include <cmath>

#include "graph/expressions.h"

namespace hearth::arch {

namespace {

constexpr int64_t kLongestStretch = 1 << 20;

bool mentions_layers(const Expr& expr) {
  bool found = false;
  walk(expr, [&](const Expr& part) {
    found |= part.kind == ExprKind::string && part.text.find('#') != std::string::npos;
  });
  return found;
}

std::string column_text(const Entry& entry) { return entry.hf ? to_string(*entry.hf) : entry.hf_path; }

}  // namespace

std::string CheckpointConfig::missing(const Entry& entry) const {
  if (!entry.hf && entry.hf_path.empty()) return "no key of config.json says it";
  return fmt::format("config.json has no `{}`", column_text(entry));
}

Result<std::optional<Config::Known>> CheckpointConfig::given(const Entry& entry) {
  // While an entry is worked out, what happened to the expression that asked for it stays as it was.
  auto outer = std::exchange(keys_, Keys::no);
  auto said = column(entry);
  keys_ = outer;
  return said;
}

Result<std::optional<Config::Known>> CheckpointConfig::column(const Entry& entry) {
  std::optional<Item> said;
  if (entry.gguf == "rope.scaling") {
    TRY(said, rope_scaling());
  } else if (entry.hf) {
    TRY(bool layered, depends_on_layer(*entry.hf));
    if (layered || mentions_layers(*entry.hf)) {
      TRY(int64_t count, layers("", entry.name.at));
      std::vector<Item> items;
      for (int64_t layer = 0; layer < count; ++layer) {
        TRY(std::optional<Item> item, evaluate_keys(*entry.hf, layer));
        if (!item) return std::optional<Known>();
        items.push_back(*std::move(item));
      }
      return std::optional<Known>(Known{list_of(std::move(items)), true});
    }
    TRY(said, evaluate_keys(*entry.hf, std::nullopt));
  } else if (!entry.hf_path.empty()) {
    TRY(said, facts_.key(entry.hf_path));
  }
  if (!said || said->none()) return std::optional<Known>();
  TRY(Known known, listed(entry, *std::move(said)));
  return std::optional<Known>(std::move(known));
}

Result<std::optional<Item>> CheckpointConfig::evaluate_keys(const Expr& expr, std::optional<int64_t> layer) {
  auto outer = std::exchange(keys_, Keys::needed);
  auto item = evaluate_in(expr, layer);
  keys_ = outer;
  if (item.ok()) return std::optional<Item>(*std::move(item));
  if (std::exchange(absent_, false)) return std::optional<Item>();
  return std::move(item).error();
}

void CheckpointConfig::mention(const Expr& name) { (void)facts_.key(name.text); }

Result<Item> CheckpointConfig::in_requirement(const Expr& expr, std::optional<int64_t> layer) {
  auto outer = std::exchange(keys_, Keys::may_be_absent);
  auto item = evaluate_in(expr, layer);
  keys_ = outer;
  return item;
}

Result<Item> CheckpointConfig::name(const Expr& expr) {
  if (keys_ == Keys::no || expr.text == "layer" || architecture_.entry(expr.text)) return Config::name(expr);
  TRY(std::optional<Item> found, member(expr.text, expr.at));
  if (found && !found->none()) return *found;
  TRY(found, facts_.key(expr.text));
  if (found) return *found;
  if (keys_ == Keys::may_be_absent) return Item();
  absent_ = true;
  return error_at(expr.at, "config.json has no `{}`", expr.text);
}

bool CheckpointConfig::recover() { return std::exchange(absent_, false); }

// Functions that only a checkpoint's side has.
Result<Item> CheckpointConfig::call(const Expr& expr) {
  const Expr& callee = *expr.operands[0];
  std::string_view function = callee.kind == ExprKind::name ? std::string_view(callee.text) : "";
  if (function == "tensor") return tensor_number(expr);
  if (function == "stretch") return stretch(expr);
  if (function == "rope_factors") return rope_factors(expr);
  return Config::call(expr);
}

// tensor("model.layers.#.beta"): the number that a tensor of the checkpoint holds.
Result<Item> CheckpointConfig::tensor_number(const Expr& call) {
  if (call.operands.size() != 2 || call.operands[1]->kind != ExprKind::string)
    return error_at(call.at, "`tensor` takes the name of a tensor");
  std::string name;
  for (char c : call.operands[1]->text)
    name += c == '#' && layer_ ? std::to_string(*layer_) : std::string(1, c);
  TRY(double number, facts_.number(name));
  numbers_read_.insert(std::move(name));
  return Item(number);
}

// stretch(list, a, b, ...): list[0] a times, list[1] b times, ...
Result<Item> CheckpointConfig::stretch(const Expr& call) {
  TRY(Item from, evaluate(*call.operands[1]));
  auto* list = from.as<List>();
  if (!list || list->items->size() + 2 != call.operands.size()) {
    return error_at(call.at, "`stretch` takes a list and a size for each of its values; the list is {}",
                    from.describe());
  }
  std::vector<Item> items;
  for (size_t i = 0; i < list->items->size(); ++i) {
    TRY(int64_t times, whole(*call.operands[i + 2], "a size"));
    if (times < 0 || times > kLongestStretch - static_cast<int64_t>(items.size()))
      return error_at(call.operands[i + 2]->at, "a vector of more than {} numbers", kLongestStretch);
    items.insert(items.end(), static_cast<size_t>(times), (*list->items)[i]);
  }
  return list_of(std::move(items));
}

// By what each rotary frequency is divided (`llama3`); none for other kinds of scaling.
Result<Item> CheckpointConfig::rope_factors(const Expr& call) {
  TRY(Item object, evaluate(*call.operands[1]));
  auto* scaling = object.as<std::shared_ptr<const RopeScaling>>();
  if (!scaling || (*scaling)->type != "llama3") return Item();
  TRY(double theta, number(*call.operands[2]));
  const Entry* width = architecture_.entry("rope_dim");
  if (!width) width = architecture_.entry("head_dim");
  if (!width) return error_at(call.at, "how many values turn is not said: config has no `rope_dim`");
  TRY(Item dim, value(*width, layer_, call.at));
  double pairs = std::floor(dim.number().value_or(0) / 2);
  if (!(pairs >= 1 && pairs <= kLongestStretch))
    return error_at(call.at, "`{}` is {}", width->name.text, dim.describe());
  const RopeScaling& s = **scaling;
  std::vector<Item> factors;
  for (double i = 0; i < pairs; ++i) {
    double wavelength = 2 * M_PI * std::pow(theta, i / pairs);
    double t = (*s.original / wavelength - *s.low) / (*s.high - *s.low);
    double between = 1 / ((1 - t) / *s.factor + t);
    factors.emplace_back(wavelength < *s.original / *s.high  ? 1.0
                         : wavelength > *s.original / *s.low ? *s.factor
                                                             : between);
  }
  return list_of(std::move(factors));
}

Result<std::optional<double>> CheckpointConfig::number_at(std::string_view path) {
  TRY(std::optional<Item> item, facts_.key(path));
  if (!item) return std::optional<double>();
  auto number = item->number();
  if (!number) return fail("config.json says {} = {}; a number is expected", path, item->describe());
  return number;
}

// Section 4.1: one object, whichever way it is written. rope_parameters has become rope_scaling already.
Result<std::optional<Item>> CheckpointConfig::rope_scaling() {
  TRY(std::optional<Item> kind, facts_.key("rope_scaling.rope_type"));
  if (!kind) { TRY(kind, facts_.key("rope_scaling.type")); }
  if (!kind) return std::optional<Item>();
  auto* name = kind->as<std::string>();
  if (!name)
    return fail("config.json says rope_scaling.rope_type = {}; a string is expected", kind->describe());
  RopeScaling scaling;
  scaling.type = *name == "su" ? "longrope" : *name;
  // `dynamic` changes the base with every token, which no cache of keys can follow: as none up to the trained
  // length, which is then the limit. Sections (`mrope`) are a row of their own.
  if (scaling.type == "default" || scaling.type == "dynamic" || scaling.type == "mrope")
    return std::optional<Item>();
  static constexpr std::string_view kTypes[] = {"linear", "yarn", "llama3", "longrope"};
  if (std::find(std::begin(kTypes), std::end(kTypes), scaling.type) == std::end(kTypes)) {
    return fail(
        "config.json says rope_scaling.rope_type = {}; default, linear, dynamic, yarn, llama3, longrope "
        "and mrope are known",
        kind->describe());
  }
  struct Row {
    const char* path;
    std::optional<double>& value;
  };
  for (const Row& row :
       {Row{"rope_scaling.factor", scaling.factor},
        Row{"rope_scaling.original_max_position_embeddings", scaling.original},
        Row{"rope_scaling.attention_factor", scaling.attn}, Row{"rope_scaling.beta_fast", scaling.beta_fast},
        Row{"rope_scaling.beta_slow", scaling.beta_slow}, Row{"rope_scaling.low_freq_factor", scaling.low},
        Row{"rope_scaling.high_freq_factor", scaling.high}}) {
    TRY(row.value, number_at(row.path));
  }
  TRY(std::optional<double> longest, number_at("max_position_embeddings"));
  if (!scaling.original) { TRY(scaling.original, number_at("original_max_position_embeddings")); }
  if (!scaling.original) scaling.original = longest;

  struct Factors {
    const char* path;
    std::vector<double>& list;
  };
  for (const Factors& factors : {Factors{"rope_scaling.short_factor", scaling.short_factors},
                                 Factors{"rope_scaling.long_factor", scaling.long_factors}}) {
    TRY(std::optional<Item> item, facts_.key(factors.path));
    if (!item) continue;
    auto* list = item->as<List>();
    if (!list) return fail("config.json says {} = {}; a list is expected", factors.path, item->describe());
    for (const Item& element : *list->items) {
      auto number = element.number();
      if (!number)
        return fail("config.json says {} = {}; a list of numbers is expected", factors.path,
                    item->describe());
      factors.list.push_back(*number);
    }
  }

  auto positive = [](const std::optional<double>& n) { return n && *n > 0; };
  if (scaling.type == "longrope") {
    if (!positive(scaling.original))
      return fail(
          "config.json says rope_scaling.rope_type = \"longrope\", but no original_max_position_embeddings");
    if (!scaling.factor && positive(longest)) scaling.factor = *longest / *scaling.original;
    // Phi-3.5-MoE says it for texts within and beyond the original length; a file says one for both.
    TRY(std::optional<double> within, number_at("rope_scaling.short_mscale"));
    TRY(std::optional<double> beyond, number_at("rope_scaling.long_mscale"));
    if (within != beyond)
      return fail(
          "config.json says rope_scaling.short_mscale and long_mscale, which differ; one for all is known");
    if (!scaling.attn) scaling.attn = beyond;
    double s = positive(longest) ? *longest / *scaling.original : 1;
    if (!scaling.attn) scaling.attn = s > 1 ? std::sqrt(1 + std::log(s) / std::log(*scaling.original)) : 1;
  } else if (!positive(scaling.factor)) {
    return fail("config.json says rope_scaling.rope_type = \"{}\", but no positive rope_scaling.factor",
                scaling.type);
  }
  if ((scaling.type == "llama3" || scaling.type == "yarn") && !positive(scaling.original))
    return fail("config.json says rope_scaling.rope_type = \"{}\", but not the original context length",
                scaling.type);
  if (scaling.type == "llama3" &&
      !(positive(scaling.low) && positive(scaling.high) && *scaling.high >= *scaling.low))
    return fail(
        "config.json says rope_scaling.rope_type = \"llama3\", but no rope_scaling.low_freq_factor that a "
        "rope_scaling.high_freq_factor reaches");
  // attention_factor is the whole product, `attn` what is multiplied besides.
  if (scaling.type == "yarn" && scaling.attn) *scaling.attn /= 0.1 * std::log(*scaling.factor) + 1;
  return std::optional<Item>(Item(std::make_shared<const RopeScaling>(std::move(scaling))));
}

void CheckpointConfig::mention_transforms() {
  auto look = [&](const ExprPtr& expr) {
    if (!expr) return;
    walk(*expr, [&](const Expr& part) {
      if (part.kind == ExprKind::name && !architecture_.entry(part.text)) mention(part);
    });
  };
  for (const Weight& weight : architecture_.weights) {
    for (const Declaration& declaration : weight.declarations) {
      for (const Origin& origin : declaration.row.origins) {
        look(origin.computed);
        for (const Transform& transform : origin.transforms) {
          for (const ExprPtr& operand : transform.operands) look(operand);
        }
      }
    }
  }
}

Status CheckpointConfig::check_tellable() {
  for (const Entry& entry : architecture_.entries) {
    bool asked = entry.hf || !entry.hf_path.empty();
    if (!entry.gguf.empty() || !asked || !entry.value) continue;
    TRY(const Known* held, known(entry, entry.name.at));
    TRY(Known read, fallback(entry));
    if (equal(held->item, read.item)) continue;
    // A default that does not depend on the layer stands for every layer.
    auto* list = held->item.as<List>();
    if (held->by_layer && !read.by_layer && list &&
        std::all_of(list->items->begin(), list->items->end(),
                    [&](const Item& item) { return equal(item, read.item); }))
      continue;
    return error_at(entry.name.at,
                    "`{}` is {} in config.json; a GGUF file cannot say so and would be read as {}",
                    entry.name.text, held->item.describe(), read.item.describe());
  }
  return {};
}

}  // namespace hearth::arch
