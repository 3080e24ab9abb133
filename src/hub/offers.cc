#include "hub/offers.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/human.h"
#include "base/system.h"
#include "base/text.h"
#include "formats/gguf_rules.h"
#include "formats/split_name.h"

namespace hearth {

namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view stem(std::string_view name) { return name.substr(0, name.rfind('.')); }

// A type as file names write it: Q4_K_M, IQ2_XXS, TQ1_0, BF16, MXFP4_MOE.
bool is_type(std::string_view word) {
  constexpr std::array<std::string_view, 7> kWhole = {"F16",  "BF16",  "F32",      "FP16",
                                                      "FP32", "MXFP4", "MXFP4_MOE"};
  if (std::ranges::find(kWhole, word) != kWhole.end() || word.starts_with("NVFP4")) return true;
  size_t q = word.find('Q');
  return q <= 1 && (q == 0 || word[0] == 'I' || word[0] == 'T') && word.size() > q + 1 &&
         word[q + 1] >= '1' && word[q + 1] <= '8' && (word.size() == q + 2 || word[q + 2] == '_');
}

bool has_sixteen_bits(const Offer& offer) {
  return offer.label.find("F16") != std::string::npos || offer.label.find("F32") != std::string::npos ||
         offer.label.find("FP16") != std::string::npos || offer.label.find("FP32") != std::string::npos;
}

bool is_gguf_model(std::string_view path) {
  std::string name = upper(file_name(path));
  return path.ends_with(kGgufExtension) && name.find("MMPROJ") == name.npos &&
         name.find("IMATRIX") == name.npos;
}

// Files of one model have the same name but for their number.
std::vector<Offer> gguf_offers(std::span<const OfferedFile> files) {
  struct Set {
    std::map<uint64_t, size_t> files;
    uint64_t count = 1;
  };
  std::map<std::string, Set> sets;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!is_gguf_model(files[i].path)) continue;
    auto split = parse_split_name(files[i].path, kGgufExtension);
    Set& set = sets[split ? split->prefix : files[i].path];
    set.count = split ? split->count : 1;
    set.files[split ? split->number : 1] = i;
  }
  std::vector<Offer> offers;
  for (const auto& [name, set] : sets) {
    bool whole = set.files.size() == set.count && set.files.begin()->first == 1 &&
                 set.files.rbegin()->first == set.count;
    std::string_view plain = set.count > 1 ? file_name(name) : stem(file_name(name));
    if (!whole || plain.empty()) continue;
    Offer offer;
    for (const auto& [number, file] : set.files) {
      offer.files.push_back(file);
      offer.bytes += files[file].size;
    }
    offer.label = quant_label(plain);
    if (offer.label.empty()) offer.label = plain;
    offers.push_back(std::move(offer));
  }
  // Two files of one type are told apart by their names.
  for (Offer& offer : offers) {
    auto same = std::ranges::count(offers, offer.label, &Offer::label);
    if (same == 1) continue;
    std::string label = offer.label;
    for (Offer& other : offers) {
      if (other.label != label) continue;
      std::string_view path = files[other.files.front()].path;
      auto split = parse_split_name(path, kGgufExtension);
      other.label = split ? file_name(split->prefix) : stem(file_name(path));
    }
  }
  std::ranges::stable_sort(offers, {}, &Offer::bytes);
  return offers;
}

std::optional<Offer> checkpoint_offer(std::span<const OfferedFile> files) {
  constexpr std::array<std::string_view, 5> kEndings = {".json", ".jinja", ".model", ".tiktoken", ".txt"};
  Offer offer;
  offer.label = "safetensors";
  offer.checkpoint = true;
  bool config = false, weights = false;
  for (size_t i = 0; i < files.size(); ++i) {
    std::string_view path = files[i].path;
    if (path.find('/') != path.npos) continue;
    // Beside "model..." some repositories keep the same weights once more, otherwise named.
    bool tensors = path.ends_with(".safetensors") && path.starts_with("model");
    bool about = std::ranges::any_of(kEndings, [&](std::string_view end) { return path.ends_with(end); });
    if (!tensors && !about) continue;
    config |= path == "config.json";
    weights |= tensors;
    offer.files.push_back(i);
    offer.bytes += files[i].size;
  }
  return config && weights ? std::optional(offer) : std::nullopt;
}

std::string listed(std::span<const Offer> offers) {
  std::string text;
  for (const Offer& offer : offers)
    text +=
        fmt::format("{}{} ({})", text.empty() ? "" : ", ", escape(offer.label, 80), human_bytes(offer.bytes));
  return text;
}

}  // namespace

std::string quant_label(std::string_view file_name) {
  std::string name = upper(file_name);
  if (name.ends_with(".GGUF")) name.resize(name.size() - 5);
  for (size_t at = name.size(); at-- > 0;) {
    bool begins = at == 0 || name[at - 1] == '-' || name[at - 1] == '.' || name[at - 1] == '_';
    size_t end = name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", at);
    std::string_view word = std::string_view(name).substr(at, end == name.npos ? end : end - at);
    if (!begins || !is_type(word)) continue;
    bool dynamic = at >= 3 && name.substr(at - 3, 3) == "UD-";
    return (dynamic ? "UD-" : "") + std::string(word);
  }
  return {};
}

std::vector<Offer> offers_of(std::span<const OfferedFile> files) {
  std::vector<Offer> offers = gguf_offers(files);
  if (!offers.empty()) return offers;
  if (auto checkpoint = checkpoint_offer(files)) offers.push_back(*std::move(checkpoint));
  return offers;
}

std::optional<size_t> projector_of(std::span<const OfferedFile> files) {
  constexpr std::array<std::string_view, 3> kOrder = {"F16", "BF16", "Q8_0"};
  std::optional<size_t> best;
  size_t best_rank = SIZE_MAX;
  for (size_t i = 0; i < files.size(); ++i) {
    std::string name = upper(file_name(files[i].path));
    if (!name.ends_with(".GGUF") || name.find("MMPROJ") == name.npos) continue;
    std::string label = quant_label(name);
    auto rank = static_cast<size_t>(std::ranges::find(kOrder, label) - kOrder.begin());
    if (rank < best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  return best;
}

Result<Choice> choose_offer(std::span<const Offer> offers, std::string_view label,
                            std::optional<uint64_t> memory) {
  if (offers.empty())
    return fail("there is no model in it: no .gguf file, no config.json with model*.safetensors");
  if (!label.empty()) {
    std::string wanted = upper(label);
    if (wanted.ends_with(".GGUF")) wanted.resize(wanted.size() - 5);
    for (const Offer& offer : offers) {
      if (upper(offer.label) == wanted) return Choice{offer, {}};
    }
    return fail("there is no {}; there are: {}", quote(label), listed(offers));
  }
  if (offers.size() == 1) return Choice{offers.front(), "it is the only one"};
  std::vector<Offer> sensible;
  for (const Offer& offer : offers) {
    if (!has_sixteen_bits(offer)) sensible.push_back(offer);
  }
  if (sensible.empty()) sensible.assign(offers.begin(), offers.end());
  for (size_t i = sensible.size(); i-- > 0;) {
    if (memory && sensible[i].bytes > *memory) continue;
    bool largest = i + 1 == sensible.size();
    std::string limit =
        memory ? fmt::format(" in the {} that weights may take here", human_bytes(*memory)) : "";
    return Choice{sensible[i], largest
                                   ? fmt::format("the best quality up to 8 bits, and it fits{}", limit)
                                   : fmt::format("the best quality that fits{}; {} would take {}", limit,
                                                 sensible[i + 1].label, human_bytes(sensible[i + 1].bytes))};
  }
  return Choice{sensible.front(),
                fmt::format("the smallest there is; it takes more than the {} that weights may take here, so "
                            "expect it to be slow",
                            human_bytes(*memory))};
}

std::optional<uint64_t> memory_for_weights() {
  auto available = available_memory();
  if (!available) return available;
  return *available / 4 * 3;
}

}  // namespace hearth
