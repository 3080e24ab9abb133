// Models by name, as a person uses them: pull, killed and again, list, run, plan, rm, from a hub on loopback.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "base/file.h"
#include "base/own_folder_testing.h"
#include "files.h"
#include "hub/model_store.h"
#include "hub/web_testing.h"
#include "program.h"
#include "served.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ModelNames : public testing::Test {
 protected:
  void SetUp() override { model_ = *read_file(kBuiltin); }

  // A machine of its own: nothing of whoever runs the tests.
  std::vector<std::string> environment(const TestHub* hub) const {
    std::string nowhere = "http://127.0.0.1:9";
    return {"HOME=" + folder_.string(),
            "HEARTH_HOME=" + (folder_ / "store").string(),
            "HEARTH_CONFIG=" + (folder_ / "hearth.toml").string(),
            "HF_HOME=" + (folder_ / "hf").string(),
            "HF_TOKEN=",
            "HF_ENDPOINT=" + (hub ? hub->base() : nowhere),
            "HEARTH_OLLAMA_REGISTRY=" + (hub ? hub->base() : nowhere),
            "OLLAMA_MODELS=" + (folder_ / "ollama").string(),
            "http_proxy=",
            "all_proxy="};
  }
  ProgramRun run(const std::vector<std::string>& arguments, const TestHub* hub = nullptr,
                 std::function<void(int)> while_running = {}) const {
    ProgramInput input;
    input.environment = environment(hub);
    input.while_running = std::move(while_running);
    return run_program(arguments, input);
  }
  std::vector<fs::path> blobs() const {
    std::vector<fs::path> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder_ / "store/blobs", none))
      found.push_back(entry.path());
    return found;
  }

  const OwnFolder own_;
  const fs::path& folder_ = own_.path();
  std::string model_;
};

// The whole way of a model through this machine, with a fall on it: the connection breaks off half-way, and when the
// program asks for the rest it is killed.
TEST_F(ModelNames, FromPullToRm) {
  const Digest digest = digest_of(model_);
  std::atomic<pid_t> child{0};
  std::atomic<bool> falls{true};
  std::atomic<size_t> asked{0};  // bytes of the file
  TestHub hub({{"m-Q8_0.gguf", model_}, {"README.md", "hello"}}, "org/repo",
              [&](const WebQuestion& question) -> std::optional<std::string> {
                if (question.target.find("/resolve/") == question.target.npos) return std::nullopt;
                const auto [first, last] = question.range().value();
                asked += last - first + 1;
                if (!falls) return std::nullopt;
                if (first == 0) return file_answer(question, model_).substr(0, model_.size() / 2);
                while (child == 0) std::this_thread::yield();
                ::kill(child, SIGKILL);
                return std::string();
              });
  ProgramRun killed = run({"pull", "org/repo"}, &hub, [&](int pid) { child = pid; });
  ASSERT_EQ(killed.status, -SIGKILL) << killed.err;
  EXPECT_THAT(blobs(), IsEmpty());
  EXPECT_THAT(run({"list"}).out, HasSubstr("No models yet"));
  EXPECT_TRUE(run({"run", "org/repo", "-p", "hi"}).failed_with("cannot connect"));  // half a model is none

  falls = false;
  asked = 0;
  ProgramRun pulled = run({"pull", "org/repo"}, &hub);
  ASSERT_EQ(pulled.status, 0) << pulled.err;
  EXPECT_EQ(pulled.out, "org/repo:Q8_0\n");
  EXPECT_THAT(pulled.err, Not(HasSubstr("\033")));
  EXPECT_NEAR(static_cast<double>(asked), static_cast<double>(model_.size()) / 2,
              1000);  // only what was missing
  ASSERT_EQ(blobs().size(), 1u);
  EXPECT_EQ(blobs()[0].filename(), "sha256-" + digest.hex);
  EXPECT_EQ(digest_of(*read_file(blobs()[0])), digest);
  EXPECT_TRUE(fs::is_empty(folder_ / "store/downloads"));

  // From here on the hub is not asked.
  auto plan = nlohmann::json::parse(run({"plan", "org/repo", "--ctx", "512", "--json"}).out);
  EXPECT_EQ(plan["model"], "org/repo");
  EXPECT_EQ(plan["fits"], true);
  EXPECT_GT(plan["devices"][0]["weights"], model_.size() / 2);

  const std::vector<std::string> story = {"--raw", "-p", "Once upon", "-n", "5", "--seed", "1"};
  auto told_by = [&](const std::string& model) {
    std::vector<std::string> arguments = {"run", model};
    arguments.insert(arguments.end(), story.begin(), story.end());
    ProgramRun ran = run(arguments);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.out;
  };
  EXPECT_EQ(told_by("org/repo"), told_by(kBuiltin));
  EXPECT_EQ(run({"tokenize", "org/repo", "--text", "hi"}).out,
            run({"tokenize", kBuiltin, "--text", "hi"}).out);

  EXPECT_THAT(run({"list"}).out, StartsWith("org/repo:Q8_0"));
  auto listed = nlohmann::json::parse(run({"list", "--json"}).out);
  EXPECT_EQ(listed["models"][0]["bytes"], model_.size());
  EXPECT_THAT(run({"show", "org/repo"}).out, HasSubstr(digest.hex));

  EXPECT_THAT(run({"rm", "org/repo"}).out, HasSubstr("removed"));
  EXPECT_THAT(blobs(), IsEmpty());
  EXPECT_TRUE(run({"rm", "org/repo"}).failed_with("not in the store"));
  EXPECT_THAT(run({"list"}).out, HasSubstr("No models yet"));
}

TEST_F(ModelNames, RunPullsWhatIsNotHere) {
  TestHub hub({{"m-Q8_0.gguf", model_}});
  ProgramRun ran = run({"run", "org/repo:q8_0", "--raw", "-p", "Once upon", "-n", "3"}, &hub);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(blobs().size(), 1u);
}

TEST_F(ModelNames, NoHubIsAnErrorOfOneLine) {
  EXPECT_TRUE(run({"pull", "org/repo"}).failed_with("cannot connect"));
  EXPECT_TRUE(run({"pull", "org/../repo"}).failed_with("expected org/repo"));
  EXPECT_TRUE(run({"pull", "file:///etc/passwd"}).failed_with("expected org/repo"));
  EXPECT_TRUE(run({"run", "missing.gguf", "-p", "x"}).failed_with("missing.gguf: cannot open"));
  EXPECT_TRUE(
      run({"run", "org/repo", "-p", "x"}).failed_with("org/repo is not here, and cannot be pulled: "));
  EXPECT_TRUE(run({"run", "llama3", "-p", "x"}).failed_with("Ollama's models are called ollama:llama3"));
}

TEST_F(ModelNames, KilledAtAnyMomentAndAgain) {
  std::atomic<pid_t> child{0};
  std::atomic<int> left{0};
  // Each answer breaks off, so that there are many moments; at some of them the program is killed.
  TestHub hub({{"m-Q8_0.gguf", model_}}, "org/repo",
              [&](const WebQuestion& question) -> std::optional<std::string> {
                if (question.target.find("/resolve/") == question.target.npos) return std::nullopt;
                while (child == 0) std::this_thread::yield();
                if (pid_t pid = child; left-- == 0 && pid > 0) ::kill(pid, SIGKILL);
                std::string answer = file_answer(question, model_);
                answer.resize(std::min(answer.size(), model_.size() / 8));
                return answer;
              });
  for (int moment = 0; moment < 6; ++moment) {
    left = moment % 3;
    child = 0;
    ProgramRun killed = run({"pull", "org/repo"}, &hub, [&](int pid) { child = pid; });
    for (const fs::path& blob : blobs()) EXPECT_EQ(*read_file(blob), model_);
    if (killed.status == 0) break;
    EXPECT_EQ(killed.status, -SIGKILL) << killed.err;
    EXPECT_THAT(blobs(), IsEmpty());
    EXPECT_THAT(run({"list"}).out, HasSubstr("No models yet"));
  }
  left = 1000;
  child = 0;
  ProgramRun pulled = run({"pull", "org/repo"}, &hub, [&](int pid) { child = pid; });
  ASSERT_EQ(pulled.status, 0) << pulled.err;
  ASSERT_EQ(blobs().size(), 1u);
  EXPECT_EQ(*read_file(blobs()[0]), model_);
  EXPECT_THAT(fs::directory_iterator(folder_ / "store/downloads"), testing::Eq(fs::directory_iterator()));
}

// As many as the environment says, or `few`.
int times_of(const char* variable, int few) {
  const char* given = std::getenv(variable);
  return given ? std::atoi(given) : few;
}

// At moments that nothing chooses: while names are looked up, bytes come, hashes are checked, files get names.
TEST_F(ModelNames, KilledAtRandomMomentsAndAgain) {
  const std::string large = tiny_gguf(20 << 20), hash = digest_of(large).hex;
  TestHub hub({{"m-Q8_0.gguf", large}, {"mmproj-F16.gguf", tiny_gguf(1000)}});
  auto before = std::chrono::steady_clock::now();
  ASSERT_EQ(run({"pull", "org/repo"}, &hub).status, 0);
  auto whole =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - before);
  ASSERT_EQ(run({"rm", "org/repo"}).status, 0);

  std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<int64_t> moment(0, whole.count());
  ModelStore store(folder_ / "store");
  int finished = 0;
  for (int killed = 0, kills = times_of("HEARTH_KILLS", 8); killed < kills;) {
    std::chrono::microseconds at(moment(random));
    ProgramRun pulled = run({"pull", "org/repo"}, &hub, [&](int pid) {
      std::this_thread::sleep_for(at);  // not to wait for something: this is when it dies
      ::kill(pid, SIGKILL);
    });
    for (const fs::path& blob : blobs())
      ASSERT_EQ("sha256-" + digest_of(*read_file(blob)).hex, blob.filename().string()) << at.count();
    auto models = store.list();
    ASSERT_TRUE(models.ok());
    for (const StoredModel& model : *models) {
      ASSERT_TRUE(store.is_whole(model)) << at.count();
      ASSERT_EQ(read_file(store.path_of(model))->size(), large.size());
    }
    if (pulled.status == -SIGKILL) {
      ++killed;
    } else {
      ASSERT_EQ(pulled.status, 0) << pulled.err;
    }
    if (models->empty()) continue;
    ++finished;
    ASSERT_EQ(run({"rm", "org/repo"}).status, 0);
    ASSERT_THAT(blobs(), IsEmpty());
  }
  ProgramRun pulled = run({"pull", "org/repo"}, &hub);
  ASSERT_EQ(pulled.status, 0) << pulled.err;
  EXPECT_THAT(run({"show", "org/repo"}).out, HasSubstr(hash));
  EXPECT_EQ(blobs().size(), 2u);
  EXPECT_THAT(fs::directory_iterator(folder_ / "store/downloads"), testing::Eq(fs::directory_iterator()));
  RecordProperty("finished_between", finished);
}

TEST_F(ModelNames, AFullDiskLeavesNothingWrong) {
  TestHub hub({{"m-Q8_0.gguf", model_}});
  ProgramInput input;
  input.environment = environment(&hub);
  for (uint64_t limit : {uint64_t{1}, model_.size() / 2, model_.size() - 1}) {
    input.file_bytes = limit;
    EXPECT_TRUE(run_program({"pull", "org/repo"}, input).status == 1);
    EXPECT_THAT(blobs(), IsEmpty());
  }
  EXPECT_EQ(run({"pull", "org/repo"}, &hub).status, 0);
}

// A file system of a few megabytes, for this process alone and those that it starts. False where none may be mounted.
bool mount_small_disk(const fs::path& folder) {
  const std::string user = fmt::format("0 {} 1", ::getuid()), group = fmt::format("0 {} 1", ::getgid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  for (const auto& [file, text] :
       {std::pair("setgroups", std::string("deny")), std::pair("uid_map", user), std::pair("gid_map", group)})
    std::ofstream(fmt::format("/proc/self/{}", file)) << text;
  return ::mount("small", folder.c_str(), "tmpfs", 0, "size=4m") == 0;
}

// Somebody else fills the disk, or nearly, at a moment that nothing chooses. What fails at each call of its own is
// hub/disk_faults_test.cc's.
TEST_F(ModelNames, ADiskThatFillsAtRandomMoments) {
  const fs::path store_folder = folder_ / "store", filler = store_folder / "filler";
  fs::create_directories(store_folder);
  if (!mount_small_disk(store_folder)) GTEST_SKIP() << "no file system may be mounted here";
  const std::string model = tiny_gguf(2 << 20);
  TestHub hub({{"m-Q8_0.gguf", model}, {"mmproj-F16.gguf", tiny_gguf(100000)}});
  auto before = std::chrono::steady_clock::now();
  ProgramRun first = run({"pull", "org/repo"}, &hub);
  ASSERT_EQ(first.status, 0) << first.err;
  auto whole =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - before);
  ASSERT_EQ(run({"rm", "org/repo"}).status, 0);

  std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<int64_t> moment(0, whole.count());
  std::uniform_int_distribution<off_t> left(0, 2 * static_cast<off_t>(model.size()));
  ModelStore store(store_folder);
  int failed = 0;
  for (int disk = 0, disks = times_of("HEARTH_FULL_DISKS", 4); disk < disks; ++disk) {
    const std::chrono::microseconds at(moment(random));
    const off_t room = disk % 2 == 0 ? 0 : left(random);
    const std::string when = fmt::format("full after {} us, but for {} bytes", at.count(), room);
    ProgramRun pulled = run({"pull", "org/repo"}, &hub, [&](int) {
      std::this_thread::sleep_for(at);  // not to wait for something: this is when it is full
      int descriptor = ::open(filler.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
      struct statvfs status {};
      ::statvfs(store_folder.c_str(), &status);
      off_t free = static_cast<off_t>(status.f_bavail * status.f_bsize);
      while (free > room && ::posix_fallocate(descriptor, 0, free - room) != 0) free -= 4096;
      ::close(descriptor);
    });
    if (pulled.status != 0) {
      ++failed;
      EXPECT_THAT(pulled.err, AnyOf(HasSubstr("No space left"), HasSubstr("are needed and"))) << when;
    }
    for (const fs::path& blob : blobs())
      ASSERT_EQ("sha256-" + digest_of(*read_file(blob)).hex, blob.filename().string()) << when;
    auto models = store.list();
    ASSERT_TRUE(models.ok()) << when;
    ASSERT_EQ(models->size(), pulled.status == 0 ? 1u : 0u) << when;
    for (const StoredModel& each : *models) ASSERT_TRUE(store.is_whole(each)) << when;

    fs::remove(filler);
    ProgramRun again = run({"pull", "org/repo"}, &hub);
    ASSERT_EQ(again.status, 0) << when << ": " << again.err;
    ASSERT_EQ(run({"rm", "org/repo"}).status, 0) << when;
    ASSERT_THAT(blobs(), IsEmpty()) << when;
    ASSERT_TRUE(fs::is_empty(store_folder / "downloads")) << when;
  }
  RecordProperty("failed", failed);
  ::umount2(store_folder.c_str(), MNT_DETACH);
}

TEST_F(ModelNames, APlanBeforeAnythingIsFetched) {
  std::string large = model_ + std::string(50 << 20, '\0');  // data that nobody should ask for
  TestHub hub({{"m-Q8_0.gguf", large}, {"m-Q4_0.gguf", model_}});
  auto plan =
      nlohmann::json::parse(run({"plan", "org/repo", "--ctx", "512", "--parallel", "2", "--json"}, &hub).out);
  auto here = nlohmann::json::parse(run({"plan", kBuiltin, "--ctx", "512", "--parallel", "2", "--json"}).out);
  EXPECT_EQ(plan["model"], "org/repo:Q8_0");
  EXPECT_EQ(plan["context"], 512);
  EXPECT_EQ(plan["devices"], here["devices"]);
  EXPECT_GT(plan["devices"][0]["weights"], 1000);
  EXPECT_EQ(plan["fits"], true);
  EXPECT_GT(plan["speed"]["tokens_per_second_at_most"], 0.0);
  EXPECT_GT(plan["speed"]["tokens_per_second"], plan["speed"]["tokens_per_second_full_context"]);
  EXPECT_LT(plan["speed"]["tokens_per_second"], plan["speed"]["tokens_per_second_at_most"]);
  ASSERT_EQ(plan["offers"].size(), 2u);
  EXPECT_EQ(plan["offers"][0]["quant"], "Q4_0");
  EXPECT_GT(plan["offers"][0]["tokens_per_second_at_most"], plan["offers"][1]["tokens_per_second_at_most"]);
  EXPECT_FALSE(fs::exists(folder_ / "store/blobs"));
  for (const WebQuestion& question : hub.web().questions()) {
    if (auto range = question.range()) { EXPECT_LT(range->second, 16u << 20); }
  }
}

// With a draft model the plan has both, and what serve says it has taken agrees with it.
TEST_F(ModelNames, APlanHasTheDraftModelToo) {
  std::vector<std::string> sizes = {"--ctx", "512", "--threads", "2"};
  auto planned = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"plan", kBuiltin, "--json", "--parallel", "8"});
    more.insert(more.end(), sizes.begin(), sizes.end());
    return nlohmann::json::parse(run(more).out);
  };
  auto alone = planned({"--speculate", "off"}), both = planned({"--draft-model", kBuiltin});
  const auto& device = alone["devices"][0];
  EXPECT_TRUE(alone["draft"].is_null());
  EXPECT_EQ(both["devices"][0]["weights"], device["weights"]);
  EXPECT_EQ(both["draft"]["weights"], device["weights"]);
  EXPECT_EQ(both["draft"]["keys_values"], device["keys_values"]);
  EXPECT_EQ(both["total"], 2 * alone["total"].get<int64_t>());
  EXPECT_THAT(run({"plan", kBuiltin, "--draft-model", kBuiltin}).out, HasSubstr("draft model: weights"));
  EXPECT_TRUE(run({"plan", kBuiltin, "--speculate", "model"}).failed_with("takes --draft-model"));

  auto taken = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {kBuiltin, "--ctx", "512", "--parallel", "8"});
    Served served(more);
    EXPECT_NE(served.port(), 0) << served.first_lines();
    return served.metric("hearth_model_memory_bytes");
  };
  const double one = taken({"--speculate", "off"}), two = taken({"--draft-model", kBuiltin});
  EXPECT_EQ(two, 2 * one);
  // What threads work in is not planned; it is little.
  EXPECT_GE(two, both["total"].get<double>());
  EXPECT_LT(two, 1.25 * both["total"].get<double>());
}

TEST_F(ModelNames, APlanThatDoesNotFitSaysWhatDoes) {
  auto plan =
      nlohmann::json::parse(run({"plan", kBuiltin, "--ctx", "67108864", "--parallel", "512", "--json"}).out);
  ASSERT_EQ(plan["fits"], false);
  int64_t context = plan["nearest"]["context"];
  EXPECT_GE(context, 256);
  std::vector<std::string> arguments = {"plan",
                                        kBuiltin,
                                        "--json",
                                        "--ctx",
                                        std::to_string(context / 2 + 128),
                                        "--parallel",
                                        plan["nearest"]["parallel"].dump()};
  EXPECT_EQ(nlohmann::json::parse(run(arguments).out)["fits"], true);
}

TEST_F(ModelNames, TheDoctorFindsWhatIsWrong) {
  auto examined = [&] { return nlohmann::json::parse(run({"doctor", "--json"}).out); };
  TestHub hub({{"m-Q8_0.gguf", tiny_gguf(1000)}});
  ASSERT_EQ(run({"pull", "org/repo"}, &hub).status, 0);
  auto well = examined();
  EXPECT_EQ(well["places"]["store"]["folder"], (folder_ / "store").string());
  EXPECT_EQ(well["places"]["store"]["models"], nlohmann::json({"org/repo:Q8_0"}));
  EXPECT_EQ(well["places"]["settings"]["error"], "");
  EXPECT_GT(well["memory"]["free"], 0);

  fs::remove_all(folder_ / "store/blobs");
  std::ofstream(folder_ / "store/downloads/x.part") << "half";
  std::ofstream(folder_ / "hearth.toml") << "[models.story]\nmodle = \"x\"\n";
  auto ill = examined();
  std::string advice = ill["advice"].dump();
  EXPECT_THAT(advice, HasSubstr("org/repo:Q8_0 lacks files: hearth pull org/repo:Q8_0"));
  EXPECT_THAT(advice, HasSubstr("Downloads that did not end take 4 B"));
  EXPECT_THAT(advice, HasSubstr("hearth.toml:2"));
  EXPECT_GE(ill["advice"].size(), well["advice"].size() + 3);
  EXPECT_THAT(run({"doctor"}).out, HasSubstr("lacks files"));
}

TEST_F(ModelNames, CommandsOfFilesTakeNamesToo) {
  TestHub hub({{"m-Q8_0.gguf", model_}});
  ASSERT_EQ(run({"pull", "org/repo"}, &hub).status, 0);
  std::string out = (folder_ / "q.gguf").string();
  ProgramRun quantized = run({"quantize", "org/repo:q8_0", out, "copy"});
  EXPECT_EQ(quantized.status, 0) << quantized.err;
  EXPECT_TRUE(fs::exists(out));
  EXPECT_EQ(run({"debug", "format", "org/repo"}).out, run({"debug", "format", kBuiltin}).out);
  EXPECT_THAT(run({"inspect", "org/repo"}).out, HasSubstr("llama"));
  EXPECT_TRUE(run({"quantize", "org/none", out, "copy"}, &hub).failed_with("org/none"));
}

TEST_F(ModelNames, SettingsHaveNames) {
  std::ofstream(folder_ / "hearth.toml") << "[models.story]\nmodel = \"" << kBuiltin
                                         << "\"\ntokens = 4\n[models.story.sampling]\ntemperature = 0\n";
  ProgramRun named = run({"run", "story", "--raw", "-p", "Once upon a"});
  ProgramRun plain = run({"run", kBuiltin, "--raw", "-p", "Once upon a", "-n", "4", "--temperature", "0"});
  ASSERT_EQ(named.status, 0) << named.err;
  EXPECT_EQ(named.out, plain.out);
  EXPECT_NE(run({"run", "story", "--raw", "-p", "Once upon a", "-n", "2"}).out, plain.out);
  EXPECT_THAT(run({"list"}).out, StartsWith("story"));
  EXPECT_EQ(nlohmann::json::parse(run({"list", "--json"}).out)["named"][0]["model"], kBuiltin);
  std::ofstream(folder_ / "hearth.toml") << "[models.story]\nmodle = \"x\"\n";
  EXPECT_TRUE(run({"run", "story", "-p", "x"}).failed_with("hearth.toml:2: \"modle\" is not known"));
  ProgramRun listed = run({"list"});
  EXPECT_EQ(listed.status, 0);
  EXPECT_THAT(listed.err, HasSubstr("hearth.toml:2: \"modle\" is not known"));
}

TEST_F(ModelNames, AModelfileIsTakenOver) {
  fs::create_directories(folder_ / "pirate");
  fs::copy_file(kBuiltin, folder_ / "pirate/model.gguf");
  std::ofstream(folder_ / "pirate/Modelfile") << "# a comment\nFROM ./model.gguf\nPARAMETER temperature 0\n"
                                              << "PARAMETER num_predict 4\nPARAMETER stop \"###\"\n"
                                              << "SYSTEM \"\"\"You are\na pirate.\"\"\"\n";
  ProgramRun imported = run({"import", (folder_ / "pirate/Modelfile").string()});
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("system = \"You are\\u000Aa pirate.\""));
  EXPECT_EQ(run({"run", "pirate", "--raw", "-p", "Once upon a"}).out,
            run({"run", kBuiltin, "--raw", "-p", "Once upon a", "-n", "4", "--temperature", "0"}).out);
  EXPECT_TRUE(run({"import", (folder_ / "pirate/Modelfile").string()}).failed_with("has \"pirate\" already"));
  for (const char* wrong :
       {"PARAMETER temperature 0\n", "FROM x\nPARAMETER temprature 1\n", "FROM x\nADAPTER y\n",
        "FROM x\nSYSTEM \"\"\"never ends\n", "FORM x\n", "FROM\n"}) {
    std::ofstream(folder_ / "pirate/Modelfile") << wrong;
    ProgramRun failed = run({"import", (folder_ / "pirate/Modelfile").string(), "--name", "other"});
    EXPECT_TRUE(failed.failed_with("Modelfile:")) << wrong << failed.err;
  }
}

// The program on a terminal of its own.
class Terminal {
 public:
  Terminal(std::vector<std::string> arguments, std::vector<std::string> environment) {
    winsize size{24, 100, 0, 0};
    child_ = ::forkpty(&master_, nullptr, nullptr, &size);
    if (child_ == 0) {
      std::vector<char*> argv;
      arguments.insert(arguments.begin(), HEARTH_PROGRAM);
      for (std::string& each : arguments) argv.push_back(each.data());
      argv.push_back(nullptr);
      for (std::string& each : environment) ::putenv(each.data());
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
  }
  ~Terminal() {
    if (child_ > 0) ::kill(child_, SIGKILL);
    wait();
    ::close(master_);
  }
  void type(std::string_view text) {
    if (::write(master_, text.data(), text.size()) < 0) ADD_FAILURE() << "cannot type";
  }
  void resize(unsigned short columns) {
    winsize size{24, columns, 0, 0};
    ::ioctl(master_, TIOCSWINSZ, &size);
  }
  // What appeared up to and with `mark`; a minute without anything is a failure.
  std::string until(std::string_view mark) {
    while (true) {
      if (size_t at = seen_.find(mark); at != seen_.npos) {
        std::string found = seen_.substr(0, at + mark.size());
        seen_.erase(0, at + mark.size());
        return found;
      }
      pollfd event{master_, POLLIN, 0};
      char chunk[4096];
      ssize_t count = ::poll(&event, 1, 60000) > 0 ? ::read(master_, chunk, sizeof chunk) : 0;
      if (count <= 0) {
        ADD_FAILURE() << "waited for " << mark << ", saw " << seen_;
        return {};
      }
      seen_.append(chunk, static_cast<size_t>(count));
    }
  }
  int wait() {
    int status = 0;
    if (child_ > 0 && ::waitpid(std::exchange(child_, -1), &status, 0) < 0) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t child_ = -1;
  int master_ = -1;
  std::string seen_;
};

TEST_F(ModelNames, AChatOnATerminal) {
  auto environment = this->environment(nullptr);
  environment.push_back("TERM=xterm");
  environment.push_back("ASAN_OPTIONS=detect_leaks=0");  // libedit keeps its history
  environment.push_back("NO_COLOR=");
  Terminal terminal({"run", kBuiltin, "-n", "8", "--temperature", "0"}, environment);
  terminal.until("/help shows more");
  terminal.until("> ");
  terminal.type("How do I run a model?\r");
  EXPECT_THAT(terminal.until("]\033[0m"), HasSubstr("\033[2m[read "));
  terminal.until("> ");
  terminal.type("/help\r");
  EXPECT_THAT(terminal.until("several lines."), HasSubstr("/regenerate"));
  terminal.type("/set temperature 0.5\r/set temprature 1\r");
  terminal.until("no sampling parameter");
  terminal.resize(60);
  terminal.type("/show\r");
  EXPECT_THAT(terminal.until("of the context"), HasSubstr("temperature = 0.5"));
  terminal.type("/save " + (folder_ / "chat.json").string() + "\r/regenerate\r");
  terminal.until("[read ");
  terminal.until("> ");
  terminal.type("a line that is given up\003");
  terminal.type("/clear\r/load " + (folder_ / "none.json").string() + "\r");
  terminal.until("cannot open");
  terminal.type("/load " + (folder_ / "chat.json").string() + "\r/show\r");
  EXPECT_THAT(terminal.until("of the context"), HasSubstr("# 2 messages"));
  terminal.type("/nothing\r");
  terminal.until("there is no");
  terminal.until("> ");
  terminal.type("\004");
  EXPECT_EQ(terminal.wait(), 0);
  auto saved = nlohmann::json::parse(*read_file(folder_ / "chat.json"));
  EXPECT_EQ(saved["messages"][0]["content"], "How do I run a model?");
  EXPECT_EQ(fs::status(folder_ / "store/history").permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(ModelNames, AnInterruptStopsTheAnswerAndNotTheChat) {
  auto environment = this->environment(nullptr);
  environment.push_back("TERM=xterm");
  environment.push_back("ASAN_OPTIONS=detect_leaks=0");  // libedit keeps its history
  environment.push_back("NO_COLOR=1");
  Terminal terminal({"run", kBuiltin, "--ignore-eos", "--ctx", "100000", "--temperature", "0"}, environment);
  terminal.until("> ");
  terminal.type("Tell me a story.\r");
  terminal.until("Once upon a time");  // the answer begins; what is typed may be echoed more than once before
  terminal.type("\003");
  EXPECT_THAT(terminal.until("[read "), Not(HasSubstr("\033[2m")));
  terminal.until("> ");
  terminal.type("\004");
  EXPECT_EQ(terminal.wait(), 0);
}

}  // namespace
}  // namespace hearth
