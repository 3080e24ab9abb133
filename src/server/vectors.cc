#include "server/vectors.h"

#include <chrono>
#include <cmath>
#include <mutex>

#include "server/chat_prompt.h"
#include "server/openai.h"

namespace hearth {

namespace {

class VectorsJob final : public std::enable_shared_from_this<VectorsJob> {
 public:
  VectorsJob(ModelLease model, size_t count, VectorsSink sink)
      : model_(std::move(model)), sink_(std::move(sink)), open_(count) {
    made_.of_prompts.resize(count);
  }

  void submit(std::vector<Prompt> prompts, const HttpRequest& asked,
              const std::shared_ptr<Exchange>& exchange) {
    notes_ = asked.notes;
    if (notes_) notes_->asked({model_->id(), {}, 1, 0});
    std::vector<RequestId> ids;
    for (size_t i = 0; i < prompts.size(); ++i) {
      Request request;
      request.prompt = std::move(prompts[i].tokens);
      request.most = 0;
      request.client = asked.client;
      request.salt = salt_of(asked.client);
      request.listener = std::make_shared<One>(shared_from_this(), i);
      auto admitted = model_->engine->submit(std::move(request));
      if (auto* refused = std::get_if<Refusal>(&admitted)) {
        fail_with(problem_of(*refused));
        for (RequestId id : ids) model_->engine->cancel(id);
        return;
      }
      ids.push_back(std::get<RequestId>(admitted));
    }
    exchange->on_gone([weak = weak_from_this(), ids = std::move(ids)] {
      auto self = weak.lock();
      for (RequestId id : ids) {
        if (self) self->model_->engine->cancel(id);
      }
    });
  }

 private:
  class One final : public Listener {
   public:
    One(std::shared_ptr<VectorsJob> job, size_t index) : job_(std::move(job)), index_(index) {}
    Result<TokenId> choose(std::span<const float>) override { return fail("a vector has no tokens"); }
    bool on_token(TokenId) override { return false; }
    void on_outputs(std::span<const float> outputs) override {
      job_->made_.of_prompts[index_].assign(outputs.begin(), outputs.end());
    }
    void on_finish(Finish finish, const Usage& usage, const Error* error) override {
      job_->model_->meters.add(finish, usage);
      if (job_->notes_) job_->notes_->ended(finish, usage, 0);
      job_->finish(finish, usage, error);
    }

   private:
    std::shared_ptr<VectorsJob> job_;
    const size_t index_;
  };

  void finish(Finish finish, const Usage& usage, const Error* error) {
    if (error) return fail_with({500, error->message});
    if (finish == Finish::cancelled)
      return fail_with({503, "the server is being stopped", {}, "shutting_down", 5});
    std::unique_lock lock(mutex_);
    made_.tokens += usage.prompt_tokens;
    if (--open_ > 0 || over_) return;
    over_ = true;
    lock.unlock();
    made_.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    sink_.done(std::move(made_));
  }

  void fail_with(const Problem& problem) {
    {
      std::lock_guard lock(mutex_);
      if (std::exchange(over_, true)) return;
    }
    sink_.failed(problem);
  }

  const ModelLease model_;
  std::shared_ptr<RequestNotes> notes_;
  const VectorsSink sink_;
  const Clock::time_point begun_ = Clock::now();
  Vectors made_;
  std::mutex mutex_;  // of what follows
  size_t open_;
  bool over_ = false;
};

}  // namespace

void make_vectors(const ModelLease& model, std::vector<Prompt> prompts, const HttpRequest& request,
                  VectorsSink sink, const std::shared_ptr<Exchange>& exchange) {
  std::make_shared<VectorsJob>(model, prompts.size(), std::move(sink))
      ->submit(std::move(prompts), request, exchange);
}

void normalize(std::vector<float>& vector) {
  double sum = 0;
  for (float each : vector) sum += static_cast<double>(each) * each;
  if (sum == 0) return;
  for (float& each : vector) each = static_cast<float>(each / std::sqrt(sum));
}

std::optional<Problem> not_embedding(const ServedModel& model) {
  if (!model.generates && !model.ranks) return std::nullopt;
  return Problem{400,
                 fmt::format("model: {} {}; it makes no embeddings", model.id(),
                             model.generates ? "generates text" : "ranks texts"),
                 "model"};
}

std::optional<Problem> prompts_of_texts(const ServedModel& model, const std::vector<std::string>& texts,
                                        std::vector<Prompt>& prompts) {
  for (const std::string& text : texts) {
    if (auto problem = prompt_of(model, text, prompts.emplace_back())) return problem;
  }
  return std::nullopt;
}

}  // namespace hearth
