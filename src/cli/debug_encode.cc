// hearth debug encode: rows of numbers as a tensor type has them.
#include <cstring>
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/debug.h"
#include "model/quantize/choose.h"
#include "quant/format.h"

namespace hearth {

namespace {

struct EncodeOptions {
  std::string type, input, output, importance;
  uint64_t columns = 0;
};

Result<std::vector<float>> read_numbers(const std::string& path) {
  TRY(MappedFile file, MappedFile::open(path));
  auto bytes = file.bytes();
  if (bytes.size() % sizeof(float) != 0) {
    return fail("{}: has {} bytes, no whole number of f32", path, bytes.size());
  }
  std::vector<float> numbers(bytes.size() / sizeof(float));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

Status encode(const EncodeOptions& options) {
  TRY(Type type, writable_type(options.type));
  TRY(Isa isa, choose_isa());
  auto bytes_of_row = row_bytes(type, options.columns);
  if (!bytes_of_row) {
    return fail("--columns {}: no whole number of blocks of {}, which has {} in each", options.columns,
                info(type).name, info(type).block);
  }
  TRY(auto numbers, read_numbers(options.input));
  const uint64_t rows = numbers.size() / options.columns;
  if (numbers.empty() || numbers.size() % options.columns != 0) {
    return fail("{}: has {} numbers, no whole number of rows of {}", options.input, numbers.size(),
                options.columns);
  }
  std::vector<float> importance;
  if (!options.importance.empty()) {
    TRY(importance, read_numbers(options.importance));
    if (importance.size() != options.columns && importance.size() != numbers.size()) {
      return fail("{}: has {} numbers, expected {} (for all rows) or {} (for each number)",
                  options.importance, importance.size(), options.columns, numbers.size());
    }
  }
  const bool each = importance.size() == numbers.size();
  std::vector<std::byte> encoded(rows * *bytes_of_row);
  for (uint64_t row = 0; row < rows; ++row) {
    const float* weights =
        importance.empty() ? nullptr : importance.data() + (each ? row * options.columns : 0);
    format_of(type)->encode[isa](numbers.data() + row * options.columns, weights,
                                 encoded.data() + row * *bytes_of_row, static_cast<int64_t>(options.columns));
  }
  TRY(AtomicFile file, AtomicFile::create(options.output));
  TRY_STATUS(file.write(encoded));
  return file.commit();
}

}  // namespace

void debug_encode_command(CLI::App& debug) {
  add_command(debug, "encode", "Write rows of f32 numbers as a tensor type has them",
              "hearth debug encode q4_k --columns 1024 rows.f32 rows.bin --importance columns.f32",
              [](CLI::App& command) {
                auto options = std::make_shared<EncodeOptions>();
                command.add_option("TYPE", options->type, "the type, such as q4_k")->required();
                command.add_option("IN", options->input, "little-endian f32, row after row")->required();
                command.add_option("OUT", options->output, "the file to write")->required();
                command.add_option("--columns", options->columns, "numbers in a row")
                    ->required()
                    ->type_name("N")
                    ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
                command
                    .add_option(
                        "--importance", options->importance,
                        "how much the square of each number's error counts: N f32 for all rows, or one for "
                        "each number")
                    ->type_name("FILE");
                return [options] { return encode(*options); };
              });
}

}  // namespace hearth
