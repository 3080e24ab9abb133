// Repositories of a hub that speaks Hugging Face's protocol.
#include <set>

#include "base/text.h"
#include "formats/json.h"
#include "hub/remote_files.h"

namespace hearth {

namespace {

constexpr size_t kMostListing = 16 << 20;
constexpr size_t kMostListed = 20000;
constexpr int kMostPages = 50;

using Json = nlohmann::ordered_json;

const Json* member_of(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  auto at = object.find(name);
  return at == object.end() ? nullptr : &*at;
}

std::string text_of(const Json& object, const char* name) {
  const Json* found = member_of(object, name);
  return found && found->is_string() ? found->get<std::string>() : std::string();
}

Result<Json> ask(const WebClient& web, const Url& url, const std::string& token, const ModelName& name,
                 WebAnswer* head = nullptr) {
  WebRequest request{url, "application/json", token, {}, {}};
  std::string text;
  WebSink sink;
  sink.data = [&](std::span<const std::byte> bytes) -> Status {
    if (bytes.size() > kMostListing - text.size()) return fail("{}: the list is too long", url.authority());
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  TRY(WebAnswer answer, web.fetch(request, sink));
  if (answer.status == 401 || answer.status == 403) {
    return fail(
        "{}: the hub does not show it ({}): the name is wrong, or it is private or its licence must be "
        "accepted "
        "first: "
        "see {}://{}/{}, and give a token with HF_TOKEN",
        name.text(), answer.status, url.secure ? "https" : "http", url.authority(), name.repository);
  }
  if (answer.status == 404) return fail("{}: the hub {} has no such model", name.text(), url.authority());
  if (!answer.good()) return answer_error(answer);
  auto json = parse_json(text);
  if (!json.ok()) return within(url.text(), std::move(json).error());
  if (head) *head = std::move(answer);
  return json;
}

// The address of the next page: `Link: <URL>; rel="next"`.
Result<std::optional<Url>> next_page(const WebAnswer& answer) {
  std::string_view link = answer.header("link");
  size_t open = link.find('<'), close = link.find('>');
  if (open == link.npos || close == link.npos || close < open || link.find("rel=\"next\"") == link.npos)
    return std::optional<Url>();
  TRY(Url next, answer.url.resolve(link.substr(open + 1, close - open - 1)));
  if (!next.same_origin(answer.url))
    return fail("{}: the list goes on at {}, which is another server", answer.url.authority(),
                next.authority());
  return std::optional(std::move(next));
}

Result<std::optional<RemoteFile>> read_entry(const Json& entry, const std::string& resolve,
                                             const std::string& token) {
  if (text_of(entry, "type") != "file") return std::optional<RemoteFile>();
  RemoteFile file;
  file.path = text_of(entry, "path");
  // What is hidden or oddly named is no part of a model, and never becomes a path here.
  if (!is_safe_path(file.path)) return std::optional<RemoteFile>();
  auto wrong = [&](Error error) { return within(quote(file.path), std::move(error)); };
  const Json* large = member_of(entry, "lfs");
  const Json* size = member_of(large ? *large : entry, "size");
  if (!size || !size->is_number_unsigned()) return wrong(fail("the hub does not say how large it is"));
  file.size = size->get<uint64_t>();
  std::string hash = text_of(large ? *large : entry, "oid");
  if (hash.starts_with("sha256:")) hash.erase(0, 7);
  auto digest = Digest::parse(large ? HashKind::sha256 : HashKind::git_blob, hash);
  if (!digest.ok()) return wrong(std::move(digest).error());
  file.digest = *std::move(digest);
  TRY(file.url, Url::parse(resolve + percent_encode(file.path, "/")));
  file.token = token;
  return std::optional(std::move(file));
}

}  // namespace

Result<RemoteModel> list_hub(const WebClient& web, const ModelName& name, const HubOptions& options) {
  std::string api = fmt::format("{}/api/models/{}", options.hub, name.repository);
  TRY(Url about, Url::parse(api + "/revision/main"));
  TRY(Json information, ask(web, about, options.token, name));
  RemoteModel model;
  // A commit does not change while it is fetched.
  TRY(Digest commit, Digest::parse(HashKind::git_blob, text_of(information, "sha")));
  model.revision = commit.hex;
  std::string resolve = fmt::format("{}/{}/resolve/{}/", options.hub, name.repository, model.revision);

  TRY(Url parsed, Url::parse(fmt::format("{}/tree/{}?recursive=true", api, model.revision)));
  std::optional<Url> page = std::move(parsed);
  std::set<std::string> seen;
  for (int pages = 0; page; ++pages) {
    if (pages == kMostPages) return fail("{}: the list of its files does not end", name.text());
    WebAnswer head;
    TRY(Json list, ask(web, *page, options.token, name, &head));
    if (!list.is_array()) return fail("{}: expected a list of files", page->text());
    for (const Json& entry : list) {
      auto file = read_entry(entry, resolve, options.token);
      if (!file.ok()) return within(name.text(), std::move(file).error());
      if (!*file) continue;
      if (!seen.insert((*file)->path).second)
        return fail("{}: the hub lists {} twice", name.text(), quote((*file)->path));
      model.files.push_back(**std::move(file));
      if (model.files.size() > kMostListed)
        return fail("{}: has more than {} files", name.text(), kMostListed);
    }
    TRY(page, next_page(head));
  }
  return model;
}

}  // namespace hearth
