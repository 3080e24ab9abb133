// Plain files on a web server.
#include "base/text.h"
#include "formats/gguf_rules.h"
#include "formats/split_name.h"
#include "hub/remote_files.h"

namespace hearth {

namespace {

constexpr uint64_t kMostParts = 1000;

// Asks for the first byte, which tells the length, and whether parts can be had.
Result<RemoteFile> probe(const WebClient& web, const Url& url) {
  RemoteFile file;
  file.url = url;
  std::string_view path = url.path();
  file.path = path.substr(path.rfind('/') + 1);
  if (!is_safe_path(file.path)) return fail("{}: the address should end in the name of a file", url.text());
  if (!file.path.ends_with(kGgufExtension))
    return fail("{}: only .gguf files are fetched by their address", url.text());
  WebSink sink;
  Error enough = fail("enough");  // the rest of a file is not wanted yet
  bool known = false;
  sink.begin = [&](const WebAnswer& answer) -> Status {
    if (answer.status == 206) {
      TRY(ContentRange range, content_range(answer));
      file.size = range.total;
    } else if (answer.length) {
      file.size = *answer.length;
    } else {
      return fail("{}: the server does not say how long the file is, so nobody could tell it from a part",
                  url.text());
    }
    file.tag = tag_of(answer);
    known = true;
    return enough;
  };
  WebRequest request{url, "*/*", {}, ByteRange{0, 0}, {}};
  auto answer = web.fetch(request, sink);
  if (known) return file;
  if (!answer.ok()) return std::move(answer).error();
  return answer_error(*answer);
}

}  // namespace

Result<RemoteModel> list_url(const WebClient& web, const Url& url) {
  RemoteModel model;
  TRY(RemoteFile first, probe(web, url));
  constexpr std::string_view kHash = "sha256=";
  if (!url.fragment.empty()) {
    if (!std::string_view(url.fragment).starts_with(kHash))
      return fail("{}#{}: behind # only sha256=... is understood", url.text(), url.fragment);
    auto digest = Digest::parse(HashKind::sha256, std::string_view(url.fragment).substr(kHash.size()));
    if (!digest.ok()) return within(url.text(), std::move(digest).error());
    first.digest = *std::move(digest);
  }
  auto split = parse_split_name(first.path, kGgufExtension);
  model.files.push_back(std::move(first));
  if (!split) return model;
  if (split->number != 1 || split->count > kMostParts)
    return fail("{}: of a set of files, give the address of the first", url.text());
  for (uint64_t i = 2; i <= split->count; ++i) {
    TRY(Url next, url.resolve(split_name(split->prefix, i, split->count, kGgufExtension)));
    TRY(RemoteFile file, probe(web, next));
    model.files.push_back(std::move(file));
  }
  return model;
}

}  // namespace hearth
