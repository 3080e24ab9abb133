// hearth debug decode: the numbers that encoded rows stand for.
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/debug.h"
#include "model/quantize/presets.h"
#include "quant/format.h"

namespace hearth {

namespace {

struct DecodeOptions {
  std::string type, input, output;
  uint64_t columns = 0;
};

Status decode(const DecodeOptions& options) {
  auto type = type_named(lower_case(options.type));
  const Format* format = type ? format_of(*type) : nullptr;
  if (!format) return fail("{}: is not a tensor type that is computed with", quote(options.type));
  TRY(Isa isa, choose_isa());
  auto bytes_of_row = row_bytes(*type, options.columns);
  if (!bytes_of_row) {
    return fail("--columns {}: no whole number of blocks of {}, which has {} in each", options.columns,
                info(*type).name, info(*type).block);
  }
  TRY(MappedFile input, MappedFile::open(options.input));
  auto bytes = input.bytes();
  if (bytes.empty() || bytes.size() % *bytes_of_row != 0) {
    return fail("{}: has {} bytes, no whole number of rows of {}", options.input, bytes.size(),
                *bytes_of_row);
  }
  std::vector<float> row(options.columns);
  TRY(AtomicFile file, AtomicFile::create(options.output));
  for (; !bytes.empty(); bytes = bytes.subspan(*bytes_of_row)) {
    format->fast[isa](bytes.data(), row.data(), static_cast<int64_t>(options.columns));
    TRY_STATUS(file.write(std::as_bytes(std::span(row))));
  }
  return file.commit();
}

}  // namespace

void debug_decode_command(CLI::App& debug) {
  add_command(debug, "decode", "Write the numbers that encoded rows stand for, as little-endian f32",
              "hearth debug decode q4_k --columns 1024 rows.bin rows.f32", [](CLI::App& command) {
                auto options = std::make_shared<DecodeOptions>();
                command.add_option("TYPE", options->type, "the type, such as q4_k")->required();
                command.add_option("IN", options->input, "encoded rows, one after the other")->required();
                command.add_option("OUT", options->output, "the file to write")->required();
                command.add_option("--columns", options->columns, "numbers in a row")
                    ->required()
                    ->type_name("N")
                    ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
                return [options] { return decode(*options); };
              });
}

}  // namespace hearth
