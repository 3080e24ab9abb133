// A model that serves requests, on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>

#include "engine/core.h"
#include "engine/memory_plan.h"
#include "engine/speculation.h"
#include "model/model.h"

namespace hearth {

struct EngineOptions {
  ServingOptions serving;
  size_t most_waiting = 1024;  // requests; more are refused
  double step_seconds = 0.1;   // that a step may take which several wait for
  SpeculationOptions speculation;
  // What is computed is kept on disk, too, at most so many bytes; none: in memory alone.
  std::filesystem::path cache_folder;
  uint64_t cache_disk = 0;
};

// What was saved of a conversation, or came back.
struct SavedSession {
  int64_t tokens = 0, kept = 0;  // of the conversation; of those, as many as need not be computed again
  uint64_t bytes = 0;            // of the file
};
struct RestoredSession : SavedSession {
  std::vector<TokenId> conversation;
  std::string text;
};

using Admission = std::variant<RequestId, Refusal>;

// Everything here may be called from any thread, but for the destructor.
class Engine {
 public:
  // `backend` outlives the engine.
  static Result<std::unique_ptr<Engine>> create(std::shared_ptr<const Model> model, Backend& backend,
                                                const EngineOptions& options);
  // Ends all requests (Finish::cancelled).
  ~Engine();

  // A request without a source to a model with an encoder is taken to mean its prompt.
  Admission submit(Request request);
  // Takes effect before the step that is being computed ends, or with it if it is for others, too. A request that is
  // done is no error.
  void cancel(RequestId id);
  // Saves what is still there of a conversation, with a text of the caller's. Requests are served meanwhile.
  Result<SavedSession> save(const std::filesystem::path& path, std::vector<TokenId> conversation,
                            std::string text, uint64_t salt = 0);
  // Makes of a file that was saved with this model what requests with the salt can go on from.
  Result<RestoredSession> restore(const std::filesystem::path& path, uint64_t salt = 0);
  // Lets go of what is kept in memory of a conversation; how many tokens.
  int64_t forget(std::span<const TokenId> conversation, uint64_t salt = 0);
  // Takes no more requests; those that are there go on.
  void close();

  // Of the model's adapters, for requests from now on that do not say themselves.
  std::vector<float> adapter_scales() const;
  void set_adapter_scales(std::vector<float> scales);

  CoreCounts counts() const;
  const Model& model() const { return *model_; }
  const MemoryPlan& memory() const { return memory_; }
  int64_t context() const { return memory_.context; }
  size_t parallel() const { return core_->options().most_running; }
  Speculation speculation() const { return speculation_; }
  const MemoryPlan& draft_memory() const { return drafts_.memory; }  // of a draft model
  uint64_t working_bytes() const;
  // All that it has taken: of the model, of a draft model, and what both compute in.
  uint64_t bytes() const { return memory_.total() + drafts_.memory.total() + working_bytes(); }

 private:
  Engine() = default;
  void serve();
  void take_mail();
  // Does something between two steps, and waits until it is done.
  void inside(std::function<void(Store&)> task);

  std::shared_ptr<const Model> model_;
  std::unique_ptr<Program> program_, encoder_;
  Speculation speculation_ = Speculation::off;
  DraftPrograms drafts_;
  MemoryPlan memory_;
  size_t most_waiting_ = 0;
  std::unique_ptr<Core> core_;

  mutable std::mutex mutex_;  // of what follows; never held while a step is computed
  std::condition_variable changed_;
  std::vector<std::pair<RequestId, Request>> added_;
  std::vector<RequestId> cancelled_;
  std::atomic<bool> somebody_left_{false};  // cancelled_ is not empty
  std::vector<std::function<void(Store&)>> tasks_;
  CoreCounts counts_;
  std::vector<float> adapter_scales_;
  RequestId last_id_ = 0;
  bool closed_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace hearth
