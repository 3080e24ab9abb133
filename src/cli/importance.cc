// hearth importance: which columns of a model's matrices matter on a text, for hearth quantize to know.
#include "engine/importance.h"

#include <algorithm>

#include "base/file.h"
#include "base/human.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/measuring.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "formats/importance_statistics.h"

namespace hearth {

namespace {

struct ImportanceWishes {
  MeasuringGiven measuring;
  std::string output, show;
  std::vector<std::string> add;
  bool process_output = false;
  int64_t save_every = 0;
};

// By layer as a number, then by name.
std::pair<int64_t, std::string_view> place_of(std::string_view tensor) {
  constexpr std::string_view kLayer = "blk.";
  if (!tensor.starts_with(kLayer)) return {-1, tensor};
  int64_t layer = 0;
  size_t at = kLayer.size();
  for (; at < tensor.size() && tensor[at] >= '0' && tensor[at] <= '9' && layer < INT32_MAX; ++at) {
    layer = 10 * layer + (tensor[at] - '0');
  }
  return {layer, tensor.substr(at)};
}

std::string in_percent(double part) { return fmt::format("{:.1f} %", 100 * part); }

Status show_importance(const std::string& path) {
  TRY(Importance importance, Importance::read(path));
  std::vector<std::string_view> names;
  for (const auto& [name, squares] : importance.tensors) names.push_back(name);
  std::sort(names.begin(), names.end(), [](auto a, auto b) { return place_of(a) < place_of(b); });

  TRY_STATUS(print(fmt::format("{}: {} tensors, {} chunks of {} tokens\n", path, names.size(),
                               importance.chunk_count, importance.chunk_size)));
  for (const std::string& dataset : importance.datasets)
    TRY_STATUS(print(fmt::format("text: {}\n", escape(dataset))));
  Table table("<>>>>>>>>>");
  table.add({"tensor", "rows", "matrices", "columns", "mean square", "largest", "50 % in", "90 % in", "zero",
             "evenness"});
  for (std::string_view name : names) {
    ImportanceStatistics found = statistics_of(*importance.find(name));
    std::string matrices = found.unused
                               ? fmt::format("{} of {}", found.matrices - found.unused, found.matrices)
                               : std::to_string(found.matrices);
    table.add({escape(name), grouped(found.rows), matrices, grouped(found.columns),
               fmt::format("{:.4g}", found.mean), in_percent(found.largest), in_percent(found.half),
               in_percent(found.most), in_percent(found.silent), in_percent(found.evenness)});
  }
  TRY_STATUS(print("\n" + table.text("")));
  return print(
      "\nrows: how many met the tensor (of experts: the busiest). matrices: those that met any.\n"
      "mean square: of what met a column. largest: the share of the largest column in the sum of all.\n"
      "50 % in, 90 % in: the share of columns that make up as much of the sum. zero: columns that met only "
      "zeros.\n"
      "evenness: the entropy of the columns' shares; 100 % if all are alike, and then importances change "
      "little.\n");
}

// Experts that no token reached.
void tell_unused(const Importance& importance) {
  uint64_t tensors = 0, experts = 0;
  for (const auto& [name, squares] : importance.tensors) {
    auto unused = static_cast<uint64_t>(std::count(squares.rows.begin(), squares.rows.end(), 0));
    tensors += unused > 0;
    experts = std::max(experts, unused);
  }
  if (tensors == 0) return;
  log_warning(
      "{} tensors have experts that no token reached, up to {} of them: their columns count alike; a longer "
      "text may reach them",
      tensors, experts);
}

Result<Importance> read_all(const std::vector<std::string>& paths) {
  Importance all;
  for (const std::string& path : paths) {
    TRY(Importance one, Importance::read(path));
    if (auto added = all.add(one); !added.ok()) return within(path, std::move(added).error());
  }
  return all;
}

Status measure(const ImportanceWishes& options) {
  const MeasuringGiven& given = options.measuring;
  TRY(Importance before, read_all(options.add));
  TRY(ReadingModel opened, open_reading_model(given.model, false));
  TRY(Chunks chunks, open_chunks(given, opened));
  TRY(auto backend, open_backend(given.model));
  ImportanceOptions measuring;
  measuring.chunk = chunks.size();
  measuring.process_output = options.process_output;
  const CacheTypes kept = cache_types(given.model);
  measuring.key_type = kept.keys;
  measuring.value_type = kept.values;
  TRY(auto meter, ImportanceMeter::create(opened.model, *backend, given.model.threads, measuring));
  auto so_far = [&]() -> Result<Importance> {
    Importance all = meter->importance();
    all.datasets = {given.text};
    if (auto added = all.add(before); !added.ok())
      return within(opened.model->name(), std::move(added).error());
    return all;
  };
  // Whatever would make the hours ahead worthless is to be known now.
  TRY_STATUS(so_far());
  TRY_STATUS(AtomicFile::create(options.output));

  ProgressLine line;
  auto total = static_cast<uint64_t>(chunks.count());
  line.show("chunks", 0, total);
  for (int64_t i = 0; i < chunks.count(); ++i) {
    TRY_STATUS(meter->take(chunks[i]));
    line.show("chunks", static_cast<uint64_t>(i + 1), total);
    if (options.save_every == 0 || (i + 1) % options.save_every != 0 || i + 1 == chunks.count()) continue;
    TRY(Importance part, so_far());
    TRY_STATUS(part.write(options.output));
  }
  line.clear();
  TRY(Importance all, so_far());
  tell_unused(all);
  TRY_STATUS(all.write(options.output));
  log_info("{}: {} tensors, {} chunks of {} tokens", options.output, all.tensors.size(), all.chunk_count,
           all.chunk_size);
  return {};
}

Status combine(const ImportanceWishes& options) {
  TRY(Importance all, read_all(options.add));
  TRY_STATUS(all.write(options.output));
  log_info("{}: {} tensors of {} files", options.output, all.tensors.size(), options.add.size());
  return {};
}

Status measure_or_combine(const ImportanceWishes& options) {
  const MeasuringGiven& given = options.measuring;
  if (!options.show.empty()) return show_importance(options.show);
  if (options.output.empty()) throw CLI::RequiredError("-o FILE");
  if (given.model.model.empty() && given.text.empty() && !options.add.empty()) return combine(options);
  if (given.model.model.empty()) throw CLI::RequiredError("MODEL");
  if (given.text.empty()) throw CLI::RequiredError("-f TEXT");
  return measure(options);
}

}  // namespace

void importance_command(CLI::App& app) {
  add_command(
      app, "importance", "Measure which columns of a model's matrices matter, for hearth quantize",
      "hearth importance model-f16.gguf -f calibration.txt -o importance.gguf\n"
      "  hearth quantize model-f16.gguf small.gguf iq3_xxs --importance importance.gguf\n"
      "  hearth importance --show importance.gguf\n"
      "  hearth importance --in-file a.gguf --in-file b.gguf -o both.gguf\n\n"
      "The file is the importance matrix (imatrix) that llama.cpp's programs read and write.",
      [](CLI::App& command) {
        auto options = std::make_shared<ImportanceWishes>();
        add_measuring_options(command, options->measuring);
        for (const char* needed : {"MODEL", "--file"}) command.get_option(needed)->required(false);
        command.add_option("-o,--output", options->output, "the file to write")->type_name("FILE");
        command.add_flag(
            "--process-output", options->process_output,
            "measure the matrix that makes logits, too; quantizers mostly keep it precise without");
        command.add_flag("--parse-special", options->measuring.chunks.parse_special,
                         "the text may spell control tokens: of a chat template, for example");
        command
            .add_option("--in-file", options->add,
                        "add what this file holds (imatrix GGUF or .dat); may be given several times")
            ->type_name("FILE");
        command
            .add_option("--save-every", options->save_every,
                        "write what there is after every so many chunks, and not only at the end")
            ->type_name("N")
            ->check(positive);
        auto* show =
            command.add_option("--show", options->show, "print statistics of this file")->type_name("FILE");
        for (const char* other : {"MODEL", "--file", "--output", "--in-file"}) show->excludes(other);
        return [options] { return measure_or_combine(*options); };
      });
}

}  // namespace hearth
