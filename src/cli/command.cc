#include "cli/command.h"

#include <charconv>
#include <cmath>

#include "base/text.h"

namespace hearth {

namespace {

std::optional<double> read_number(const std::string& text) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

void add_command(CLI::App& app, const char* name, const char* summary, const char* example,
                 const std::function<std::function<Status()>(CLI::App&)>& declare) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer(std::string("Example:\n  ") + example);
  auto run = declare(*command);
  command->callback([run = std::move(run)] {
    if (Status status = run(); !status.ok()) throw CLI::RuntimeError(status.error().message, 1);
  });
}

std::string not_negative(const std::string& text) {
  auto number = read_number(text);
  return number && *number >= 0 ? std::string()
                                : fmt::format("is {}, expected a number, 0 or more", quote(text));
}

std::string positive(const std::string& text) {
  auto number = read_number(text);
  return number && *number > 0 ? std::string() : fmt::format("is {}, expected a number above 0", quote(text));
}

}  // namespace hearth
