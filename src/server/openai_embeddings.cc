// OpenAI: /v1/embeddings.
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>

#include "server/chat_prompt.h"
#include "server/dialects.h"
#include "server/openai.h"

namespace hearth {

namespace {

constexpr size_t kMostInputs = 2048;

// Little-endian floats, as OpenAI's clients decode them.
std::string base64(std::span<const float> values) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes()), out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j)
      word = word << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) out += j <= count ? kDigits[word >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

// The vectors of one request, as they come.
class Embeddings final : public std::enable_shared_from_this<Embeddings> {
 public:
  Embeddings(const ServedModel& model, std::shared_ptr<Exchange> exchange, bool as_base64, size_t count)
      : model_(model), exchange_(std::move(exchange)), as_base64_(as_base64), vectors_(count), open_(count) {}

  void submit(std::vector<Prompt> prompts, const std::string& client);

 private:
  class One final : public Listener {
   public:
    One(std::shared_ptr<Embeddings> all, size_t index) : all_(std::move(all)), index_(index) {}
    Result<TokenId> choose(std::span<const float>) override { return fail("an embedding has no tokens"); }
    bool on_token(TokenId) override { return false; }
    void on_outputs(std::span<const float> outputs) override {
      all_->vectors_[index_].assign(outputs.begin(), outputs.end());
    }
    void on_finish(Finish finish, const Usage& usage, const Error* error) override {
      all_->model_.meters.add(finish, usage);
      all_->finish(finish, usage, error);
    }

   private:
    std::shared_ptr<Embeddings> all_;
    const size_t index_;
  };

  // On the engine's thread alone.
  void finish(Finish finish, const Usage& usage, const Error* error) {
    tokens_ += usage.prompt_tokens;
    if (error) return exchange_->respond(openai_error({500, error->message}));
    if (finish == Finish::cancelled)
      return exchange_->respond(openai_error({503, "the server is being stopped", {}, "shutting_down", 5}));
    if (--open_ > 0) return;
    ChatJson body = {{"object", "list"}, {"data", ChatJson::array()}, {"model", model_.id()}};
    for (size_t i = 0; i < vectors_.size(); ++i) {
      std::vector<float>& vector = vectors_[i];
      double sum = 0;
      for (float each : vector) sum += static_cast<double>(each) * each;
      for (float& each : vector) each = sum > 0 ? static_cast<float>(each / std::sqrt(sum)) : each;
      body["data"].push_back({{"object", "embedding"},
                              {"index", i},
                              {"embedding", as_base64_ ? ChatJson(base64(vector)) : ChatJson(vector)}});
    }
    body["usage"] = {{"prompt_tokens", tokens_}, {"total_tokens", tokens_}};
    exchange_->respond(json_response(body));
  }

  const ServedModel& model_;
  std::shared_ptr<Exchange> exchange_;
  const bool as_base64_;
  std::vector<std::vector<float>> vectors_;
  size_t open_;
  int64_t tokens_ = 0;
};

void Embeddings::submit(std::vector<Prompt> prompts, const std::string& client) {
  std::vector<RequestId> ids;
  for (size_t i = 0; i < prompts.size(); ++i) {
    Request request;
    request.prompt = std::move(prompts[i].tokens);
    request.most = 0;
    request.client = client;
    request.listener = std::make_shared<One>(shared_from_this(), i);
    auto admitted = model_.engine->submit(std::move(request));
    if (auto* refused = std::get_if<Refusal>(&admitted)) {
      for (RequestId id : ids) model_.engine->cancel(id);
      return exchange_->respond(openai_error(problem_of(*refused)));
    }
    ids.push_back(std::get<RequestId>(admitted));
  }
  exchange_->on_gone([&model = model_, ids = std::move(ids)] {
    for (RequestId id : ids) model.engine->cancel(id);
  });
}

std::optional<Problem> embed(const ServedModels& models, const Fields& fields, const HttpRequest& request,
                             const std::shared_ptr<Exchange>& exchange) {
  const ServedModel* model = model_of(fields, models);
  if (!model) return fields.problem();
  if (model->generates)
    return Problem{400, fmt::format("{} generates text; it makes no embeddings", model->id()), "model"};
  std::string encoding = fields.text("encoding_format").value_or("float");
  if (encoding != "float" && encoding != "base64")
    fields.refuse("encoding_format", fmt::format("is {}, expected \"float\" or \"base64\"", shown(encoding)));
  if (auto dimensions = fields.integer("dimensions", 1, INT64_MAX);
      dimensions && *dimensions != model->model().outputs_width()) {
    fields.refuse("dimensions", fmt::format("is {}; this model's vectors have {}", *dimensions,
                                            model->model().outputs_width()));
  }
  std::vector<std::string> texts = fields.texts("input", kMostInputs);
  if (texts.empty()) fields.refuse("input", "is missing or empty; it is a string, or an array of strings");
  if (fields.failed()) return fields.problem();
  std::vector<Prompt> prompts(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    if (auto problem = prompt_of(*model, texts[i], prompts[i])) return problem;
  }
  std::make_shared<Embeddings>(*model, exchange, encoding == "base64", prompts.size())
      ->submit(std::move(prompts), request.client);
  return std::nullopt;
}

}  // namespace

void add_openai_embeddings_routes(const Site& site) {
  site.router.add(
      {"POST", "/v1/embeddings", "Turns texts into vectors",
       site.elsewhere(json_handler([&models = site.models](const Fields& fields, const HttpRequest& request,
                                                           const std::shared_ptr<Exchange>& exchange) {
         return embed(models, fields, request, exchange);
       }))});
}

}  // namespace hearth
