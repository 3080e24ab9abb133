// Fetching and keeping, from servers that are honest.
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
#include "hub/pull_testing.h"

namespace hearth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Downloads = Pulling;
using WebClients = Pulling;

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
