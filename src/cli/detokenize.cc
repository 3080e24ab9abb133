#include <fmt/format.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "cli/tokenizer_file.h"

namespace hearth {

namespace {

struct DetokenizeOptions {
  std::string model;
  bool nul = false;
};

Result<std::vector<TokenId>> read_ids(std::string_view line) {
  auto array = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
  if (!array.is_array()) return fail("is not a JSON array of token ids");
  std::vector<TokenId> ids;
  for (const auto& one : array) {
    if (!one.is_number_integer())
      return fail("holds {} {}, expected token ids", one.is_array() || one.is_object() ? "an" : "a",
                  one.type_name());
    // Whatever does not fit is outside every vocabulary; the message shows what was written.
    if (!one.is_number_unsigned() || one.get<uint64_t>() > std::numeric_limits<TokenId>::max())
      return fail("id {} is outside the vocabulary", one.dump());
    ids.push_back(one.get<TokenId>());
  }
  return ids;
}

Result<std::string> decode_line(const Tokenizer& tokenizer, std::string_view line) {
  TRY(auto ids, read_ids(line));
  return tokenizer.decode(ids);
}

Status detokenize_ids(const DetokenizeOptions& options) {
  TRY(auto tokenizer, open_tokenizer(options.model));
  TRY(std::string input, read_stream(STDIN_FILENO, "stdin"));
  std::string output;
  size_t number = 0, texts = 0;
  for (std::string_view rest = input; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto text = decode_line(*tokenizer, line);
    if (!text.ok()) return within(fmt::format("stdin:{}", number), text.error());
    if (!options.nul && texts++ > 0) output += '\n';
    output += *text;
    if (options.nul) output += '\0';
  }
  if (isatty(STDOUT_FILENO)) output += '\n';
  return print(output);
}

}  // namespace

void detokenize_command(CLI::App& app) {
  add_command(
      app, "detokenize", "Show the texts of token ids: JSON arrays on stdin, one on a line",
      "hearth tokenize model.gguf --text Hello | hearth detokenize model.gguf", [](CLI::App& command) {
        auto options = std::make_shared<DetokenizeOptions>();
        command.add_option("MODEL", options->model, kModelHelp)->required();
        command.add_flag("--nul", options->nul, "end each text with a NUL, instead of a newline between");
        return [options] { return detokenize_ids(*options); };
      });
}

}  // namespace hearth
