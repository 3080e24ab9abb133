// Models of a registry that speaks Ollama's protocol: a manifest names blobs by their hashes.
#include "base/text.h"
#include "formats/json.h"
#include "hub/remote_files.h"

namespace hearth {

namespace {

constexpr size_t kMostRemoteManifest = 1 << 20;
constexpr uint64_t kMostText = 1 << 20;
constexpr const char* kManifestType = "application/vnd.docker.distribution.manifest.v2+json";

using Json = nlohmann::ordered_json;

struct Layer {
  std::string kind;  // "model", "projector", "system", "params", ...
  uint64_t size = 0;
  Digest digest;
};

Result<Layer> read_layer(const Json& json) {
  constexpr std::string_view kPrefix = "application/vnd.ollama.image.";
  auto text = [&](const char* name) {
    auto at = json.find(name);
    return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  if (!json.is_object()) return fail("a layer is no object");
  Layer layer;
  layer.kind = text("mediaType");
  if (layer.kind.starts_with(kPrefix)) layer.kind.erase(0, kPrefix.size());
  TRY(layer.digest, Digest::parse_prefixed(text("digest")));
  auto size = json.find("size");
  if (size == json.end() || !size->is_number_unsigned()) return fail("a layer does not say how large it is");
  layer.size = size->get<uint64_t>();
  return layer;
}

// A small layer, checked like the others.
Result<std::string> read_text(const WebClient& web, const Url& url, const Layer& layer) {
  if (layer.size > kMostText)
    return fail("its {} has {} bytes, at most {} are read", layer.kind, layer.size, kMostText);
  TRY(auto answer, web.fetch_text({url, "*/*", {}, {}, {}}, layer.size));
  if (digest_of(answer.second) != layer.digest)
    return fail("{}: what came is not what the manifest names", url.text());
  return std::move(answer.second);
}

}  // namespace

Result<RemoteModel> list_registry(const WebClient& web, const ModelName& name, const HubOptions& options) {
  std::string base = fmt::format("{}/v2/{}/", options.registry, name.repository);
  TRY(Url url, Url::parse(base + "manifests/" + name.tag));
  std::string text;
  WebSink sink;
  sink.data = [&](std::span<const std::byte> bytes) -> Status {
    if (bytes.size() > kMostRemoteManifest - text.size())
      return fail("{}: is no manifest: too long", url.text());
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  };
  TRY(WebAnswer answer, web.fetch({url, kManifestType, {}, {}, {}}, sink));
  if (answer.status == 401)
    return fail("{}: the registry {} wants to know who asks, which is not supported", name.text(),
                url.authority());
  if (answer.status == 404)
    return fail("{}: the registry {} has no such model", name.text(), url.authority());
  if (!answer.good()) return answer_error(answer);
  auto manifest = parse_json(text);
  if (!manifest.ok()) return within(url.text(), std::move(manifest).error());
  auto layers = manifest->is_object() ? manifest->find("layers") : manifest->end();
  if (!manifest->is_object() || layers == manifest->end() || !layers->is_array() || layers->size() > 1000)
    return fail("{}: is no manifest: expected a list of layers", url.text());

  RemoteModel model;
  model.revision = digest_of(text).hex;
  for (const Json& each : *layers) {
    auto layer = read_layer(each);
    if (!layer.ok()) return within(name.text(), std::move(layer).error());
    TRY(Url at, Url::parse(base + "blobs/sha256:" + layer->digest.hex));
    if (layer->kind == "model" || layer->kind == "projector") {
      std::string path = layer->kind == "model" ? "model.gguf" : "mmproj.gguf";
      for (const RemoteFile& other : model.files) {
        if (other.path == path) return fail("{}: has several files for one {}", name.text(), layer->kind);
      }
      model.files.push_back({path, at, layer->size, layer->digest, {}, {}});
    } else if (layer->kind == "system" || layer->kind == "params") {
      auto content = read_text(web, at, *layer);
      if (!content.ok()) return within(name.text(), std::move(content).error());
      (layer->kind == "system" ? model.system : model.parameters) = *std::move(content);
    } else if (layer->kind == "adapter") {
      return fail("{}: has an adapter, which is not supported", name.text());
    }
  }
  return model;
}

}  // namespace hearth
