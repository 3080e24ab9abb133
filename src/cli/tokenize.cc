#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "cli/named_model.h"
#include "cli/output.h"
#include "cli/tokenizer_file.h"

namespace hearth {

namespace {

struct TokenizeOptions {
  std::string model;
  bool no_special = false;
  bool nul = false;
  std::optional<std::string> text;
};

Status print_ids(const Tokenizer& tokenizer, std::string_view text, bool special) {
  TRY(auto ids, tokenizer.encode(text, {.add_special = special, .parse_special = special}));
  return print(fmt::format("[{}]\n", fmt::join(ids, ",")));
}

Status tokenize_text(const TokenizeOptions& options) {
  TRY(auto tokenizer, open_tokenizer(options.model));
  std::string input;
  if (options.text) {
    input = *options.text;
  } else {
    TRY(input, read_stream(STDIN_FILENO, "stdin"));
  }
  if (!options.nul) return print_ids(*tokenizer, input, !options.no_special);
  // A NUL ends a text: after the last one there is none.
  for (std::string_view rest = input; !rest.empty();) {
    std::string_view text = rest.substr(0, rest.find('\0'));
    TRY_STATUS(print_ids(*tokenizer, text, !options.no_special));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
  }
  return {};
}

}  // namespace

void tokenize_command(CLI::App& app) {
  add_command(app, "tokenize", "Show the token ids of texts: one JSON array on a line for each",
              "hearth tokenize model.gguf --text \"Hello world\"", [](CLI::App& command) {
                auto options = std::make_shared<TokenizeOptions>();
                command.add_option("MODEL", options->model, kModelHelp)->required();
                command.add_flag("--no-special", options->no_special,
                                 "add no BOS and the like, and read special tokens as text");
                command.add_flag("--nul", options->nul, "each text ends with a NUL");
                command.add_option("--text", options->text, "the text, instead of stdin");
                return [options] { return tokenize_text(*options); };
              });
}

}  // namespace hearth
