// What a hub or registry offers: files with their sizes and hashes, before anything is fetched.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/digest.h"
#include "hub/model_name.h"
#include "hub/web_client.h"

namespace hearth {

// Where names lead, and the secret that one of the places knows.
struct HubOptions {
  std::string hub = "https://huggingface.co";
  std::string registry = "https://registry.ollama.ai";
  std::string token;  // of the hub
};

// As the environment has them: HF_ENDPOINT, HF_TOKEN or the token file in HF_HOME, HEARTH_OLLAMA_REGISTRY.
HubOptions hub_options_of_environment();

struct RemoteFile {
  std::string path;  // safe beneath any folder
  Url url;
  uint64_t size = 0;
  std::optional<Digest> digest;  // nothing: nobody says
  std::string token;             // sent to url's origin alone
  std::string tag;               // the server's own, of what has no digest
};

struct RemoteModel {
  std::string revision;  // a commit, or a manifest's hash
  std::vector<RemoteFile> files;
  // Of a registry, beside the files: what the model is told, and how tokens are chosen (JSON).
  std::string system, parameters;
};

// Every file of a repository.
Result<RemoteModel> list_hub(const WebClient& web, const ModelName& name, const HubOptions& options);
// The files that make up the model: "model.gguf", and "mmproj.gguf" if it has a projector.
Result<RemoteModel> list_registry(const WebClient& web, const ModelName& name, const HubOptions& options);
// The one file of an address, or all of its set. `#sha256=HEX` behind the address is what it must be.
Result<RemoteModel> list_url(const WebClient& web, const Url& url);

Result<RemoteModel> list_remote(const WebClient& web, const ModelName& name, const HubOptions& options);

// "bytes 0-99/1234" of an answer: the range and the whole length.
struct ContentRange {
  ByteRange range;
  uint64_t total = 0;
};
Result<ContentRange> content_range(const WebAnswer& answer);

// What tells this state of the file from another one; empty where the server does not say.
std::string_view tag_of(const WebAnswer& answer);

}  // namespace hearth
