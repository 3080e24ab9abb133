#include "engine/engine.h"

#include <algorithm>
#include <limits>

#include "base/energy.h"
#include "engine/fingerprint.h"

namespace hearth {

namespace {

// The rows of the tables that tokens are looked up in.
int64_t token_count(const Model& model) {
  int64_t count = std::numeric_limits<int32_t>::max();
  std::vector<WeightData> weights = model.weights();
  for (const Step& step : model.plan().steps) {
    if (step.op != Op::rows || step.arguments[1].view.buffer != kTokensInput) continue;
    count = std::min(count, weights[static_cast<size_t>(step.arguments[0].weight)].shape.front());
  }
  return count;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::create(std::shared_ptr<const Model> model, Backend& backend,
                                               const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine());
  ServingOptions serving = options.serving;
  serving.speculation = engine->speculation_ = options.speculation.kind;
  TRY(engine->memory_, plan_memory(*model, serving));
  const Plan& plan = served_plan(*model, serving.speculation);
  TRY(auto weights, backend.load(model->weights()));
  TRY(engine->program_, backend.compile(plan, weights, serving.batch_rows));
  CoreOptions core;
  if (model->encoder()) {
    TRY(engine->encoder_,
        backend.compile(*model->encoder(), weights, static_cast<int32_t>(engine->memory_.context)));
    core.encoder = engine->encoder_.get();
  }
  core.context = engine->memory_.context;
  core.vocabulary = token_count(*model);
  core.most_running = static_cast<size_t>(options.serving.parallel);
  core.step_seconds = options.step_seconds;
  core.adapters = model->adapters().size();
  for (const GivenAdapter& adapter : model->adapters()) engine->adapter_scales_.push_back(adapter.scale);
  if (std::shared_ptr<EnergyCounter> energy = EnergyCounter::open())
    core.joules = [energy] { return energy->joules(); };
  core.meanwhile = [raw = engine.get()] {
    if (raw->somebody_left_) raw->take_mail();
  };
  core.model = fingerprint(*model, plan);
  TRY(engine->core_, Core::create(*engine->program_, plan, engine->memory_.options, core));
  TRY(auto drafter, make_drafter(options.speculation, *model, backend, std::move(weights), serving,
                                 engine->memory_, engine->core_->store().memory(), engine->drafts_));
  engine->core_->set_drafter(std::move(drafter));
  if (options.cache_disk > 0) {
    Store& store = engine->core_->store();
    if (!store.shape()) {
      return fail(
          "what this model computes cannot be kept on disk: it reads texts whole, or from an encoder");
    }
    TRY(auto files, PageFiles::open(options.cache_folder, options.cache_disk, *store.shape()));
    store.use_files(std::move(files));
  }
  engine->model_ = std::move(model);
  engine->most_waiting_ = options.most_waiting;
  engine->thread_ = std::thread([raw = engine.get()] { raw->serve(); });
  return engine;
}

uint64_t Engine::working_bytes() const {
  uint64_t bytes = program_->bytes() + (encoder_ ? encoder_->bytes() : 0);
  for (const auto& program : drafts_.programs) bytes += program->bytes();
  return bytes;
}

Engine::~Engine() {
  {
    std::lock_guard lock(mutex_);
    stop_ = closed_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Admission Engine::submit(Request request) {
  if (encoder_ && request.source.empty())
    request.source = std::exchange(request.prompt, {model_->start_token()});
  if (request.adapter_scales.empty()) request.adapter_scales = adapter_scales();
  if (auto refused = core_->refusal(request)) return *std::move(refused);
  std::lock_guard lock(mutex_);
  if (closed_)
    return Refusal{Refusal::stopped, fail("the engine takes no more requests: it is being stopped")};
  if (size_t waiting = counts_.waiting + added_.size(); waiting >= most_waiting_) {
    return Refusal{Refusal::busy, fail("{} requests are waiting already", waiting),
                   counts_.seconds_until_room};
  }
  RequestId id = ++last_id_;
  added_.emplace_back(id, std::move(request));
  changed_.notify_all();
  return id;
}

void Engine::cancel(RequestId id) {
  std::lock_guard lock(mutex_);
  cancelled_.push_back(id);
  somebody_left_ = true;
  changed_.notify_all();
}

void Engine::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}

std::vector<float> Engine::adapter_scales() const {
  std::lock_guard lock(mutex_);
  return adapter_scales_;
}

void Engine::set_adapter_scales(std::vector<float> scales) {
  std::lock_guard lock(mutex_);
  adapter_scales_ = std::move(scales);
}

CoreCounts Engine::counts() const {
  CoreCounts counts;
  {
    std::lock_guard lock(mutex_);
    counts = counts_;
  }
  // Files are written behind the engine's back, also while it waits.
  if (const PageFiles* files = core_->store().files())
    counts.file_bytes = static_cast<int64_t>(files->bytes());
  return counts;
}

// Requests that come and go, between two steps or in the middle of one.
void Engine::take_mail() {
  std::vector<std::pair<RequestId, Request>> added;
  std::vector<RequestId> cancelled;
  {
    std::lock_guard lock(mutex_);
    added.swap(added_);
    cancelled.swap(cancelled_);
    somebody_left_ = false;
  }
  for (auto& [id, request] : added) core_->add(id, std::move(request));
  for (RequestId id : cancelled) core_->cancel(id);
  CoreCounts counts = core_->counts();
  std::lock_guard lock(mutex_);
  counts_ = counts;
}

void Engine::serve() {
  bool busy = false;
  while (true) {
    std::vector<std::function<void(Store&)>> tasks;
    CoreCounts counts =
        core_->counts();  // looks at all requests: whoever asks for it waits no longer than a copy
    {
      std::unique_lock lock(mutex_);
      counts_ = counts;
      changed_.wait(
          lock, [&] { return busy || stop_ || !added_.empty() || !cancelled_.empty() || !tasks_.empty(); });
      if (stop_) break;
      tasks.swap(tasks_);
    }
    for (auto& task : tasks) task(core_->store());
    take_mail();
    busy = core_->step();
  }
  // Those that came last have not been added.
  for (auto& [id, request] : added_) core_->add(id, std::move(request));
  added_.clear();
  core_->end();
  while (core_->store().write_page(true)) {}
}

}  // namespace hearth
