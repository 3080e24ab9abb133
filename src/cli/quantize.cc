// hearth quantize: a model file again, with its tensors in other types.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>

#include "base/human.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "model/quantize/plan.h"
#include "model/quantize/write.h"
#include "quant/format.h"

namespace hearth {

namespace {

struct QuantizeWishes {
  std::string input, output, type, importance, embedding, output_type, target_size;
  std::vector<std::string> patterns;
  double target_bits = 0;
  bool pure = false, leave_output = false, allow_requantize = false, keep_split = false, dry_run = false,
       verbose = false;
  int32_t threads = 0;
};

constexpr std::string_view kCopy = "copy";

// 4.2G, 700M, 3.9GiB, 123456: bytes.
Result<uint64_t> read_size(const std::string& text) {
  constexpr struct {
    std::string_view unit;
    double bytes;
  } kUnits[] = {{"", 1},         {"k", 1e3},      {"m", 1e6},     {"g", 1e9},   {"t", 1e12},
                {"kb", 1e3},     {"mb", 1e6},     {"gb", 1e9},    {"tb", 1e12}, {"kib", 0x1p10},
                {"mib", 0x1p20}, {"gib", 0x1p30}, {"tib", 0x1p40}};
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  for (const auto& row : kUnits) {
    if (end == text.c_str() || lower_case(end) != row.unit) continue;
    const double bytes = number * row.bytes;
    if (bytes >= 1 && bytes < 0x1p63) return static_cast<uint64_t>(bytes);
  }
  return fail("--target-size: {}: expected a size such as 4.2G, 700M or 3.9GiB", quote(text));
}

Result<TypeWishes> wishes_of(const QuantizeWishes& given) {
  TypeWishes wishes;
  wishes.preset = preset_named(given.type);  // of "copy", and where a size was given: none
  wishes.pure = given.pure;
  wishes.leave_output = given.leave_output;
  if (!given.embedding.empty()) { TRY(wishes.embedding, writable_type(given.embedding)); }
  if (!given.output_type.empty()) { TRY(wishes.output, writable_type(given.output_type)); }
  for (const std::string& text : given.patterns) {
    TRY(TypePattern pattern, TypePattern::parse(text));
    wishes.patterns.push_back(std::move(pattern));
  }
  return wishes;
}

Result<std::optional<SizeTarget>> target_of(const QuantizeWishes& given) {
  std::optional<SizeTarget> target;
  if (!given.target_size.empty()) {
    target.emplace();
    TRY(target->file_bytes, read_size(given.target_size));
  }
  if (given.target_bits > 0) {
    if (!target) target.emplace();
    target->bits_per_weight = given.target_bits;
  }
  return target;
}

std::string share_text(double error) { return fmt::format("{:.3f} %", 100 * error); }

// The error of a tensor that changed: as it came to be, or as a sample of its rows foretells.
using ErrorOf = std::function<std::optional<double>(size_t tensor)>;

ErrorOf came_to_be(const QuantizeResult& result) {
  return [&](size_t i) {
    const auto& error = result.errors[i];
    return error ? std::optional(error->relative()) : std::nullopt;
  };
}

ErrorOf foretold(const QuantizePlan& plan) {
  return [&](size_t i) {
    const TensorPlan& each = plan.tensors[i];
    return each.choice.type == each.tensor->type ? std::nullopt : each.predicted;
  };
}

std::string tensors_text(const QuantizePlan& plan, const ErrorOf& error_of) {
  Table table("<<<<>>");
  table.add({"tensor", "shape", "from", "to", "size", "error"});
  for (size_t i = 0; i < plan.tensors.size(); ++i) {
    const TensorPlan& each = plan.tensors[i];
    auto error = error_of(i);
    bool same = each.choice.type == each.tensor->type;
    const std::vector<uint64_t> shape(each.tensor->shape.rbegin(),
                                      each.tensor->shape.rend());  // as inspect's
    table.add({escape(each.tensor->name), shape_text(shape), std::string(info(each.tensor->type).name),
               same ? "" : std::string(info(each.choice.type).name), human_bytes(each.bytes),
               error ? share_text(*error) : ""});
  }
  return table.text("");
}

// "q4_k 120, q6_k 31, f32 65": how many tensors, largest share of the bytes first.
std::string types_text(const QuantizePlan& plan) {
  std::map<Type, std::pair<uint64_t, uint64_t>> shares;  // bytes, tensors
  for (const TensorPlan& each : plan.tensors) {
    shares[each.choice.type].first += each.bytes;
    ++shares[each.choice.type].second;
  }
  std::vector<std::pair<Type, std::pair<uint64_t, uint64_t>>> rows(shares.begin(), shares.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [type, share] : rows) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", info(type).name, grouped(share.second));
  }
  return text;
}

// The root of the mean square over the tensors that changed: each counts alike, as its product is one step of
// the computation.
std::optional<double> mean_error(const QuantizePlan& plan, const ErrorOf& error_of) {
  double squares = 0;
  size_t count = 0;
  for (size_t i = 0; i < plan.tensors.size(); ++i) {
    auto error = error_of(i);
    if (!error) continue;
    squares += *error * *error;
    ++count;
  }
  return count ? std::optional(std::sqrt(squares / static_cast<double>(count))) : std::nullopt;
}

// "12 tensors as f16: rows of 172 are no whole blocks of q4_k", for each such change.
void add_fallbacks(const QuantizePlan& plan, Table& table) {
  std::map<std::tuple<uint64_t, Type, Type>, uint64_t> changes;
  for (const TensorPlan& each : plan.tensors) {
    if (each.choice.type == each.choice.wanted) continue;
    ++changes[{each.tensor->shape.back(), each.choice.wanted, each.choice.type}];
  }
  const char* title = "fallbacks";
  for (const auto& [change, count] : changes) {
    const auto& [columns, wanted, type] = change;
    table.add({title, fmt::format("{} {} as {}: rows of {} are no whole blocks of {}", grouped(count),
                                  count == 1 ? "tensor" : "tensors", info(type).name, grouped(columns),
                                  info(wanted).name)});
    title = "";
  }
}

double bits_per_weight(uint64_t bytes, uint64_t parameters) {
  return parameters ? 8 * static_cast<double>(bytes) / static_cast<double>(parameters) : 0;
}

std::string summary_text(const QuantizePlan& plan, const QuantizeResult* result) {
  Table table("<<");
  const uint64_t before = plan.source_bytes(), after = plan.bytes(), parameters = plan.parameters();
  table.add({"weights",
             fmt::format("{} -> {} ({})", human_bytes(before), human_bytes(after), percent(after, before))});
  table.add({"bits per weight", fmt::format("{:.2f} -> {:.2f}", bits_per_weight(before, parameters),
                                            bits_per_weight(after, parameters))});
  table.add({"types", types_text(plan)});
  const char* meaning = plan.importance ? "of what a tensor's product gives, root of the mean square"
                                        : "of a tensor's numbers, root of the mean square";
  auto predicted = mean_error(plan, foretold(plan));
  if (predicted) table.add({"expected error", fmt::format("{} {}", share_text(*predicted), meaning)});
  auto error = result ? mean_error(plan, came_to_be(*result)) : std::nullopt;
  if (error) table.add({"error", fmt::format("{} {}", share_text(*error), meaning)});
  add_fallbacks(plan, table);
  table.add({plan.tensors_of_file.size() > 1 ? "files" : "file", grouped(plan.file_bytes) + " bytes"});
  return table.text("");
}

Status quantize(const QuantizeWishes& given) {
  QuantizeOptions options;
  TRY(options.wishes, wishes_of(given));
  TRY(options.target, target_of(given));
  options.allow_requantize = given.allow_requantize;
  options.keep_split = given.keep_split;
  TRY(Isa isa, choose_isa());

  TRY(std::string input, find_model_path(given.input));
  std::error_code failed;
  if (std::filesystem::is_directory(input, failed))
    return fail(
        "{}: is a folder; hearth convert makes a GGUF file of a checkpoint, with --type quantized at once",
        input);
  TRY(GgufFile file, GgufFile::open(input));
  std::optional<NamedImportance> importance;
  if (!given.importance.empty()) {
    std::filesystem::path path = given.importance;
    TRY(Importance read, Importance::read(path));
    importance.emplace(NamedImportance{path.filename().string(), std::move(read)});
    options.importance = &*importance;
  }
  if (options.target && !importance) {
    log_warning("without --importance all columns count alike; with it the same size would keep more");
  }

  ThreadPool threads(given.threads);
  std::optional<QuantizeResult> result;
  std::optional<QuantizePlan> plan;
  Interruption interruption;
  {
    ProgressLine line;
    auto progress = [&](std::string_view tensor, uint64_t tried, uint64_t all) {
      line.show("tensors tried", tried, all, escape(tensor));
      return !interruption.asked();
    };
    TRY(plan, plan_quantization(file, options, threads, isa, progress));
  }
  if (!given.dry_run) {
    ProgressLine line;
    auto progress = [&](std::string_view tensor, uint64_t bytes, uint64_t all) {
      line.show("MB read", bytes / 1'000'000, all / 1'000'000, escape(tensor));
      return !interruption.asked();
    };
    TRY(result, write_quantized(*plan, given.output, threads, isa, progress));
  }
  const QuantizeResult* done = result ? &*result : nullptr;
  std::string text;
  if (given.verbose || given.dry_run) {
    text += tensors_text(*plan, done ? came_to_be(*done) : foretold(*plan)) + "\n";
  }
  text += summary_text(*plan, done);
  for (const auto& path : done ? done->paths : std::vector<std::filesystem::path>()) {
    text += fmt::format("wrote {}\n", escape(path.string()));
  }
  return print(text);
}

std::string notes() {
  std::string text = "\nTYPE is one of these, in any case of letters (bits per weight of the main type):\n";
  for (const PresetInfo& row : presets()) {
    const TypeInfo& type = info(row.type);
    text += fmt::format("  {:<11}{:>7}{}", row.name, 8.0 * type.bytes / type.block,
                        row.name == type.name ? "" : "  ");
    text += row.name == type.name ? "\n" : fmt::format("a mixture around {}\n", type.name);
  }
  text +=
      "  copy              every tensor as it is; a split set becomes one file\n"
      "q3_k, q4_k and q5_k mean the mixtures q3_k_m, q4_k_m and q5_k_m. Most presets give what the logits "
      "come from\n"
      "more bits than the rest; --pure does not.";
  return text;
}

}  // namespace

void quantize_command(CLI::App& app) {
  add_command(
      app, "quantize", "Write a model file again with its tensors in other types",
      "hearth quantize model-f16.gguf model-q4_k_m.gguf q4_k_m --importance importance.gguf\n"
      "  hearth quantize model-f16.gguf small.gguf --target-size 4.2G --importance importance.gguf",
      [](CLI::App& command) {
        auto given = std::make_shared<QuantizeWishes>();
        command.add_option("IN", given->input, "a .gguf file (of a split set, the first), or a model's name")
            ->required();
        command.add_option("OUT", given->output, "the file to write; it has the name only when it is whole")
            ->required();
        auto* type = command.add_option("TYPE", given->type, "a preset or a type; see below")
                         ->check([](const std::string& name) {
                           bool known = preset_named(name) || lower_case(name) == kCopy;
                           return known ? "" : quote(name) + " is neither a preset nor a type";
                         });
        command
            .add_option("--importance", given->importance,
                        "which columns matter: a file that hearth importance or llama.cpp's imatrix made")
            ->type_name("FILE");
        command
            .add_option("--tensor-type", given->patterns,
                        "a type for the tensors in whose names the regular expression is found, such as "
                        "ffn_down=q6_k; may be given again, the first that fits decides")
            ->type_name("PATTERN=TYPE")
            ->allow_extra_args(false);
        command.add_option("--token-embedding-type", given->embedding, "a type for the token embedding")
            ->type_name("TYPE");
        command.add_option("--output-type", given->output_type, "a type for what the logits come from")
            ->type_name("TYPE");
        command
            .add_option("--target-size", given->target_size,
                        "in place of TYPE: find the types with the least error for a file of at most so many "
                        "bytes, such as 4.2G or 700M")
            ->type_name("SIZE")
            ->excludes(type);
        command
            .add_option("--target-bpw", given->target_bits, "the same for at most so many bits per weight")
            ->type_name("N")
            ->check(positive)
            ->excludes(type);
        command.add_flag("--pure", given->pure, "the main type for every tensor, no mixture");
        command.add_flag("--leave-output", given->leave_output, "leave what the logits come from as it is");
        command.add_flag("--allow-requantize", given->allow_requantize,
                         "change tensors that are quantized already, which loses twice");
        command.add_flag("--keep-split", given->keep_split,
                         "as many files as were read, with the same tensors");
        command.add_flag("--dry-run", given->dry_run, "show what would be done and write nothing");
        command.add_flag("--verbose", given->verbose, "show every tensor: its type, size and error");
        command
            .add_option("--threads", given->threads,
                        "threads to compute with; one for each physical core if none is given")
            ->type_name("N")
            ->check(CLI::Range(1, 1024));
        command.footer(command.get_footer() + "\n" + notes());
        command.parse_complete_callback([given] {
          bool searches = !given->target_size.empty() || given->target_bits > 0;
          if (given->type.empty() && !searches)
            throw CLI::RequiredError("TYPE, --target-size or --target-bpw");
        });
        return [given] { return quantize(*given); };
      });
}

}  // namespace hearth
