// Addresses and names from anywhere: what is accepted reads the same when it is written again.
#include <cstdint>
#include <cstdlib>

#include "hub/digest.h"
#include "hub/model_name.h"
#include "hub/offers.h"

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto url = Url::parse(text); url.ok()) {
    auto again = Url::parse(url->text());
    expect(again.ok() && again->same_origin(*url) && again->target == url->target);
    expect(url->text().find_first_of("\r\n ") == std::string::npos);
  }
  size_t half = size / 2;
  if (auto base = Url::parse("https://hub.example/a/b"); auto next = base->resolve(text.substr(half)))
    expect(!next->host.empty() && next->target.starts_with('/'));
  if (auto name = parse_model_name(text); name.ok()) {
    auto again = parse_model_name(name->text());
    expect(again.ok() && again->text() == name->text());
    expect(name->repository.find("..") == std::string::npos);
  }
  if (is_safe_path(text)) expect(("/" + std::string(text) + "/").find("/../") == std::string::npos);
  (void)Digest::parse_prefixed(text);
  std::vector<OfferedFile> files = {{std::string(text.substr(0, half)), 1},
                                    {std::string(text.substr(half)), 2}};
  for (const Offer& offer : offers_of(files)) expect(!offer.label.empty() && !offer.files.empty());
  return 0;
}
