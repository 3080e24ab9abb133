// Fetching and keeping, from servers on loopback, honest and not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "base/error_of.h"
#include "base/file.h"
#include "hub/caches.h"
#include "hub/journal.h"
#include "hub/pull.h"
#include "hub/web_testing.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr size_t kSegment = 200000, kLarge = 2 * kSegment + 12345;  // enough for two connections

class Pulling : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "hearth_hub_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = fs::canonical(pattern);
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
  void TearDown() override { fs::remove_all(folder_); }

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
    EXPECT_THAT(beneath(folder_ / "store/blobs"), IsEmpty());
    EXPECT_THAT(beneath(folder_ / "store/models"), IsEmpty());
  }

  fs::path folder_;
  std::optional<ModelStore> store_;
  std::string token_;
};

using Downloads = Pulling;
using HostileHubs = Pulling;
using WebClients = Pulling;

TEST_F(WebClients, ATokenIsForItsOwnServer) {
  TestWeb other([](const WebQuestion&) { return web_answer(200, "here"); });
  TestWeb first([&](const WebQuestion& question) {
    if (question.target == "/same") return web_answer(302, "", "Location: /moved\r\n");
    if (question.target == "/moved") return web_answer(200, "there");
    return web_answer(302, "", "Location: " + other.base() + "/x\r\n");
  });
  auto ask = [&](const char* path) {
    return web().fetch_text({*Url::parse(first.base() + path), "*/*", "secret", {}, {}}, 100);
  };
  EXPECT_EQ(ask("/away")->second, "here");
  EXPECT_EQ(ask("/same")->second, "there");
  for (const WebQuestion& question : other.questions())
    EXPECT_EQ(question.headers.count("authorization"), 0u);
  for (const WebQuestion& question : first.questions())
    EXPECT_EQ(question.headers.at("authorization"), "Bearer secret");
}

TEST_F(WebClients, RedirectsLeadNeitherInsideNorOnAndOn) {
  TestWeb server([](const WebQuestion& question) {
    std::map<std::string, std::string> where = {{"/cloud", "http://169.254.169.254/latest"},
                                                {"/any", "http://0.0.0.0:1/"},
                                                {"/any6", "http://[::]:1/"},
                                                {"/file", "file:///etc/passwd"},
                                                {"/user", "http://u:p@127.0.0.1/"},
                                                {"/number", "http://2852039166/"},
                                                {"/mapped", "http://[::ffff:169.254.169.254]/"},
                                                {"/link", "http://[fe80::1]/"},
                                                {"/ftp", "ftp://127.0.0.1/"},
                                                {"/gopher", "gopher://127.0.0.1/"},
                                                {"/slash", "http://hub.example\\@127.0.0.1/"},
                                                {"/loop", "/loop"},
                                                {"/none", ""}};
    return web_answer(302, "", "Location: " + where[question.target] + "\r\n");
  });
  auto error = [&](const char* path) {
    return error_of(web().fetch({*Url::parse(server.base() + path), "*/*", {}, {}, {}}, {}));
  };
  for (const char* path : {"/cloud", "/any", "/any6"})
    EXPECT_THAT(error(path), HasSubstr("inside this machine"));
  for (const char* path : {"/number", "/mapped", "/link", "/slash"}) EXPECT_NE(error(path), "") << path;
  for (const char* path : {"/file", "/ftp", "/gopher"})
    EXPECT_THAT(error(path), HasSubstr("only http:// and https://"));
  EXPECT_THAT(error("/user"), HasSubstr("not sent"));
  EXPECT_THAT(error("/loop"), HasSubstr("more than 6 times"));
  EXPECT_THAT(error("/none"), HasSubstr("without saying where"));
}

TEST_F(WebClients, AProxyIsAskedWhereTheEnvironmentNamesOne) {
  TestWeb server([](const WebQuestion&) { return web_answer(200, "itself"); });
  TestWeb proxy([](const WebQuestion& question) {
    return web_answer(question.target.starts_with("http://") ? 200 : 403, question.target);
  });
  auto ask = [&](const std::string& url) -> std::string {
    auto answer = web().fetch_text({*Url::parse(url), "*/*", {}, {}, {}}, 100);
    return answer.ok() ? answer->second : answer.error().message;
  };
  std::string address = proxy.base();
  address.insert(address.find("//") + 2, "me:pw@");
  ::setenv("http_proxy", address.c_str(), 1);
  ::setenv("https_proxy", address.c_str(), 1);
  EXPECT_EQ(ask("http://hub.example/x"), "http://hub.example/x");
  EXPECT_THAT(ask("https://hub.example/x"), HasSubstr("answered 403"));
  EXPECT_EQ(proxy.questions()[1].target, "hub.example:443");
  for (const WebQuestion& question : proxy.questions())
    EXPECT_EQ(question.headers.at("proxy-authorization"), "Basic bWU6cHc=");
  ::setenv("no_proxy", "other.example, 127.0.0.1", 1);
  EXPECT_EQ(ask(server.base() + "/x"), "itself");
  ::setenv("http_proxy", "socks5://127.0.0.1:1", 1);
  EXPECT_THAT(ask("http://hub.example/x"), HasSubstr("proxy"));
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy"}) ::unsetenv(name);
}

TEST_F(WebClients, BoundsWhatIsSaid) {
  TestWeb server([](const WebQuestion& question) -> std::string {
    if (question.target == "/long") return web_answer(200, std::string(1000, 'x'));
    if (question.target == "/zip") return web_answer(200, "x", "Content-Encoding: gzip\r\n");
    if (question.target == "/heads") return "HTTP/1.1 200 x\r\nX: " + std::string(100000, 'y') + "\r\n\r\n";
    if (question.target == "/two") return web_answer(200, "x", "Content-Length: 7\r\n");
    if (question.target == "/huge") return "HTTP/1.1 200 x\r\nContent-Length: 20000000000\r\n\r\nx";
    if (question.target == "/garbage") return "220 mail.example ESMTP\r\n\r\n";
    if (question.target == "/lengths") return web_answer(200, "x", "Content-Length: 1, 2\r\n");
    if (question.target == "/both") return web_answer(200, "1\r\nx\r\n", "Transfer-Encoding: chunked\r\n");
    if (question.target == "/negative") return "HTTP/1.1 200 x\r\nContent-Length: -1\r\n\r\nx";
    if (question.target == "/overflow")
      return "HTTP/1.1 200 x\r\nContent-Length: 99999999999999999999999\r\n\r\nx";
    if (question.target == "/chunk")
      return "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx\r\n";
    if (question.target == "/broken")
      return "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    if (question.target == "/later") return "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    return {};
  });
  auto ask = [&](const char* path) {
    return web().fetch_text({*Url::parse(server.base() + path), "*/*", {}, {}, {}}, 100);
  };
  for (const char* path : {"/long", "/zip", "/heads", "/two", "/huge", "/garbage", "/nothing", "/lengths",
                           "/both", "/negative", "/overflow", "/chunk", "/broken", "/later"})
    EXPECT_FALSE(ask(path).ok()) << path;
}

TEST_F(Downloads, ComeInPartsAtOnce) {
  std::string content = tiny_gguf(kLarge);
  TestWeb server([&](const WebQuestion& question) { return file_answer(question, content); });
  auto digest = fetch(remote(server, content));
  ASSERT_TRUE(digest.ok()) << digest.error().message;
  EXPECT_EQ(*digest, digest_of(content));
  EXPECT_EQ(*read_file(part()), content);
  EXPECT_EQ(server.questions().size(), 2u);
  EXPECT_FALSE(fs::exists(part().string() + ".journal"));
}

TEST_F(Downloads, GoOnWhereAnAnswerBrokeOff) {
  std::string content = tiny_gguf(kLarge);
  std::atomic<int> count{0};
  TestWeb server([&](const WebQuestion& question) {
    std::string answer = file_answer(question, content);
    if (count++ < 6) answer.resize(answer.size() / 2);
    return answer;
  });
  ASSERT_TRUE(fetch(remote(server, content)).ok());
  EXPECT_EQ(*read_file(part()), content);
  uint64_t asked = 0;
  for (const WebQuestion& question : server.questions())
    asked += question.range()->second - question.range()->first + 1;
  EXPECT_LT(asked, content.size() * 3);  // each time only what was missing
}

TEST_F(Downloads, GoOnInAnotherRun) {
  std::string content = tiny_gguf(kLarge);
  std::atomic<bool> broken{true};
  TestWeb server([&](const WebQuestion& question) {
    std::string answer = file_answer(question, content);
    if (broken) answer.resize(answer.size() / 2);
    return answer;
  });
  RemoteFile file = remote(server, content);
  DownloadOptions once;
  once.attempts = 1;
  EXPECT_FALSE(fetch(file, once).ok());
  uint64_t there = downloaded_bytes(file, part());
  EXPECT_GT(there, 0u);
  broken = false;
  size_t before = server.questions().size();
  ASSERT_TRUE(fetch(file).ok());
  auto questions = server.questions();
  uint64_t asked = 0;
  for (size_t i = before; i < questions.size(); ++i)
    asked += questions[i].range()->second - questions[i].range()->first + 1;
  EXPECT_EQ(asked, content.size() - there);
  EXPECT_EQ(*read_file(part()), content);
}

TEST_F(Downloads, AServerWithoutRangesSendsItAll) {
  std::string content = tiny_gguf(kLarge);
  TestWeb server([&](const WebQuestion&) { return web_answer(200, content); });
  ASSERT_TRUE(fetch(remote(server, content)).ok());
  EXPECT_EQ(*read_file(part()), content);
}

TEST_F(Downloads, WhatAPowerCutSpoiledIsFetchedAgain) {
  std::string content = tiny_gguf(100000);
  TestWeb server([&](const WebQuestion& question) { return file_answer(question, content); });
  RemoteFile file = remote(server, content);
  std::ofstream(part(), std::ios::binary) << std::string(content.size(), '\0');
  {
    auto journal = Journal::open(part().string() + ".journal", file.digest->hex, content.size(),
                                 {{0, 50000, content.size()}});
    ASSERT_TRUE(journal.ok());
  }
  ASSERT_TRUE(fetch(file).ok());
  EXPECT_EQ(*read_file(part()), content);
}

TEST_F(Downloads, AJournalThatMakesNoSenseIsBegunAnew) {
  std::string content = tiny_gguf(1000);
  TestWeb server([&](const WebQuestion& question) { return file_answer(question, content); });
  RemoteFile file = remote(server, content);
  std::string head = fmt::format("hearth download 1\n{}\n{}\n", file.digest->hex, content.size());
  for (std::string text :
       {std::string("x"), head, head + std::string(62, '9') + "\n",
        head + fmt::format("{:020} {:020} {:020}\n", 5, content.size(), 5),
        head + fmt::format("{:020} {:020} {:020}\n", 0, content.size(), content.size() + 1)}) {
    std::ofstream(part().string() + ".journal", std::ios::binary | std::ios::trunc) << text;
    std::ofstream(part(), std::ios::binary) << std::string(content.size(), 'z');
    ASSERT_TRUE(fetch(file).ok()) << text;
    EXPECT_EQ(*read_file(part()), content);
  }
}

TEST_F(Downloads, OneProcessAtATime) {
  std::string content = tiny_gguf(1000);
  TestWeb server([&](const WebQuestion& question) { return file_answer(question, content); });
  RemoteFile file = remote(server, content);
  auto journal =
      Journal::open(part().string() + ".journal", file.digest->hex, content.size(), {{0, 0, content.size()}});
  ASSERT_TRUE(journal.ok());
  EXPECT_THAT(error_of(fetch(file)), HasSubstr("another process"));
}

TEST_F(Downloads, ADiskThatIsFullLeavesWhatThereIs) {
  std::string content = tiny_gguf(kLarge);
  TestWeb server([&](const WebQuestion& question) { return file_answer(question, content); });
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit limit{kSegment, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  auto digest = fetch(remote(server, content));
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(error_of(digest), HasSubstr("no room"));
  EXPECT_FALSE(fs::exists(part()));
  EXPECT_THAT(server.questions(), IsEmpty());
}

// Each of these never gets a name of its own, however the server goes about it.
TEST_F(Downloads, LiesAreErrors) {
  std::string content = tiny_gguf(1000), other = tiny_gguf(1000, 'y');
  struct Lie {
    const char* what;
    std::function<std::string(const WebQuestion&)> tell;
    const char* error;
  };
  auto ranged = [&](const std::string& body, const std::string& range) {
    return web_answer(206, body, "Content-Range: " + range + "\r\n");
  };
  const size_t n = content.size();
  const Lie lies[] = {
      {"other content", [&](const WebQuestion& q) { return file_answer(q, other); }, "has the hash"},
      {"one byte less", [&](const WebQuestion& q) { return file_answer(q, content.substr(1)); },
       "asked for bytes"},
      {"one byte more", [&](const WebQuestion& q) { return file_answer(q, content + "x"); },
       "asked for bytes"},
      {"whole, longer", [&](const WebQuestion&) { return web_answer(200, content + "x"); }, "announces"},
      {"whole, endless", [&](const WebQuestion&) { return "HTTP/1.1 200 x\r\n\r\n" + content + content; },
       "more than"},
      {"chunked, endless",
       [&](const WebQuestion&) {
         return fmt::format(
             "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", n,
             content, n, content);
       },
       "more than"},
      {"another range",
       [&](const WebQuestion&) { return ranged(content.substr(1), fmt::format("bytes 1-{}/{}", n - 1, n)); },
       "asked for bytes"},
      {"a range of another file",
       [&](const WebQuestion&) { return ranged(content, fmt::format("bytes 0-{}/{}", n - 1, n + 5)); },
       "asked for bytes"},
      {"no range", [&](const WebQuestion&) { return web_answer(206, content); }, "without saying which"},
      {"a range that makes no sense", [&](const WebQuestion&) { return ranged(content, "bytes 9-3/2"); },
       "without saying which"},
      {"an overflowing range",
       [&](const WebQuestion&) {
         return ranged(content, "bytes 0-99999999999999999999/99999999999999999999");
       },
       "without saying which"},
      {"packed", [&](const WebQuestion&) { return web_answer(200, content, "Content-Encoding: gzip\r\n"); },
       "encoding"},
      {"nothing", [&](const WebQuestion&) { return web_answer(404, "gone"); }, "404"},
      {"no access", [&](const WebQuestion&) { return web_answer(403, "no"); }, "403"},
      {"no answer", [&](const WebQuestion&) { return std::string(); }, "no answer"},
      {"always too early", [&](const WebQuestion&) { return web_answer(503, "later"); }, "503"},
      {"a success without a body", [&](const WebQuestion&) { return std::string("HTTP/1.1 204 x\r\n\r\n"); },
       "early"},
  };
  for (const Lie& lie : lies) {
    TestWeb server(lie.tell);
    bool kept = false;
    DownloadOptions options;
    options.retry_seconds = 0;
    auto digest = download(
        web(), remote(server, content), part(),
        [&](const Digest&) {
          kept = true;
          return Status();
        },
        options);
    EXPECT_THAT(error_of(digest), HasSubstr(lie.error)) << lie.what;
    EXPECT_FALSE(kept) << lie.what;
    fs::remove(part());
    fs::remove(part().string() + ".journal");
  }
}

TEST_F(Pulling, AModelByItsName) {
  std::string model = tiny_gguf(5000), small = tiny_gguf(2000);
  TestHub hub({{"m-Q8_0.gguf", model},
               {"m-Q4_0.gguf", small},
               {"mmproj-F16.gguf", tiny_gguf(10)},
               {"README.md", "hi"}});
  auto pulled = pull_from(hub, "org/repo");
  ASSERT_TRUE(pulled.ok()) << pulled.error().message;
  EXPECT_EQ(pulled->model.name, "org/repo:Q8_0");
  EXPECT_EQ(pulled->model.projector, "mmproj-F16.gguf");
  EXPECT_EQ(*read_file(store_->path_of(pulled->model)), model);
  auto found = store_->find("org/repo");
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_TRUE(store_->is_whole(**found));
  EXPECT_EQ((*found)->revision, TestHub::kCommit);
  EXPECT_EQ((*store_->find("org/repo:q8_0"))->name, "org/repo:Q8_0");
  EXPECT_FALSE(*store_->find("org/repo:q8_1"));

  ASSERT_TRUE(pull_from(hub, "org/repo:q4_0").ok());
  auto all = *store_->list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_THAT(ModelStore::shared_with(all[0], all), ElementsAre("org/repo:Q8_0"));  // the projector
  EXPECT_EQ(beneath(folder_ / "store/blobs").size(), 3u);
  EXPECT_EQ(*store_->remove(all[0]), small.size());
  EXPECT_TRUE(store_->is_whole(all[1]));
  EXPECT_EQ(*store_->remove(all[1]), model.size() + tiny_gguf(10).size());
  EXPECT_THAT(beneath(folder_ / "store/blobs"), IsEmpty());
  EXPECT_THAT(*store_->list(), IsEmpty());
}

TEST_F(Pulling, WhatMemoryHolds) {
  TestHub hub({{"m-Q8_0.gguf", tiny_gguf(5000)}, {"m-Q4_0.gguf", tiny_gguf(2000)}});
  EXPECT_EQ(pull_from(hub, "org/repo", 3000)->model.name, "org/repo:Q4_0");
}

TEST_F(Pulling, SetsAndCheckpointsKeepTheirNames) {
  TestHub sets(
      {{"x/m-Q8_0-00001-of-00002.gguf", tiny_gguf(100)}, {"x/m-Q8_0-00002-of-00002.gguf", tiny_gguf(200)}});
  StoredModel set = pull_from(sets, "org/repo")->model;
  EXPECT_EQ(store_->path_of(set).filename(), "m-Q8_0-00001-of-00002.gguf");
  EXPECT_TRUE(fs::exists(store_->path_of(set).parent_path() / "m-Q8_0-00002-of-00002.gguf"));

  TestHub checkpoint({{"config.json", "{}"}, {"model.safetensors", "weights"}, {"tokenizer.json", "[]"}},
                     "org/other");
  StoredModel folder = pull_from(checkpoint, "org/other")->model;
  EXPECT_EQ(*read_file(store_->path_of(folder) / "config.json"), "{}");
  EXPECT_EQ(*read_file(store_->path_of(folder) / "model.safetensors"), "weights");
}

TEST_F(Pulling, ASecondTimeNothingIsFetched) {
  TestHub hub({{"m-Q8_0.gguf", tiny_gguf(5000)}});
  EXPECT_GT(pull_from(hub, "org/repo")->fetched, 5000u);
  EXPECT_EQ(pull_from(hub, "org/repo")->fetched, 0u);
}

TEST_F(Pulling, TheTokenGoesToTheHub) {
  token_ = "secret";
  TestHub hub({{"m-Q8_0.gguf", tiny_gguf(50)}});
  ASSERT_TRUE(pull_from(hub, "org/repo").ok());
  for (const WebQuestion& question : hub.web().questions())
    EXPECT_EQ(question.headers.at("authorization"), "Bearer secret");
}

TEST_F(Pulling, FromARegistry) {
  TestHub hub({{"model", tiny_gguf(500)},
               {"projector", tiny_gguf(10)},
               {"system", "You are a pirate."},
               {"params", R"({"temperature": 0.5})"},
               {"license", "free"}});
  auto pulled = pull_from(hub, "ollama:pirate:1b");
  ASSERT_TRUE(pulled.ok()) << pulled.error().message;
  EXPECT_EQ(pulled->model.name, "ollama:pirate:1b");
  EXPECT_EQ(pulled->model.system, "You are a pirate.");
  EXPECT_EQ(pulled->model.projector, "mmproj.gguf");
  EXPECT_EQ(*read_file(store_->path_of(pulled->model)), tiny_gguf(500));
  EXPECT_EQ(hub.web().questions().front().target, "/v2/library/pirate/manifests/1b");
}

TEST_F(Pulling, FromAnAddress) {
  std::string model = tiny_gguf(700);
  TestHub hub({{"some.gguf", model}, {"page.gguf", "<html>not found</html>"}});
  auto pulled = pull_from(hub, hub.base() + "/some.gguf");
  ASSERT_TRUE(pulled.ok()) << pulled.error().message;
  EXPECT_EQ(*read_file(store_->path_of(pulled->model)), model);
  EXPECT_TRUE(pull_from(hub, hub.base() + "/some.gguf#sha256=" + digest_of(model).hex).ok());
  EXPECT_FALSE(pull_from(hub, hub.base() + "/some.gguf#sha256=" + digest_of("x").hex).ok());
  EXPECT_THAT(error_of(pull_from(hub, hub.base() + "/page.gguf")), HasSubstr("not a GGUF file"));
  EXPECT_THAT(error_of(pull_from(hub, hub.base() + "/passwd")), HasSubstr("only .gguf"));
  EXPECT_EQ(beneath(folder_ / "store/blobs").size(), 1u);
}

// Without a hash only the server's tag tells that the second half is of another file.
TEST_F(HostileHubs, AFileThatChangesOnItsWayIsNotPutTogether) {
  std::string first = tiny_gguf(kLarge), second = tiny_gguf(kLarge, 'y');
  std::atomic<int> count{0};
  TestWeb server([&](const WebQuestion& question) {
    int asked = count++;
    if (asked < 2) {
      std::string answer = file_answer(question, first, "ETag: \"one\"\r\n");
      if (asked == 1) answer.resize(answer.size() / 2);
      return answer;
    }
    return file_answer(question, second, "ETag: \"two\"\r\n");
  });
  PullOptions options;
  options.download.retry_seconds = 0;
  auto pulled = pull(web(), *store_, *parse_model_name(server.base() + "/m.gguf"), options);
  EXPECT_THAT(error_of(pulled), HasSubstr("another file at the server"));
  expect_nothing_installed();
  pulled = pull(web(), *store_, *parse_model_name(server.base() + "/m.gguf"), options);
  ASSERT_TRUE(pulled.ok()) << pulled.error().message;
  EXPECT_EQ(*read_file(store_->path_of(pulled->model)), second);
}

// A server that leads the way to a blob, and one that sends another's.
TEST_F(HostileHubs, Blobs) {
  std::string model = tiny_gguf(100);
  const std::pair<const char*, std::string> lies[] = {
      {"inside", web_answer(307, "", "Location: http://169.254.169.254/latest\r\n")},
      {"a file of this machine", web_answer(307, "", "Location: file:///etc/passwd\r\n")},
      {"another blob", web_answer(200, tiny_gguf(100, 'y'))},
      {"packed", web_answer(200, model, "Content-Encoding: gzip\r\n")},
      {"a page", web_answer(200, "<html>log in</html>")},
      {"nothing", web_answer(200, "")},
      {"longer", web_answer(200, model + "x")},
      {"a part", web_answer(206, model.substr(1), "Content-Range: bytes 1-99/100\r\n")},
      {"asks for a password", web_answer(401, "", "WWW-Authenticate: Basic realm=\"x\"\r\n")},
      {"gone", web_answer(404, "")},
  };
  for (const auto& [what, answer] : lies) {
    std::string sent = answer;
    TestHub hub({{"model", model}}, "org/repo",
                [&](const WebQuestion& question) -> std::optional<std::string> {
                  if (question.target.find("/blobs/") == question.target.npos) return std::nullopt;
                  return sent;
                });
    EXPECT_FALSE(pull_from(hub, "ollama:x").ok()) << what;
    expect_nothing_installed();
    EXPECT_THAT(beneath(folder_ / "outside"), IsEmpty()) << what;
  }
}

TEST_F(Pulling, OtherProgramsCachesAreUsedWhereTheyLie) {
  std::string model = tiny_gguf(5000), second = tiny_gguf(6000), third = tiny_gguf(7000);
  auto write = [](const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  };
  fs::path home = folder_ / "home";
  write(home / ".cache/huggingface/hub/models--org--repo/blobs" / digest_of(model).hex, model);
  write(home / ".lmstudio/models/org/repo/m-Q5_0.gguf", second);
  write(home / (".ollama/models/blobs/sha256-" + digest_of(third).hex), third);
  TestHub hub({{"m-Q8_0.gguf", model}, {"m-Q5_0.gguf", second}, {"m-Q6_K.gguf", third}});
  for (const char* name : {"org/repo:Q8_0", "org/repo:Q5_0", "org/repo:Q6_K"}) {
    auto pulled = pull_from(hub, name);
    ASSERT_TRUE(pulled.ok()) << pulled.error().message;
    EXPECT_EQ(pulled->fetched, 0u) << name;
    EXPECT_THAT(pulled->model.files[0].at, HasSubstr("home"));
    EXPECT_EQ(read_file(store_->path_of(pulled->model))->size(), pulled->model.bytes());
    EXPECT_EQ(*store_->remove(pulled->model), 0u);
    EXPECT_TRUE(fs::exists(pulled->model.files[0].at));
  }
  EXPECT_THAT(beneath(folder_ / "store/blobs"), IsEmpty());
}

TEST_F(Pulling, ACacheThatLiesIsNotBelieved) {
  std::string model = tiny_gguf(5000), wrong = tiny_gguf(5000, 'y');
  fs::path blob = folder_ / "home/.cache/huggingface/hub/models--org--repo/blobs" / digest_of(model).hex;
  fs::create_directories(blob.parent_path());
  std::ofstream(blob, std::ios::binary) << wrong;
  TestHub hub({{"m-Q8_0.gguf", model}});
  auto pulled = pull_from(hub, "org/repo");
  ASSERT_TRUE(pulled.ok());
  EXPECT_EQ(pulled->fetched, model.size());
  EXPECT_EQ(*read_file(store_->path_of(pulled->model)), model);
}

TEST_F(Pulling, CachesHaveModelsWithoutAHub) {
  fs::path home = folder_ / "home";
  std::string model = tiny_gguf(5000);
  auto write = [](const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  };
  fs::path repository = home / ".cache/huggingface/hub/models--org--repo";
  write(repository / "refs/main", "abc");
  write(repository / "snapshots/abc/m-Q4_0.gguf", model);
  write(home / ".ollama/models/manifests/registry.ollama.ai/library/llama/1b",
        nlohmann::ordered_json{{"layers",
                                {{{"mediaType", "application/vnd.ollama.image.model"},
                                  {"digest", "sha256:" + digest_of(model).hex}}}}}
            .dump());
  write(home / (".ollama/models/blobs/sha256-" + digest_of(model).hex), model);
  write(home / ".ollama/models/manifests/registry.ollama.ai/library/bad/1b",
        R"({"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:../../../x"}]})");
  write(home / ".lmstudio/models/pub/other/o-Q8_0.gguf", model);
  std::vector<std::string> names;
  for (const CachedModel& cached : list_caches()) names.push_back(cached.name);
  EXPECT_THAT(names, ElementsAre("ollama:llama:1b", "org/repo:Q4_0", "pub/other:Q8_0"));
  EXPECT_EQ(find_in_caches(*parse_model_name("org/repo"))->owner, "Hugging Face");
  EXPECT_EQ(find_in_caches(*parse_model_name("pub/other:q8_0"))->owner, "LM Studio");
  EXPECT_EQ(find_in_caches(*parse_model_name("ollama:llama:1b"))->owner, "Ollama");
  EXPECT_FALSE(find_in_caches(*parse_model_name("org/repo:Q8_0")));
  EXPECT_FALSE(find_in_caches(*parse_model_name("ollama:bad:1b")));
}

// A list of files that a hub could send to do harm.
TEST_F(HostileHubs, Lists) {
  std::string model = tiny_gguf(100), good = digest_of(model).hex;
  auto entry = [&](const std::string& path, const std::string& oid, nlohmann::ordered_json size) {
    return nlohmann::ordered_json{
        {"type", "file"}, {"path", path}, {"size", 1}, {"lfs", {{"oid", oid}, {"size", std::move(size)}}}};
  };
  struct Lie {
    const char* what;
    std::string tree;
  };
  using List = nlohmann::ordered_json;
  std::string hundred_thousand;
  for (int i = 0; i < 25000; ++i)
    hundred_thousand += fmt::format("{}{{\"type\":\"file\",\"path\":\"f{}\",\"size\":1,\"oid\":\"{}\"}}",
                                    i ? "," : "[", i, std::string(40, 'a'));
  hundred_thousand += "]";
  const std::vector<Lie> lies = {
      {"climbs", List{entry("../../outside/m-Q8_0.gguf", good, 1)}.dump()},
      {"climbs inside", List{entry("a/../../../outside/m-Q8_0.gguf", good, 1)}.dump()},
      {"absolute", List{entry((folder_ / "outside/m-Q8_0.gguf").string(), good, 1)}.dump()},
      {"backslash", List{entry("..\\outside\\m-Q8_0.gguf", good, 1)}.dump()},
      {"hidden", List{entry(".m-Q8_0.gguf", good, 1)}.dump()},
      {"newline", List{entry("m\n-Q8_0.gguf", good, 1)}.dump()},
      {"a NUL", List{entry(std::string("m\0-Q8_0.gguf", 13), good, 1)}.dump()},
      {"a drive", List{entry("C:m-Q8_0.gguf", good, 1)}.dump()},
      {"a hidden folder", List{entry("a/.ssh/m-Q8_0.gguf", good, 1)}.dump()},
      {"ends in a slash", List{entry("m-Q8_0.gguf/", good, 1)}.dump()},
      {"no name", List{entry("", good, 1)}.dump()},
      {"a folder", List{{{"type", "directory"}, {"path", "m-Q8_0.gguf"}, {"size", 0}}}.dump()},
      {"a name that is a number", List{{{"type", "file"}, {"path", 7}, {"size", 1}}}.dump()},
      {"a name and a folder",
       List{entry("m-Q8_0.gguf/x.gguf", good, 1), entry("m-Q8_0.gguf", good, 1)}.dump()},
      {"a hash that is a number",
       List{{{"type", "file"}, {"path", "m-Q8_0.gguf"}, {"lfs", {{"oid", 5}}}}}.dump()},
      {"long name", List{entry(std::string(400, 'm') + ".gguf", good, 1)}.dump()},
      {"63 digits", List{entry("m-Q8_0.gguf", good.substr(1), 1)}.dump()},
      {"65 digits", List{entry("m-Q8_0.gguf", good + "0", 1)}.dump()},
      {"capitals", List{entry("m-Q8_0.gguf", std::string(64, 'A'), 1)}.dump()},
      {"a path for a hash", List{entry("m-Q8_0.gguf", "../../../../outside/" + good.substr(20), 1)}.dump()},
      {"no hash", List{{{"type", "file"}, {"path", "m-Q8_0.gguf"}, {"size", 5}}}.dump()},
      {"negative size", List{entry("m-Q8_0.gguf", good, -1)}.dump()},
      {"size as text", List{entry("m-Q8_0.gguf", good, "1")}.dump()},
      {"size of a fraction", List{entry("m-Q8_0.gguf", good, 1.5)}.dump()},
      {"more than any disk", List{entry("m-Q8_0.gguf", good, 4000000000000000000ull)}.dump()},
      {"more than a file can have", List{entry("m-Q8_0.gguf", good, 18446744073709551615ull)}.dump()},
      {"sizes that overflow", List{entry("m-Q8_0-00001-of-00002.gguf", good, 9223372036854775000ull),
                                   entry("m-Q8_0-00002-of-00002.gguf", good, 9223372036854775000ull)}
                                  .dump()},
      {"twice", List{entry("m-Q8_0.gguf", good, 1), entry("m-Q8_0.gguf", good, 1)}.dump()},
      {"no list", "{}"},
      {"no JSON", "<html>"},
      {"deep", std::string(100000, '[')},
      {"names twice", R"([{"type":"file","type":"directory","path":"m-Q8_0.gguf"}])"},
      {"too many", hundred_thousand},
      {"numbers", "[1,2,3]"},
      {"nothing", "[]"},
  };
  for (const Lie& lie : lies) {
    TestHub hub({{"m-Q8_0.gguf", model}}, "org/repo",
                [&](const WebQuestion& question) -> std::optional<std::string> {
                  if (question.target.find("/tree/") == question.target.npos) return std::nullopt;
                  return web_answer(200, lie.tree);
                });
    EXPECT_FALSE(pull_from(hub, "org/repo").ok()) << lie.what;
    expect_nothing_installed();
    EXPECT_THAT(beneath(folder_ / "outside"), IsEmpty()) << lie.what;
  }
}

TEST_F(HostileHubs, Pages) {
  std::string model = tiny_gguf(100);
  struct Lie {
    const char* what;
    std::function<std::optional<std::string>(const WebQuestion&)> tell;
  };
  auto on = [](const char* part, std::string answer) {
    return [part, answer](const WebQuestion& q) -> std::optional<std::string> {
      if (q.target.find(part) == q.target.npos) return std::nullopt;
      return answer;
    };
  };
  std::string next = "Link: <http://169.254.169.254/x>; rel=\"next\"\r\n";
  const std::vector<Lie> lies = {
      {"a commit that climbs", on("/revision/", web_answer(200, R"({"sha":"../../../../x"})"))},
      {"no commit", on("/revision/", web_answer(200, "{}"))},
      {"a commit that is a number", on("/revision/", web_answer(200, R"({"sha":5})"))},
      {"no permission", on("/revision/", web_answer(401, ""))},
      {"gone", on("/revision/", web_answer(404, ""))},
      {"an endless list",
       [](const WebQuestion& q) -> std::optional<std::string> {
         if (q.target.find("/tree/") == q.target.npos) return std::nullopt;
         return web_answer(200, "[]", "Link: <" + q.target + ">; rel=\"next\"\r\n");
       }},
      {"a list that goes on elsewhere", on("/tree/", web_answer(200, "[]", next))},
      {"files elsewhere", on("/resolve/", web_answer(302, "", "Location: http://169.254.169.254/m\r\n"))},
      {"files of another kind", on("/resolve/", web_answer(302, "", "Location: file:///etc/passwd\r\n"))},
      {"another file", on("/resolve/", web_answer(200, tiny_gguf(100, 'y')))},
  };
  for (const Lie& lie : lies) {
    TestHub hub({{"m-Q8_0.gguf", model}}, "org/repo", lie.tell);
    EXPECT_FALSE(pull_from(hub, "org/repo").ok()) << lie.what;
    expect_nothing_installed();
  }
}

TEST_F(HostileHubs, Manifests) {
  std::string model = tiny_gguf(100), good = "sha256:" + digest_of(model).hex;
  using Json = nlohmann::ordered_json;
  auto manifest = [](const std::string& kind, const Json& digest, const Json& size) {
    return Json{
        {"layers",
         {{{"mediaType", "application/vnd.ollama.image." + kind}, {"digest", digest}, {"size", size}}}}}
        .dump();
  };
  const std::pair<const char*, std::string> lies[] = {
      {"climbs", manifest("model", "sha256:../../../../outside/x", 1)},
      {"63 digits", manifest("model", good.substr(0, good.size() - 1), model.size())},
      {"65 digits", manifest("model", good + "0", model.size())},
      {"capitals", manifest("model", "sha256:" + std::string(64, 'F'), 1)},
      {"another hash", manifest("model", "md5:" + std::string(64, 'f'), 1)},
      {"a slash", manifest("model", "sha256:" + std::string(63, 'f') + "/", 1)},
      {"no digest", manifest("model", nullptr, 1)},
      {"a digest that is a number", manifest("model", 5, 1)},
      {"a longer hash", manifest("model", "sha512:" + std::string(128, 'f'), 1)},
      {"a hash in capitals", manifest("model", "SHA256:" + good.substr(7), model.size())},
      {"a newline behind", manifest("model", good + "\n", model.size())},
      {"a NUL behind", manifest("model", good + std::string(1, '\0'), model.size())},
      {"encoded dots", manifest("model", "sha256:%2e%2e%2f%2e%2e%2fx", 1)},
      {"wide dots", manifest("model", "sha256:\uff0e\uff0e/\uff0e\uff0e/x", 1)},
      {"backslashes", manifest("model", "sha256:..\\..\\x", 1)},
      {"a dash for a colon", manifest("model", "sha256-" + good.substr(7), model.size())},
      {"a negative size", manifest("model", good, -1)},
      {"a size of a fraction", manifest("model", good, 1.5)},
      {"a size as text", manifest("model", good, "100")},
      {"more than a file can have", manifest("model", good, 18446744073709551615ull)},
      {"deep", std::string(100000, '[')},
      {"layers that are numbers", R"({"layers":[1,2]})"},
      {"layers twice", R"({"layers":[],"layers":[]})"},
      {"longer than a manifest", "{\"layers\":[" + std::string(40 << 20, ' ') + "]}"},
      {"wrong size", manifest("model", good, model.size() + 1)},
      {"smaller size", manifest("model", good, model.size() - 1)},
      {"no size", manifest("model", good, nullptr)},
      {"a system text of gigabytes", manifest("system", good, 10000000000ull)},
      {"a system text that is another", manifest("system", "sha256:" + std::string(64, 'a'), model.size())},
      {"an adapter", manifest("adapter", good, model.size())},
      {"no model", R"({"layers":[]})"},
      {"no layers", "{}"},
      {"no JSON", "hello"},
      {"a list", "[]"},
  };
  for (const auto& [what, text] : lies) {
    std::string sent = text;
    TestHub hub({{"model", model}}, "org/repo",
                [&](const WebQuestion& question) -> std::optional<std::string> {
                  if (question.target.find("/manifests/") != question.target.npos)
                    return web_answer(200, sent);
                  if (question.target.find("/blobs/") != question.target.npos)
                    return file_answer(question, model);
                  return std::nullopt;
                });
    EXPECT_FALSE(pull_from(hub, "ollama:x").ok()) << what;
    expect_nothing_installed();
    EXPECT_THAT(beneath(folder_ / "outside"), IsEmpty()) << what;
  }
  // Who asks for a token at another place gets none.
  TestWeb thief([](const WebQuestion&) { return web_answer(200, R"({"token":"x"})"); });
  token_ = "secret";
  TestHub hub({{"model", model}}, "org/repo", [&](const WebQuestion&) -> std::optional<std::string> {
    return web_answer(401, "", "WWW-Authenticate: Bearer realm=\"" + thief.base() + "\"\r\n");
  });
  EXPECT_FALSE(pull_from(hub, "ollama:x").ok());
  EXPECT_THAT(thief.questions(), IsEmpty());
  for (const WebQuestion& question : hub.web().questions())
    EXPECT_EQ(question.headers.count("authorization"), 0u);
}

TEST_F(Pulling, AManifestOnDiskIsNotBelievedEither) {
  TestHub hub({{"m-Q8_0.gguf", tiny_gguf(50)}});
  StoredModel model = pull_from(hub, "org/repo")->model;
  fs::path manifest = store_->path_of(model).parent_path().parent_path() / "manifest.json";
  std::string text = *read_file(manifest);
  for (auto [from, to] :
       {std::pair("m-Q8_0.gguf", "../../x"), std::pair("\"version\": 1", "\"version\": 2"),
        std::pair("org/repo", "org/other"), std::pair("\"sha256\": \"", "\"sha256\": \"/")}) {
    std::string wrong = text;
    for (size_t at;
         (at = wrong.find(from)) != wrong.npos && std::string_view(to).find(from) == std::string_view::npos;)
      wrong.replace(at, std::strlen(from), to);
    if (std::string_view(to).find(from) != std::string_view::npos)
      wrong.replace(wrong.find(from), std::strlen(from), to);
    std::ofstream(manifest, std::ios::trunc) << wrong;
    EXPECT_THAT(*store_->list(), IsEmpty()) << to;
    EXPECT_FALSE(store_->find("org/repo:Q8_0").ok()) << to;
  }
}

// As if it had been killed once the file had its name, and nothing was left to do but to tidy up.
TEST_F(Pulling, WhatAKilledOneLeftGoesWithTheNext) {
  const std::string content = tiny_gguf(1000);
  TestHub hub({{"m-Q8_0.gguf", content}});
  ASSERT_TRUE(pull_from(hub, "org/repo").ok());
  const fs::path journal = store_->part(digest_of(content).hex).string() + ".journal";
  std::ofstream(journal) << "left";
  ASSERT_TRUE(pull_from(hub, "org/repo").ok());
  EXPECT_FALSE(fs::exists(journal));
}

}  // namespace
}  // namespace hearth
