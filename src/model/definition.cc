#include "model/definition.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <span>

#include "base/file.h"
#include "graph/expressions.h"
#include "graph/library.h"
#include "graph/lines.h"
#include "graph/parse.h"

namespace hearth {

Result<arch::Architecture> read_architecture(const std::filesystem::path& path) {
  TRY(std::string text, read_file(path, arch::kTextLimit));
  TRY(arch::Document document, arch::parse(path.filename().string(), std::move(text)));
  auto beside = [folder = path.parent_path()](std::string_view name) -> Result<std::string> {
    auto file = folder / (std::string(name) + ".arch");
    if (std::filesystem::is_regular_file(file)) return read_file(file, arch::kTextLimit);
    return arch::library_loader()(name);
  };
  return arch::expand(std::move(document), beside);
}

Result<arch::Architecture> find_architecture(const GgufMetadata& metadata,
                                             const std::optional<std::filesystem::path>& arch_file) {
  if (arch_file) return read_architecture(*arch_file);
  TRY(auto own, metadata.get_if<std::string_view>("hearth.architecture"));
  if (own) {
    auto document = arch::parse("hearth.architecture", std::string(*own));
    if (!document.ok()) return std::move(document).error();
    return arch::expand(*std::move(document), arch::library_loader());
  }
  TRY(std::string_view name, metadata.get<std::string_view>("general.architecture"));
  if (!arch::library_file(name)) {
    return fail(
        "general.architecture is \"{}\", which no architecture of this build describes (hearth arch list "
        "shows them); give its definition with --arch FILE",
        name);
  }
  return arch::load(name, arch::library_loader());
}

Result<std::vector<arch::Architecture>> architectures_of_class(std::string_view name) {
  std::vector<arch::Architecture> all;
  for (const ArchFile& file : std::span(kArchFiles, kArchFileCount)) {
    // Most files do not so much as mention it.
    if (std::string_view(file.text).find(name) == std::string_view::npos) continue;
    TRY(arch::Architecture architecture, arch::load(file.name, arch::library_loader()));
    const auto& classes = architecture.header.hf;
    if (std::any_of(classes.begin(), classes.end(),
                    [&](const arch::Word& word) { return word.text == name; }))
      all.push_back(std::move(architecture));
  }
  return all;
}

namespace {

Result<bool> library_reads(std::string_view key) {
  auto last = [](std::string_view path) { return path.substr(path.rfind('.') + 1); };
  for (const ArchFile& file : std::span(kArchFiles, kArchFileCount)) {
    if (std::string_view(file.text).find(key) == std::string_view::npos) continue;
    TRY(arch::Architecture architecture, arch::load(file.name, arch::library_loader()));
    bool found = false;
    auto look = [&](const arch::ExprPtr& expr) {
      if (!expr) return;
      arch::walk(*expr, [&](const arch::Expr& part) {
        found |=
            part.kind == arch::ExprKind::name && !architecture.entry(part.text) && last(part.text) == key;
      });
    };
    for (const arch::Entry& entry : architecture.entries) {
      found |= last(entry.hf_path) == key;
      look(entry.hf);
    }
    for (const arch::Require& require : architecture.requires_) look(require.condition);
    if (found) return true;
  }
  return false;
}

}  // namespace

Result<bool> is_read_somewhere(std::string_view key) {
  // A draft asks the same of each architecture that it tries.
  static std::mutex mutex;
  static std::map<std::string, bool, std::less<>> known;
  std::lock_guard lock(mutex);
  if (auto at = known.find(key); at != known.end()) return at->second;
  TRY(bool read, library_reads(key));
  known.emplace(key, read);
  return read;
}

}  // namespace hearth
