// A model that serves requests, on a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>

#include "engine/core.h"
#include "engine/memory_plan.h"
#include "model/model.h"

namespace hearth {

struct EngineOptions {
  ServingOptions serving;
  size_t most_waiting = 1024;  // requests; more are refused
  double step_seconds = 0.1;   // that a step may take while somebody writes
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
  // Takes effect within one step. A request that is done is no error.
  void cancel(RequestId id);
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
  uint64_t working_bytes() const { return program_->bytes() + (encoder_ ? encoder_->bytes() : 0); }

 private:
  Engine() = default;
  void serve();

  std::shared_ptr<const Model> model_;
  std::unique_ptr<Program> program_, encoder_;
  MemoryPlan memory_;
  size_t most_waiting_ = 0;
  std::unique_ptr<Core> core_;

  mutable std::mutex mutex_;  // of what follows; never held while a step is computed
  std::condition_variable changed_;
  std::vector<std::pair<RequestId, Request>> added_;
  std::vector<RequestId> cancelled_;
  CoreCounts counts_;
  std::vector<float> adapter_scales_;
  RequestId last_id_ = 0;
  bool closed_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace hearth
