// The library as a program sees it that knows hearth.h alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include <hearth.h>

namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Answer {
  int status = 0;
  std::string text;
  size_t pieces = 0, stop_after = SIZE_MAX;
};

int take(void* user, const char* data, size_t size) {
  auto* answer = static_cast<Answer*>(user);
  answer->text.append(data, size);
  EXPECT_EQ(data[size], 0);
  return ++answer->pieces >= answer->stop_after;
}

class Library : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* arguments[] = {"--parallel", "4", nullptr};
    char* error = nullptr;
    h_ = hearth_open(arguments, &error);
    ASSERT_TRUE(h_) << error;
  }
  static void TearDownTestSuite() { hearth_close(h_); }

  static Answer ask(const char* method, const char* path, const char* body, size_t stop_after = SIZE_MAX) {
    Answer answer;
    answer.stop_after = stop_after;
    answer.status = hearth_call(h_, method, path, body, take, &answer);
    return answer;
  }
  static constexpr const char* kQuestion =
      R"({"messages": [{"role": "user", "content": "How do I serve a model?"}], "temperature": 0})";

  static inline hearth_t* h_ = nullptr;
};

TEST_F(Library, AnswersWhole) {
  Answer answer = ask("POST", "/v1/chat/completions", kQuestion);
  ASSERT_EQ(answer.status, 200) << answer.text;
  auto json = nlohmann::json::parse(answer.text);
  EXPECT_THAT(json["choices"][0]["message"]["content"].get<std::string>(), HasSubstr("hearth serve"));
}

TEST_F(Library, AnswersInPieces) {
  std::string question = kQuestion;
  question.insert(1, R"("stream": true, )");
  Answer answer = ask("POST", "/v1/chat/completions", question.c_str());
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_THAT(answer.text, StartsWith("data: {"));
  EXPECT_THAT(answer.text, HasSubstr("data: [DONE]"));
  EXPECT_GT(answer.pieces, 3u);
}

TEST_F(Library, AnAnswerCanBeStopped) {
  Answer answer =
      ask("POST", "/v1/completions",
          R"({"prompt": "Once upon a time", "max_tokens": 900, "stream": true, "ignore_eos": true})", 3);
  EXPECT_EQ(answer.status, HEARTH_STOPPED);
  EXPECT_EQ(answer.pieces, 3u);
  EXPECT_EQ(ask("POST", "/v1/chat/completions", kQuestion).status, 200);
}

TEST_F(Library, QuestionsAreAnsweredSideBySide) {
  std::string expected =
      nlohmann::json::parse(ask("POST", "/v1/chat/completions", kQuestion).text)["choices"].dump();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Answer answer = ask("POST", "/v1/chat/completions", kQuestion);
      EXPECT_EQ(nlohmann::json::parse(answer.text)["choices"].dump(), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Library, WhatIsWrongIsSaid) {
  EXPECT_EQ(ask("POST", "/v1/chat/completions", "{").status, 400);
  EXPECT_EQ(ask("GET", "/v1/nothing", nullptr).status, 404);
  EXPECT_EQ(ask("GET", "/health?verbose", nullptr).status, 200);
  EXPECT_EQ(hearth_call(h_, "GET", "/health", nullptr, nullptr, nullptr), 200);
}

TEST(LibraryOpen, SaysWhyItCannot) {
  auto error_of = [](std::vector<const char*> arguments) {
    arguments.push_back(nullptr);
    char* error = nullptr;
    EXPECT_EQ(hearth_open(arguments.data(), &error), nullptr);
    std::string message = error ? error : "";
    hearth_free(error);
    return message;
  };
  EXPECT_THAT(error_of({"/nowhere/model.gguf"}), HasSubstr("/nowhere/model.gguf"));
  EXPECT_THAT(error_of({"--ctx", "-3"}), HasSubstr("--ctx"));
  EXPECT_THAT(error_of({"--no-such-option"}), HasSubstr("--no-such-option"));
  const char* arguments[] = {"/nowhere/model.gguf", nullptr};
  EXPECT_EQ(hearth_open(arguments, nullptr), nullptr);
  hearth_close(nullptr);
  hearth_free(nullptr);
}

TEST(LibraryExample, SpeaksC) {
  FILE* pipe = ::popen("'" HEARTH_EXAMPLE "' 'How do I serve a model?'", "r");
  ASSERT_TRUE(pipe);
  std::string text;
  for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0);
  EXPECT_THAT(text, StartsWith("data: {"));
  EXPECT_THAT(text, HasSubstr("[DONE]"));
}

}  // namespace
