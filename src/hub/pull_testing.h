// For tests: a store of its own, and pulling into it from servers on loopback.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/own_folder_testing.h"
#include "hub/pull.h"
#include "hub/web_testing.h"

namespace hearth {

namespace fs = std::filesystem;

constexpr size_t kSegment = 200000, kLarge = 2 * kSegment + 12345;  // enough for two connections

class Pulling : public testing::Test {
 protected:
  void SetUp() override {
    // Nothing of whoever runs the tests is read or sent.
    ::setenv("HOME", (folder_ / "home").c_str(), 1);
    for (const char* name : {"HF_HOME", "HF_HUB_CACHE", "HF_TOKEN", "HF_ENDPOINT", "XDG_CACHE_HOME",
                             "HEARTH_HOME", "http_proxy", "all_proxy", "ALL_PROXY"}) {
      ::unsetenv(name);
    }
    ::setenv("OLLAMA_MODELS", (folder_ / "home/.ollama/models").c_str(), 1);
    fs::create_directories(folder_ / "outside");
    store_.emplace(folder_ / "store");
    ASSERT_TRUE(store_->make_folders().ok());
  }

  static const WebClient& web() {
    static const WebClient client = *WebClient::create({.connect_seconds = 5, .silence_seconds = 5});
    return client;
  }
  Result<Pulled> pull_from(const TestHub& hub, const std::string& name, std::optional<uint64_t> memory = {}) {
    PullOptions options;
    options.hub = {hub.base(), hub.base(), token_};
    options.download.retry_seconds = 0;
    options.memory = memory;
    TRY(ModelName parsed, parse_model_name(name));
    return pull(web(), *store_, parsed, options);
  }
  // Of a file that is no part of a repository.
  Result<Digest> fetch(const RemoteFile& file, DownloadOptions options = {}) {
    options.retry_seconds = 0;
    options.least_segment = kSegment;
    return download(
        web(), file, part(), [](const Digest&) { return Status(); }, options);
  }
  static RemoteFile remote(const TestWeb& server, const std::string& content) {
    return {"m.gguf", *Url::parse(server.base() + "/m.gguf"), content.size(), digest_of(content), {}, {}};
  }
  fs::path part() const { return folder_ / "m.part"; }
  std::vector<std::string> beneath(const fs::path& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(folder).string());
    }
    return names;
  }
  // Nothing has a final name.
  void expect_nothing_installed() {
    EXPECT_THAT(beneath(folder_ / "store/blobs"), testing::IsEmpty());
    EXPECT_THAT(beneath(folder_ / "store/models"), testing::IsEmpty());
  }

  const OwnFolder own_;
  const fs::path& folder_ = own_.path();
  std::optional<ModelStore> store_;
  std::string token_;
};

}  // namespace hearth
