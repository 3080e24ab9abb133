// A model that answers on the terminal or into a pipe: one text, or turn by turn.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/answer_printer.h"
#include "cli/attachment.h"
#include "cli/grammar_options.h"
#include "cli/model_options.h"
#include "cli/sampling.h"
#include "engine/constraint.h"
#include "engine/text.h"
#include "model/chat_template.h"

namespace hearth {

struct RunOptions {
  ModelOptionsGiven model;
  std::string name;  // of the model, as it was asked for
  std::optional<std::string> prompt;
  std::string system;
  int64_t most = -1;
  bool raw = false, no_thinking = false, no_color = false;
  bool chats = false;  // turn by turn, with a person
  std::string chat_template, reasoning = "auto";
  std::vector<std::string> stops;
  std::string session;  // a file; empty: none
  SamplingGiven sampling;
  GrammarGiven grammar;
};

class Runner {
 public:
  static Result<std::unique_ptr<Runner>> create(const RunOptions& options);

  // An encoder-decoder model has no chats: it answers what its encoder reads.
  bool reads_source() const { return model_->encoder() != nullptr; }

  // Goes on from the session's file, if there is one; after prepare_chat() where there is a chat.
  Status open_session();
  // Saves it.
  Status close_session();

  // The text goes on, or is answered where there is an encoder to read it.
  Status complete(const std::string& text);

  Status prepare_chat();
  // Adds a question and its answer to the conversation. One that fails leaves it as it was.
  Status answer(const std::string& text);
  // Answers the last question once more.
  Status regenerate();
  // The next question gets a file's text before it. Says what was attached; an error where the context has no room.
  Result<std::string> attach(const std::string& file);
  // What the model thought before its last answer.
  const std::string& reasoning() const { return reasoning_; }
  // Forgets all but what the model was told before.
  void clear();
  void set_system(const std::string& text);
  Status save(const std::string& file) const;
  std::string conversation() const;  // as JSON
  Status load(const std::string& file);
  // A sampling parameter, "tokens" or "reasoning" (show, fold, hide, auto).
  Status set(const std::string& name, const std::string& value);
  // What holds now, for a person.
  std::string summary() const;

  const std::string& name() const { return options_.name; }
  int64_t context() const { return engine_->context(); }

 private:
  Runner() = default;
  Status choose_sampler();
  Status take_messages(const std::string& json);
  Status answer_messages();
  ReasoningShown reasoning_shown() const;
  Result<Completion> generate(std::vector<TokenId> prompt, const std::optional<Constraint>& constraint,
                              Detokenizer::Control control, const TextSink& sink);
  void tell_end(const Completion& done);

  RunOptions options_;
  Screen screen_;
  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Engine> engine_;
  std::optional<Sampler> sampler_;
  std::optional<GivenGrammar> grammar_;
  std::unique_ptr<Constraints> constraints_;  // of a chat with a grammar
  std::optional<ModelChat> chat_;
  ChatJson messages_ = ChatJson::array();
  std::vector<Attachment> attachments_;  // of the next question
  int64_t attached_tokens_ = 0;
  std::string reasoning_;
  ChatFormat format_;
  std::vector<TokenId> tokens_;  // of the last prompt and its answer
  int64_t used_ = 0;             // tokens of the context, after the last answer
};

// While one exists, an interrupt ends the answer that is written; the next one ends the program as ever.
class AnswerInterrupt {
 public:
  AnswerInterrupt();
  ~AnswerInterrupt();
  AnswerInterrupt(const AnswerInterrupt&) = delete;
  AnswerInterrupt& operator=(const AnswerInterrupt&) = delete;

 private:
  struct Before;
  std::unique_ptr<Before> before_;
};

}  // namespace hearth
