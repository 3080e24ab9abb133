#include "model/definition.h"

#include "base/file.h"
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

Result<arch::Architecture> find_architecture(const GgufFile& file,
                                             const std::optional<std::filesystem::path>& arch_file) {
  if (arch_file) return read_architecture(*arch_file);
  TRY(auto own, file.metadata().get_if<std::string_view>("hearth.architecture"));
  if (own) {
    auto document = arch::parse("hearth.architecture", std::string(*own));
    if (!document.ok()) return std::move(document).error();
    return arch::expand(*std::move(document), arch::library_loader());
  }
  TRY(std::string_view name, file.metadata().get<std::string_view>("general.architecture"));
  if (!arch::library_file(name)) {
    return fail(
        "general.architecture is \"{}\", which no architecture of this build describes (hearth arch list "
        "shows them); give its definition with --arch FILE",
        name);
  }
  return arch::load(name, arch::library_loader());
}

}  // namespace hearth
