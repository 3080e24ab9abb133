#include "model/draft/draft.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "graph/check.h"
#include "graph/expand.h"
#include "graph/library.h"
#include "graph/parse.h"
#include "graph/print.h"
#include "model/checkpoint/checkpoint.h"
#include "model/draft/fit.h"
#include "model/draft/names.h"

namespace hearth {

namespace {

constexpr double kLikeEnough = 0.25;  // of names, below which nobody would guess that they mean the same

// The prefix of the layers' tensors that most of them have: "model.layers.#".
std::string layer_prefix(const std::vector<Misfit::Extra>& extras) {
  std::map<std::string, size_t> counts;
  for (const auto& extra : extras) {
    size_t hash = extra.pattern.find('#');
    if (hash != std::string::npos) ++counts[extra.pattern.substr(0, hash + 1)];
  }
  auto most = std::max_element(counts.begin(), counts.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "" : most->first;
}

bool same_shape(const Dims& declared, const Dims& stored) {
  return declared.size() == stored.size() && std::equal(declared.begin(), declared.end(), stored.begin(),
                                                        [](int64_t d, int64_t s) { return d < 0 || d == s; });
}

class Drafter {
 public:
  Drafter(arch::Document document, std::span<const arch::Word> names, CheckpointParts checkpoint)
      : document_(std::move(document)), names_(names), checkpoint_(std::move(checkpoint)) {}

  Status run() {
    TRY_STATUS(again());
    TRY_STATUS(change_prefix());
    // Keys first: shapes are made of them.
    TRY_STATUS(change_keys());
    return change_names();
  }

  const Misfit& misfit() const { return misfit_; }
  const arch::Document& document() const { return document_; }
  std::vector<std::string> changed() const { return changed_; }

 private:
  // What the document means now, and what of it does not fit.
  Status again() {
    TRY(arch::Document parsed, arch::parse("draft.arch", arch::print(document_)));
    TRY(architecture_, arch::expand(std::move(parsed), arch::library_loader()));
    TRY(misfit_, misfit_of(architecture_, names_, checkpoint_));
    return {};
  }

  Status change_prefix() {
    const arch::Stack* stack = architecture_.stack("");
    if (!stack || misfit_.weights.empty()) return {};
    std::string prefix = layer_prefix(misfit_.tensors);
    if (prefix.empty() || prefix == stack->hf_prefix) return {};
    size_t before = misfit_.distance();
    arch::Document old = document_;
    arch::RowBlock& block = layers(nullptr);
    block.hf_prefix = prefix;
    Status status = again();
    // With names of their own, none is found under either prefix yet.
    if (status.ok() && misfit_.distance() <= before) {
      changed_.push_back(fmt::format("the layers' tensors are called {}", prefix));
      return {};
    }
    document_ = std::move(old);
    return again();
  }

  // The block of the layers where a guard holds. The first one gives the whole stack its prefix.
  arch::RowBlock& layers(const arch::ExprPtr& when) {
    for (arch::RowBlock& block : document_.blocks) {
      if (block.layers && block.stack.empty() && block.when == when) return block;
    }
    arch::RowBlock block;
    block.layers = true;
    block.when = when;
    const arch::Stack* stack = architecture_.stack("");
    if (stack && !when) block.hf_prefix = stack->hf_prefix;
    document_.blocks.push_back(std::move(block));
    return document_.blocks.back();
  }

  arch::RowBlock& outside() {
    for (arch::RowBlock& block : document_.blocks) {
      if (!block.layers) return block;
    }
    return *document_.blocks.insert(document_.blocks.begin(), arch::RowBlock{});
  }

  // An entry without a value: a key that nobody read, whose number is that of a dimension the entry names, or whose
  // name is like that which the parent asks for.
  Status change_keys() {
    if (misfit_.entries.empty()) return {};
    std::set<std::string> used;
    for (const arch::Entry* entry : misfit_.entries) {
      std::string best;
      double most = 0;
      for (const std::string& key : misfit_.unread) {
        double like = std::max(likeness(key, entry->hf_path), likeness(key, entry->gguf));
        if (like > most && !used.contains(key)) {
          most = like;
          best = key;
        }
      }
      if (most < kLikeEnough) continue;
      used.insert(best);
      arch::Entry changed = *entry;
      changed.hf = nullptr;
      changed.hf_path = best;
      changed.name.at = {};
      changed_.push_back(fmt::format("{} is called {}", changed.name.text, best));
      auto own = std::find_if(document_.entries.begin(), document_.entries.end(),
                              [&](const arch::Entry& each) { return each.name.text == changed.name.text; });
      if (own == document_.entries.end())
        document_.entries.push_back(std::move(changed));
      else
        *own = std::move(changed);
    }
    return again();
  }

  struct Guess {
    double like;
    const Misfit::Missing* missing;
    const Misfit::Extra* extra;
    std::string name;  // behind the stack's prefix
  };

  // Weights that are not found: tensors that nobody took, of the shape that is wanted, the most alike first.
  Status change_names() {
    std::vector<Guess> guesses;
    for (const Misfit::Missing& missing : misfit_.weights) {
      // A weight with several declarations is one of cases, which no row of a draft can tell apart.
      if (missing.weight->declarations.size() != 1 || !missing.weight->stack.empty()) continue;
      std::string prefix = missing.weight->layers ? missing.declaration->hf_prefix + "." : "";
      for (const Misfit::Extra& extra : misfit_.tensors) {
        if (!extra.pattern.ends_with(".weight") || !extra.pattern.starts_with(prefix)) continue;
        if (!same_shape(missing.shape, extra.shape)) continue;
        std::string name = extra.pattern.substr(prefix.size(), extra.pattern.size() - prefix.size() - 7);
        if (name.find('#') != std::string::npos) continue;
        double like = likeness(name, missing.weight->name);
        for (const arch::Origin& origin : missing.declaration->row.origins) {
          for (const arch::TensorName& asked : origin.names)
            like = std::max(like, likeness(name, asked.name.text));
        }
        guesses.push_back({like, &missing, &extra, name});
      }
    }
    std::stable_sort(guesses.begin(), guesses.end(),
                     [](const Guess& a, const Guess& b) { return a.like > b.like; });
    std::set<const void*> done;
    for (const Guess& guess : guesses) {
      if (guess.like < kLikeEnough || done.contains(guess.missing) || done.contains(guess.extra)) continue;
      done.insert(guess.missing);
      done.insert(guess.extra);
      rename(guess);
    }
    add_biases();
    return again();
  }

  // The document's own row of a weight; null where it is the parent's.
  arch::Row* own_row(std::string_view weight) {
    for (arch::RowBlock& block : document_.blocks) {
      for (arch::Row& row : block.rows) {
        if (block.stack.empty() && row.name.text == weight) return &row;
      }
    }
    return nullptr;
  }

  void rename(const Guess& guess) {
    arch::Row row = guess.missing->declaration->row;
    row.name.at = {};
    arch::Origin* stored = nullptr;
    for (arch::Origin& origin : row.origins) {
      if (origin.kind == arch::Origin::Kind::stored) stored = &origin;
    }
    if (!stored || stored->names.size() != 1) return;
    stored->names.front().name.text = guess.name;
    changed_.push_back(fmt::format("{} is called {}", guess.missing->weight->name, guess.name));
    const arch::ExprPtr& when = guess.missing->declaration->when;
    if (arch::Row* own = own_row(row.name.text))
      *own = std::move(row);
    else
      (guess.missing->weight->layers ? layers(when) : outside()).rows.push_back(std::move(row));
  }

  // A bias beside a tensor whose row has none.
  void add_biases() {
    for (const Misfit::Extra& extra : misfit_.tensors) {
      if (!extra.pattern.ends_with(".bias")) continue;
      std::string_view of = std::string_view(extra.pattern).substr(0, extra.pattern.size() - 5);
      for (const arch::Weight& weight : architecture_.weights) {
        if (weight.declarations.size() != 1 || !weight.stack.empty()) continue;
        const arch::Declaration& declaration = weight.declarations.front();
        const arch::Row& row = declaration.row;
        std::string prefix = weight.layers ? declaration.hf_prefix + "." : "";
        bool its = std::any_of(row.origins.begin(), row.origins.end(), [&](const arch::Origin& origin) {
          return origin.names.size() == 1 && prefix + origin.names.front().name.text == of;
        });
        if (!its || row.bias != arch::Bias::none) continue;
        arch::Row* own = own_row(row.name.text);
        if (!own) {
          arch::RowBlock& block = weight.layers ? layers(declaration.when) : outside();
          own = &block.rows.emplace_back(row);
          own->name.at = {};
        }
        own->bias = arch::Bias::must;
        document_.header.gguf = {};  // its files have what those of the parent have not
        changed_.push_back(fmt::format("{} has a bias", weight.name));
      }
    }
  }

  arch::Document document_;
  const std::span<const arch::Word> names_;  // of models that the parent describes
  const CheckpointParts checkpoint_;
  arch::Architecture architecture_;
  Misfit misfit_;
  std::vector<std::string> changed_;
};

std::string name_of(const ConfigJson& config) {
  std::vector<std::string> names = config.classes();
  std::string name;
  for (char c : names.empty() ? std::string("model") : names.back()) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    bool large = c >= 'A' && c <= 'Z';
    if (plain || large) name += large ? static_cast<char>(c - 'A' + 'a') : c;
    if ((c == '_' || c == '-') && !name.empty()) name += '-';
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) name = "model-" + name;
  return arch::library_file(name) ? name + "-variant" : name;
}

std::vector<std::string> open_questions(const Misfit& misfit) {
  std::vector<std::string> open;
  for (const arch::Entry* entry : misfit.entries)
    open.push_back(
        fmt::format("no key of config.json says `{}`{}", entry->name.text,
                    entry->hf_path.empty() ? "" : fmt::format(" (the parent asks for {})", entry->hf_path)));
  for (const std::string& requirement : misfit.requirements) open.push_back(requirement);
  for (const std::string& named : misfit.named) open.push_back(named);
  for (const auto& missing : misfit.weights) open.push_back(missing.message);
  for (const auto& extra : misfit.tensors)
    open.push_back(fmt::format("no row takes {} ({})", escape(extra.pattern), fmt::join(extra.shape, ", ")));
  for (const std::string& key : misfit.keys)
    open.push_back(fmt::format("config.json says {}, which the parent does not read", key));
  return open;
}

// A file that is like the parent; where that has two ancestors itself, it repeats what the parent says.
Result<arch::Document> child_of(const arch::Architecture& parent, const arch::Document& named) {
  arch::Document child;
  if (parent.sources.size() <= arch::kMostParents) {
    child.parent = parent.name;
    child.parent.at = {};
  } else {
    const ArchFile* file = arch::library_file(parent.name.text);
    TRY(child, arch::parse(file->name, file->text));
  }
  child.name = named.name;
  child.header.description.clear();
  child.header.hf = named.header.hf;
  // What has other names in checkpoints alone is, as a GGUF file, what its parent is.
  child.header.gguf = parent.header.gguf;
  child.header.gguf.name.at = {};
  return child;
}

}  // namespace

Result<Draft> draft_architecture(const std::filesystem::path& folder) {
  if (!is_checkpoint(folder))
    return fail("{}: is no folder; a draft is made of a checkpoint's", folder.string());
  auto config = ConfigJson::read(folder);
  if (!config.ok()) return std::move(config).error();
  TRY(SafetensorsFile files, SafetensorsFile::open(folder));
  if (auto opened = Checkpoint::open(folder, std::nullopt); opened.ok()) {
    Draft known;
    known.known = true;
    known.name = known.parent = (*opened)->architecture().name.text;
    return known;
  }
  Quantization plain;
  CheckpointParts parts{folder, files, plain};

  arch::Document document;
  document.name.text = name_of(*config);
  for (const std::string& name : config->classes()) {
    auto& hf = document.header.hf;
    if (std::none_of(hf.begin(), hf.end(), [&](const arch::Word& word) { return word.text == name; }))
      hf.push_back({{}, name});
  }
  std::optional<Draft> best;
  std::pair<size_t, size_t> least;  // the distance, and of two that are as near the one with fewer ancestors
  std::vector<std::string> as_near;
  for (size_t i = 0; i < kArchFileCount; ++i) {
    TRY(arch::Architecture parent, arch::load(kArchFiles[i].name, arch::library_loader()));
    if (!parent.graph("")) continue;
    TRY(arch::Document child, child_of(parent, document));
    Drafter drafter(std::move(child), parent.header.hf, parts);
    TRY_STATUS(drafter.run());
    std::pair distance(drafter.misfit().distance() + drafter.changed().size(), parent.sources.size());
    if (best && distance >= least) {
      if (distance.first == least.first) as_near.push_back(parent.name.text);
      continue;
    }
    if (!best || distance.first < least.first)
      as_near.clear();
    else
      as_near.push_back(best->parent);
    least = distance;
    best.emplace();
    best->name = document.name.text;
    best->parent = parent.name.text;
    best->changed = drafter.changed();
    best->open = open_questions(drafter.misfit());
    best->text = arch::print(drafter.document());
  }
  if (!best) return fail("{}: no architecture of the library is near it", folder.string());
  std::string head = fmt::format("# Draft: like {}", best->parent);
  head += best->changed.empty() ? ".\n" : fmt::format("; {}.\n", fmt::join(best->changed, "; "));
  // Names and shapes say nothing of what is computed; the numbers do.
  if (!as_near.empty()) head += fmt::format("# As near by names and shapes: {}.\n", fmt::join(as_near, ", "));
  for (const std::string& question : best->open) head += fmt::format("# Open: {}\n", question);
  best->text = head + best->text;
  return *std::move(best);
}

}  // namespace hearth
