// hearth embed: texts to vectors.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <future>

#include "base/file.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/output.h"
#include "engine/engine.h"

namespace hearth {

namespace {

constexpr size_t kTextsAtOnce = 8;  // that share a step

struct EmbedOptions {
  ModelOptionsGiven model;
  std::optional<std::string> text;
  bool nul = false;
  std::string pooling;
  bool no_normalize = false;
};

constexpr std::pair<const char*, Pooling> kPoolings[] = {
    {"mean", Pooling::mean}, {"cls", Pooling::cls}, {"last", Pooling::last}, {"rank", Pooling::rank}};

// One text's vector, when it is there.
class EmbeddingListener final : public Listener {
 public:
  Result<TokenId> choose(std::span<const float>) override { return fail("an embedding has no tokens"); }
  bool on_token(TokenId) override { return false; }
  void on_outputs(std::span<const float> outputs) override { vector_.assign(outputs.begin(), outputs.end()); }
  void on_finish(Finish, const Usage&, const Error* error) override {
    if (error)
      done_.set_value(*error);
    else
      done_.set_value(std::move(vector_));
  }
  Result<std::vector<float>> wait() { return done_.get_future().get(); }

 private:
  std::vector<float> vector_;
  std::promise<Result<std::vector<float>>> done_;
};

Result<std::vector<std::string>> read_texts(const EmbedOptions& given) {
  std::string input;
  if (given.text) {
    input = *given.text;
  } else {
    TRY(input, read_stream(STDIN_FILENO, "standard input", kMaxTextBytes));
  }
  std::vector<std::string> texts;
  if (!given.nul) return std::vector{std::move(input)};
  // A NUL ends a text: after the last one there is none.
  for (std::string_view rest = input; !rest.empty();) {
    texts.emplace_back(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(std::min(rest.size(), texts.back().size() + 1));
  }
  return texts;
}

// What a model learned nothing of would make a vector that looks like any other.
Status check_length(const Model& model, size_t index, size_t tokens) {
  if (tokens == 0) return fail("text {} is empty: there is nothing to embed", index + 1);
  auto most = model.trained_context();
  if (!most || static_cast<int64_t>(tokens) <= *most) return {};
  return fail("text {} has {} tokens and {} reads at most {}: cut it into parts", index + 1, tokens,
              model.name(), *most);
}

void normalize(std::vector<float>& vector) {
  double squares = 0;
  for (float x : vector) squares += double{x} * x;
  if (squares == 0) return;
  for (float& x : vector) x = static_cast<float>(x / std::sqrt(squares));
}

Status embed_texts(const EmbedOptions& given) {
  ModelOptions wanted;
  wanted.embeds = true;
  for (auto [name, pooling] : kPoolings) {
    if (given.pooling == name) wanted.pooling = pooling;
  }
  TRY(auto model, open_model(given.model, wanted));
  TRY(auto tokenizer, model->tokenizer());
  if (!tokenizer) return fail("{}: has no tokenizer, so it cannot read text", model->name());
  TRY(auto texts, read_texts(given));
  std::vector<std::vector<TokenId>> prompts;
  size_t longest = 1;
  for (const std::string& text : texts) {
    TRY(auto prompt, tokenizer->encode(text, {.add_special = true, .parse_special = false}));
    TRY_STATUS(check_length(*model, prompts.size(), prompt.size()));
    longest = std::max(longest, prompt.size());
    prompts.push_back(std::move(prompt));
  }
  TRY(auto backend, open_backend(given.model));
  EngineOptions options;
  options.serving.parallel = static_cast<int32_t>(std::clamp<size_t>(prompts.size(), 1, kTextsAtOnce));
  options.serving.batch_rows = static_cast<int32_t>(std::max<size_t>(longest, options.serving.batch_rows));
  options.most_waiting = prompts.size() + 1;
  ModelOptionsGiven computing = given.model;
  computing.context = static_cast<int64_t>(longest);
  TRY(auto engine, open_engine(computing, model, *backend, options));
  std::vector<std::shared_ptr<EmbeddingListener>> listeners;
  for (auto& prompt : prompts) {
    Request request;
    request.prompt = std::move(prompt);
    request.most = 0;
    request.listener = listeners.emplace_back(std::make_shared<EmbeddingListener>());
    auto admitted = engine->submit(std::move(request));
    if (auto* refused = std::get_if<Refusal>(&admitted)) return std::move(refused->error);
  }
  const bool scores = model->plan().outputs.front().name == "scores";
  for (const auto& listener : listeners) {
    TRY(std::vector<float> vector, listener->wait());
    if (!given.no_normalize && !scores) normalize(vector);
    TRY_STATUS(print(fmt::format("[{}]\n", fmt::join(vector, ","))));
  }
  return {};
}

}  // namespace

void embed_command(CLI::App& app) {
  add_command(
      app, "embed", "Turn texts into vectors: one JSON array on a line for each",
      "hearth embed model.gguf --text \"Why is the sky blue?\"\n\n"
      "Vectors have length 1, so that their products are cosines. A model that was made to generate text\n"
      "gives the state behind its logits. A re-ranker gives its verdict on a text, not normalised.",
      [](CLI::App& command) {
        auto options = std::make_shared<EmbedOptions>();
        add_model_options(command, options->model, ModelChoice::required, false);
        command.add_option("--text", options->text, "the text, instead of standard input");
        command.add_flag("--nul", options->nul, "each text ends with a NUL");
        command
            .add_option("--pooling", options->pooling,
                        "how a text's tokens become one vector: mean, cls (the first), last, or rank (a "
                        "verdict); as the model says, else mean")
            ->check(CLI::IsMember({"mean", "cls", "last", "rank"}));
        command.add_flag("--no-normalize", options->no_normalize, "leave the vectors as long as they are");
        return [options] { return embed_texts(*options); };
      });
}

}  // namespace hearth
