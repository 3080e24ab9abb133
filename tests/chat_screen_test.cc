// The chat as a person sees it: in a real terminal, which tmux is, with what stands on its screen in the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <regex>

#include "base/own_folder_testing.h"
#include "files.h"
#include "program.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr auto kPatience = std::chrono::seconds(100);  // then a test fails

std::string shell_word(std::string_view text) {
  std::string word = "'";
  for (char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

class ChatScreen : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("tmux -V > /dev/null 2>&1") != 0)
      GTEST_SKIP() << "tmux is not installed: tools/install_packages.sh build installs it";
  }
  void TearDown() override { tmux({"kill-server"}); }

  // What it prints, and whether it succeeded.
  std::pair<std::string, bool> tmux(const std::vector<std::string>& arguments) const {
    std::string command = "tmux -S " + shell_word((folder_ / "socket").string()) + " -f " +
                          shell_word((folder_ / "tmux.conf").string());
    for (const std::string& each : arguments) command += " " + shell_word(each);
    std::string out;
    FILE* pipe = ::popen((command + " 2> /dev/null").c_str(), "r");
    if (!pipe) return {};
    char chunk[4096];
    for (size_t count; (count = std::fread(chunk, 1, sizeof chunk, pipe)) > 0;) out.append(chunk, count);
    return {out, ::pclose(pipe) == 0};
  }

  void start(const std::vector<std::string>& options, const std::vector<std::string>& environment = {}) {
    std::ofstream(folder_ / "tmux.conf") << "set -g remain-on-exit on\nset -g status off\n"
                                            "set -g default-terminal screen-256color\n";
    std::vector<std::string> words = {"new-session", "-d", "-x", "80", "-y", "30"};
    auto set = [&](const std::string& variable) { words.insert(words.end(), {"-e", variable}); };
    for (const std::string& variable : environment) set(variable);
    set("HOME=" + folder_.string());
    set("HEARTH_HOME=" + (folder_ / "store").string());
    set("HEARTH_CONFIG=" + (folder_ / "hearth.toml").string());
    set("ASAN_OPTIONS=detect_leaks=0");  // libedit keeps its history
    // The shell says how it ended; of two processes that end at once tmux may never hear. Its own Ctrl-C is not meant.
    std::string run = "trap : INT; " + shell_word(HEARTH_PROGRAM);
    for (const std::string& word : {std::string("run"), kBuiltin, std::string("--temperature=0")})
      run += " " + shell_word(word);
    for (const std::string& option : options) run += " " + shell_word(option);
    words.insert(words.end(), {"sh", "-c", run + "; echo \"ended with $?\""});
    ASSERT_TRUE(tmux(words).second);
  }
  void type(const std::string& text) { EXPECT_TRUE(tmux({"send-keys", "-l", text}).second); }
  void press(const std::string& key) { EXPECT_TRUE(tmux({"send-keys", key}).second); }
  void resize(int columns) {
    EXPECT_TRUE(tmux({"resize-window", "-x", std::to_string(columns), "-y", "30"}).second);
  }

  // Lines that did not fit are one line again; `codes`: with the escape sequences of colours; `past`: and what has left
  // the screen.
  std::string screen(bool codes = false, bool past = false) const {
    std::vector<std::string> words = {"capture-pane", "-p", "-J"};
    if (codes) words.push_back("-e");
    if (past) words.insert(words.end(), {"-S", "-"});
    std::string text = tmux(words).first, trimmed;
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      std::string line = text.substr(at, end - at);
      line.erase(line.find_last_not_of(' ') + 1);
      trimmed += line + "\n";
      at = end + 1;
    }
    trimmed.erase(trimmed.find_last_not_of('\n') + 1);
    return trimmed;
  }
  // The screen once its end, or with `anywhere` some of it and what was there before, matches.
  std::string until(const std::string& pattern, bool anywhere = false) {
    std::regex expected(anywhere ? pattern : pattern + "$");
    auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::string seen;
    do {
      seen = screen(false, anywhere);
      if (std::regex_search(seen, expected)) return seen;
    } while (std::chrono::steady_clock::now() < deadline);
    ADD_FAILURE() << "waited for " << pattern << ", saw\n" << seen;
    return seen;
  }

  static constexpr const char* kStatus = R"(\[read \d+ tokens, \d+/s.*; context \d+ of \d+\])";

  const OwnFolder own_;
  const fs::path& folder_ = own_.path();
};

TEST_F(ChatScreen, AQuestionAndItsAnswer) {
  const std::vector<std::string> options = {"-n", "12"};
  std::vector<std::string> words = {"run", kBuiltin, "--temperature", "0", "-p", "How do I run a model?"};
  words.insert(words.end(), options.begin(), options.end());
  ProgramInput input;
  input.environment = {"HOME=" + folder_.string(), "HEARTH_HOME=" + (folder_ / "store").string(),
                       "HEARTH_CONFIG=" + (folder_ / "hearth.toml").string()};
  std::string answer = run_program(words, input).out;
  while (answer.ends_with('\n')) answer.pop_back();
  ASSERT_FALSE(answer.empty());

  start(options);
  until("shows more\\.\n>");
  type("How do I run a model?");
  press("Enter");
  std::string seen = until(std::string(kStatus) + "\n>");
  EXPECT_THAT(seen, HasSubstr("> How do I run a model?\n" + answer + "\n[read "));
  EXPECT_THAT(screen(true), testing::ContainsRegex("\033\\[2m(\033\\[39m)?\\[read "));  // dim

  press("Up");  // the history
  until("> How do I run a model\\?");
  press("C-u");
  type("/set temprature 1");
  press("Enter");
  until("error: .*no sampling parameter.*\n>");
  press("C-d");
  until("ended with 0", true);
}

TEST_F(ChatScreen, AnInterruptEndsTheAnswer) {
  start({"--ignore-eos", "--ctx", "100000"}, {"NO_COLOR=1"});
  until("shows more\\.\n>");
  type("Tell me a story.");
  press("Enter");
  until("> Tell me a story\\.\n\\S", true);
  press("C-c");
  until(std::string(kStatus) + "\n>");
  EXPECT_THAT(screen(true), Not(HasSubstr("\033[")));
  press("C-c");  // there is nothing to stop: the line is given up, and the chat goes on
  type("/show");
  press("Enter");
  until("# 2 messages, \\d+ of 100000 tokens of the context\n>");
}

TEST_F(ChatScreen, ALineThatIsEditedOutlivesAResize) {
  start({"-n", "1"});
  until("shows more\\.\n>");
  std::string text =
      "/system You are a pirate who has seen all seas, speaks of gold, and ends each sentence with";
  type(text);
  until("sentence with");
  resize(50);
  type(" arr.");
  until("sentence with arr\\.");
  press("C-a");
  press("C-e");
  type("!");
  press("Enter");
  type("/show");
  press("Enter");
  std::string seen = until("of the context\n>");
  EXPECT_THAT(seen, HasSubstr("ends each sentence with arr.!\""));
  resize(120);
  type("Hello?");
  press("Enter");
  until("> Hello\\?\n.*\n" + std::string(kStatus) + "\n>");
}

TEST_F(ChatScreen, WhatIsPastedIsOneMessage) {
  start({"-n", "1"});
  until("shows more\\.\n>");
  type("/system You know: ");
  tmux({"set-buffer", "the sea\nthe \u6d77\nand gold\n"});
  tmux({"paste-buffer", "-p"});
  until("the sea\nthe \u6d77\nand gold");
  type(".");
  press("Enter");
  type("/show");
  press("Enter");
  EXPECT_THAT(until("of the context\n>"),
              HasSubstr("system = \"You know: the sea\\u000Athe \u6d77\\u000Aand gold.\""));
  press("Up");
  press("Up");
  until("and gold\\.");
}

// Not a text that a program wrote: what is wrong is said, and the chat goes on as it was.
TEST_F(ChatScreen, ConversationsThatAreNone) {
  auto put = [&](const char* name, const char* text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  };
  start({"-n", "1"});
  until("shows more\\.\n>");
  for (const auto& [file, error] :
       {std::pair(put("a", "garbage"), "a: .*"), std::pair(put("b", "[1, 2]"), "b: is no conversation.*"),
        std::pair(put("c", R"({"messages": [{"role": "system", "content": [1]}]})"),
                  "c: has a message whose content is not a text"),
        std::pair(folder_.string(), ": is a directory.*")}) {
    type("/load " + file);
    press("Enter");
    until(std::string("error: [^\n]*") + error + "\n>");
  }
  type("/save " + (folder_ / "none" / "x").string());
  press("Enter");
  until("error: .*none/x.*\n>");
  type("/usr is what?");
  press("Enter");
  until("error: there is no \"/usr\".*\n>");
  press("C-d");
  until("ended with 0", true);
}

TEST_F(ChatScreen, FilesAreAttached) {
  std::ofstream(folder_ / "notes.py") << "print('hello')\n";
  std::ofstream(folder_ / "long.txt") << [] {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "many words ";
    return text;
  }();
  start({"-n", "4", "--ctx", "2048"}, {"HOME=" + folder_.string()});
  until("shows more\\.\n>");
  type("/attach " + (folder_ / "notes.py").string());
  press("Enter");
  until("notes\\.py: 15 B, \\d+ tokens; it goes with the next message\n>");
  type("/attach " + (folder_ / "long.txt").string());
  press("Enter");
  until("error: long\\.txt: takes \\d{4,} tokens; of the context's 2048 only \\d+ are free.*\n>");
  type("/attach " + kBuiltin);
  press("Enter");
  until("error: .*is not text.*\n>");
  type("What does it print?");
  press("Enter");
  until(std::string(kStatus) + "\n>");
  type("/save " + (folder_ / "chat.json").string());
  press("Enter");
  type("/show");
  press("Enter");
  EXPECT_THAT(until("of the context\n>"), Not(HasSubstr("# attached")));
  std::ifstream saved(folder_ / "chat.json");
  std::string json{std::istreambuf_iterator<char>(saved), {}};
  EXPECT_THAT(json, HasSubstr(R"("notes.py:\n```py\nprint('hello')\n```\n\nWhat does it print?")"));
}

// What the model writes stands behind the template's <think>, and it never ends that.
TEST_F(ChatScreen, ReasoningIsFolded) {
  std::ofstream(folder_ / "thinks.jinja")
      << "{% for m in messages %}<|im_start|>{{ m.role }}\n"
         "{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}"
         "{{ m.content }}<|im_end|>\n{% endfor %}"
         "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}";
  start({"-n", "30", "--chat-template", (folder_ / "thinks.jinja").string()});
  until("shows more\\.\n>");
  type("Tell me a story.");
  press("Enter");
  std::string seen =
      until("story\\.\n\\[thought for [0-9.]+ s, \\d+ words; /show reasoning shows them\\]\n+" +
            std::string(kStatus) + "\n>");
  EXPECT_THAT(seen, Not(HasSubstr("thinking:")));
  type("/show reasoning");
  press("Enter");
  until("/show reasoning\n[^\\n]*\\w[^]*\n>");
  type("/set reasoning show");
  press("Enter");
  type("/regenerate");
  press("Enter");
  until("/regenerate\n[^\\[]*\\w[^\\[]*\n\\[read .*\n>");
}

}  // namespace
}  // namespace hearth
