// Servers, caches and disks that lie. Each row is something that one of them may say: nothing is written outside the
// store, and nothing gets a name in it that was not what the name says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <future>

#include "base/error_of.h"
#include "base/file.h"
#include "hub/pull_testing.h"

namespace hearth {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

using HostileHubs = Pulling;
using HostileServers = Pulling;
using HostilePlaces = Pulling;

TEST_F(HostileServers, ATokenIsForItsOwnServer) {
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

TEST_F(HostileServers, RedirectsLeadNeitherInsideNorOnAndOn) {
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
                                                {"/octal", "http://0251.0376.0251.0376/"},
                                                {"/hex", "http://0xa9fea9fe/"},
                                                {"/translated", "http://[64:ff9b::a9fe:a9fe]/"},
                                                {"/tunnelled", "http://[2002:a9fe:a9fe::]/"},
                                                {"/zone", "http://[fe80::1%25lo]/"},
                                                {"/port", "http://127.0.0.1:0/"},
                                                {"/wide", "http://127\uff0e0\uff0e0\uff0e1/"},
                                                {"/long", "/" + std::string(9000, 'x')},
                                                {"/loop", "/loop"},
                                                {"/none", ""}};
    return web_answer(302, "", "Location: " + where[question.target] + "\r\n");
  });
  auto error = [&](const char* path) {
    return error_of(web().fetch({*Url::parse(server.base() + path), "*/*", {}, {}, {}}, {}));
  };
  for (const char* path : {"/cloud", "/any", "/any6"})
    EXPECT_THAT(error(path), HasSubstr("inside this machine"));
  for (const char* path : {"/translated", "/tunnelled"})
    EXPECT_THAT(error(path), HasSubstr("inside this machine"));
  for (const char* path :
       {"/number", "/octal", "/hex", "/mapped", "/link", "/slash", "/zone", "/port", "/wide", "/long"})
    EXPECT_NE(error(path), "") << path;
  for (const char* path : {"/file", "/ftp", "/gopher"})
    EXPECT_THAT(error(path), HasSubstr("only http:// and https://"));
  EXPECT_THAT(error("/user"), HasSubstr("not sent"));
  EXPECT_THAT(error("/loop"), HasSubstr("more than 6 times"));
  EXPECT_THAT(error("/none"), HasSubstr("without saying where"));
}

// What a server far away may not do: a proxy is as far away as can be, and these hosts are asked without one.
TEST_F(HostileServers, LeadNobodyFromOutsideInside) {
  TestWeb inside([](const WebQuestion&) { return web_answer(200, "a secret"); });
  TestWeb outside([&](const WebQuestion& question) {
    std::string host = question.target.substr(question.target.rfind('/') + 1);
    return web_answer(302, "", fmt::format("Location: http://{}:{}/\r\n", host, inside.port()));
  });
  ::setenv("http_proxy", outside.base().c_str(), 1);
  for (std::string host : {"localhost",
                           "LOCALHOST",
                           "a.localhost",
                           "localhost.",
                           "127.0.0.1",
                           "127.0.0.2",
                           "127.1",
                           "2130706433",
                           "0x7f000001",
                           "0177.0.0.1",
                           "[::1]",
                           "[0:0:0:0:0:0:0:1]",
                           "[::ffff:127.0.0.1]",
                           "[64:ff9b::7f00:1]",
                           "10.0.0.1",
                           "172.16.0.1",
                           "192.168.0.1",
                           "100.64.0.1",
                           "[fd00::1]",
                           "[::ffff:10.0.0.1]",
                           "0.0.0.0",
                           "[::]",
                           "169.254.169.254",
                           "[fe80::1]",
                           "224.0.0.1"}) {
    std::string bare = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
    for (char& c : bare) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    ::setenv("no_proxy", bare.c_str(), 1);
    auto answer = web().fetch_text({*Url::parse("http://hub.example/" + host), "*/*", {}, {}, {}}, 100);
    EXPECT_THAT(error_of(answer), HasSubstr("inside this machine")) << host;
  }
  for (const char* name : {"http_proxy", "no_proxy"}) ::unsetenv(name);
  EXPECT_THAT(inside.questions(), IsEmpty());
}

TEST_F(HostileServers, AreNotWaitedForForEver) {
  std::promise<void> over;
  std::shared_future<void> waits = over.get_future();
  TestWeb server([waits](const WebQuestion&) {
    waits.wait();
    return std::string();
  });
  WebClient impatient = *WebClient::create({.connect_seconds = 5, .silence_seconds = 0.05});
  auto answer = impatient.fetch_text({*Url::parse(server.base() + "/"), "*/*", {}, {}, {}}, 100);
  over.set_value();
  EXPECT_THAT(error_of(answer), HasSubstr("the server is silent"));
}

TEST_F(HostileServers, BoundsWhatIsSaid) {
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

// Each of these never gets a name of its own, however the server goes about it.
TEST_F(HostileServers, LiesAreErrors) {
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

TEST_F(HostilePlaces, ACacheThatLiesIsNotBelieved) {
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
      {"encoded dots", List{entry("%2e%2e/%2e%2e/outside/m-Q8_0.gguf", good, 1)}.dump()},
      {"wide dots", List{entry("\uff0e\uff0e/\uff0e\uff0e/outside/m-Q8_0.gguf", good, 1)}.dump()},
      {"its own folder", List{entry("./m-Q8_0.gguf", good, 1)}.dump()},
      {"two slashes", List{entry("a//m-Q8_0.gguf", good, 1)}.dump()},
      {"a file of this machine", List{entry("file:///etc/passwd.gguf", good, 1)}.dump()},
      {"a link", List{{{"type", "symlink"}, {"path", "m-Q8_0.gguf"}, {"size", 1}}}.dump()},
      {"an empty file", List{entry("m-Q8_0.gguf", digest_of("").hex, 0)}.dump()},
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
      {"no answer", on("/resolve/", "")},
      {"half an answer", on("/resolve/", web_answer(200, model).substr(0, 100))},
      {"a file that goes on as another", on("/resolve/", web_answer(200, model + tiny_gguf(10)))},
      {"an answer to another question",
       on("/resolve/", web_answer(206, model.substr(0, 5), "Content-Range: bytes 0-4/5\r\n"))},
  };
  for (const Lie& lie : lies) {
    TestHub hub({{"m-Q8_0.gguf", model}}, "org/repo", lie.tell);
    EXPECT_FALSE(pull_from(hub, "org/repo").ok()) << lie.what;
    expect_nothing_installed();
  }
}

// Every hash is right, and it is no model.
TEST_F(HostileHubs, FilesThatAreNoModels) {
  std::string cut = tiny_gguf(100);
  cut.resize(cut.size() - 50);
  std::string endless = tiny_gguf(100);
  endless.replace(8, 8, std::string(8, '\x7f'));  // so many tensors
  for (const std::string& content :
       {std::string("<html>not found</html>"), std::string("GGUF"), std::string(), cut, endless}) {
    TestHub hub({{"m-Q8_0.gguf", content}, {"model", content}});
    for (std::string name : {std::string("org/repo"), std::string("ollama:x"), hub.base() + "/m-Q8_0.gguf"}) {
      EXPECT_FALSE(pull_from(hub, name).ok()) << name << ": " << content;
      expect_nothing_installed();
    }
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

// Somebody else may write where downloads go: links are not followed, and what is no file is not waited for.
TEST_F(HostilePlaces, WhatLiesWhereADownloadGoes) {
  const std::string model = tiny_gguf(1000);
  const fs::path outside = folder_ / "outside/precious", part = store_->part(digest_of(model).hex);
  const fs::path journal = part.string() + ".journal";
  TestHub hub({{"m-Q8_0.gguf", model}});
  for (const fs::path& planted : {part, journal}) {
    for (const char* what : {"a link", "a link to nothing", "a pipe", "a folder"}) {
      std::ofstream(outside, std::ios::trunc) << "precious";
      fs::path target = std::string_view(what) == "a link" ? outside : folder_ / "outside/new";
      if (std::string_view(what) == "a pipe") {
        ASSERT_EQ(::mkfifo(planted.c_str(), 0600), 0);
      } else if (std::string_view(what) == "a folder") {
        fs::create_directory(planted);
      } else {
        fs::create_symlink(target, planted);
      }
      EXPECT_FALSE(pull_from(hub, "org/repo").ok()) << what << " at " << planted;
      expect_nothing_installed();
      EXPECT_THAT(beneath(folder_ / "outside"), testing::ElementsAre("precious"))
          << what << " at " << planted;
      EXPECT_EQ(*read_file(outside), "precious") << what << " at " << planted;
      fs::remove_all(part);
      fs::remove_all(journal);
    }
  }
  EXPECT_TRUE(pull_from(hub, "org/repo").ok());
}

TEST_F(HostilePlaces, AManifestOnDiskIsNotBelievedEither) {
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

}  // namespace
}  // namespace hearth
