#include "server/served_models.h"

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/system.h"
#include "base/text.h"

namespace hearth {

Result<std::string> ModelSource::pull(const std::string& name, const Progress&) {
  return fail("{}: this server fetches no models", quote(name));
}
namespace {

// A time that no clock can tell is for ever.
double stay_of(double seconds) {
  constexpr double kCentury = 100.0 * 365 * 24 * 3600;
  return seconds < kCentury ? seconds : kForever;
}

}  // namespace

Status ModelSource::remove(const ModelCard& card) {
  return fail("{}: this server removes no models", quote(card.id()));
}

ServedModels::ServedModels(std::unique_ptr<ModelSource> source, const ServedModelsOptions& options)
    : source_(std::move(source)), options_(options) {}

// Nobody asks any more. Models end while the leases of their requests can still be given back.
ServedModels::~ServedModels() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (keeper_.joinable()) keeper_.join();
  for (Held& held : held_) {
    for (auto& then : std::exchange(held.waiting, {}))
      then(Problem{503, "the server is being stopped", {}, "shutting_down", 5});
    held.model.reset();
  }
}

Status ServedModels::start(bool load_all) {
  TRY(auto cards, source_->list());
  if (cards.empty()) return fail("there is no model to serve");
  take(std::move(cards));
  for (Held& held : held_) {
    if (!load_all && held_.size() > 1) break;
    if (&held != &held_.front() && !has_room_for(held)) {
      log_info("{}: there is no room for it beside the others; it is loaded when it is asked for",
               held.card.id());
      continue;
    }
    TRY(auto model, source_->load(held.card));
    put(held, std::move(model), kForever);
  }
  keeper_ = std::thread([this] { work(); });
  return {};
}

// ---- what there is ----

ServedModels::Held* ServedModels::held(std::string_view name) const {
  // Ollama's clients put it behind names that say no tag.
  constexpr std::string_view kLatest = ":latest";
  std::string_view plain = name;
  if (plain.ends_with(kLatest)) plain.remove_suffix(kLatest.size());
  for (Held& held : held_) {
    auto is_asked = [&](const std::string& each) { return each == name || each == plain; };
    if (held.listed && (name.empty() || std::ranges::any_of(held.card.names, is_asked))) return &held;
  }
  return nullptr;
}

void ServedModels::take(std::vector<ModelCard> cards) {
  for (Held& held : held_) held.listed = false;
  std::list<Held> before = std::move(held_);
  held_.clear();
  for (ModelCard& card : cards) {
    auto known = std::find_if(before.begin(), before.end(),
                              [&](const Held& held) { return held.card.id() == card.id(); });
    if (known != before.end()) {
      held_.splice(held_.end(), before, known);
    } else {
      held_.emplace_back();
    }
    held_.back().card = std::move(card);
    held_.back().listed = true;
  }
  // What is in memory, or on its way there, goes later.
  before.remove_if([](const Held& held) { return held.state == State::away; });
  held_.splice(held_.end(), before);
}

void ServedModels::refresh() {
  auto cards = source_->list();
  if (!cards.ok()) return log_warning("{}", cards.error().message);
  std::lock_guard lock(mutex_);
  take(*std::move(cards));
  changed_.notify_all();
}

ServedModels::Entry ServedModels::entry(Held& held) const {
  Entry entry{held.card, held.state, nullptr, held.keep_alive, held.bytes};
  if (held.state == State::ready) entry.model = lease(held, false);
  if (held.asked == 0 && std::isfinite(held.keep_alive)) {
    double idle = std::chrono::duration<double>(Clock::now() - held.used).count();
    entry.seconds_left = std::max(0.0, held.keep_alive - idle);
  }
  return entry;
}

std::vector<ServedModels::Entry> ServedModels::all() const {
  std::lock_guard lock(mutex_);
  std::vector<Entry> all;
  for (Held& held : held_) {
    if (held.listed) all.push_back(entry(held));
  }
  return all;
}

std::optional<ServedModels::Entry> ServedModels::find(std::string_view name) const {
  std::lock_guard lock(mutex_);
  Held* found = held(name);
  return found ? std::optional(entry(*found)) : std::nullopt;
}

Problem ServedModels::missing(std::string_view name) const {
  constexpr size_t kMostListed = 40;
  std::string list;
  size_t count = 0;
  std::lock_guard lock(mutex_);
  for (const Held& held : held_) {
    for (const std::string& each : held.card.names) {
      if (held.listed && ++count <= kMostListed) list += (list.empty() ? "" : ", ") + each;
    }
  }
  if (count > kMostListed) list += fmt::format(" and {} more", count - kMostListed);
  return {404, fmt::format("model: there is no {}; there is: {}", quote(name), list), "model",
          "model_not_found"};
}

// ---- who holds what ----

ModelLease ServedModels::lease(Held& held, bool asks) const {
  ++(asks ? held.asked : held.seen);
  return {held.model.get(), [this, &held, asks](const ServedModel*) { release(held, asks); }};
}

void ServedModels::release(Held& held, bool asked) const {
  std::lock_guard lock(mutex_);
  --(asked ? held.asked : held.seen);
  if (asked) held.used = Clock::now();
  changed_.notify_all();
}

std::optional<ServedModels::Found> ServedModels::get(std::string_view name, std::function<void(Found)> then) {
  std::unique_lock lock(mutex_);
  Held* found = held(name);
  if (!found) {
    lock.unlock();
    refresh();
    lock.lock();
    found = held(name);
  }
  if (!found) {
    lock.unlock();
    return missing(name);
  }
  if (found->state == State::ready) return lease(*found, true);
  if (waiting_ >= options_.most_waiting)
    return Problem{429, "too many requests wait for models to be loaded", {}, "rate_limit_exceeded", 5};
  ++waiting_;
  found->waiting.push_back(std::move(then));
  if (found->state == State::away) {
    found->state = State::loading;
    wanted_.push_back(found);
    changed_.notify_all();
  }
  return std::nullopt;
}

void ServedModels::keep(const ServedModel& model, double seconds) {
  std::lock_guard lock(mutex_);
  for (Held& held : held_) {
    if (held.model.get() == &model) held.keep_alive = stay_of(seconds);
  }
}

bool ServedModels::unload(std::string_view name) {
  std::lock_guard lock(mutex_);
  Held* found = held(name);
  if (!found || found->state != State::ready) return false;
  found->keep_alive = 0;
  changed_.notify_all();
  return true;
}

// ---- the keeper ----

bool ServedModels::has_room_for(const Held& held) const {
  uint64_t taken = 0;
  for (const Held& other : held_) {
    if (other.model) taken += other.bytes;
  }
  if (options_.most_bytes > 0 && taken + held.card.bytes > options_.most_bytes) return false;
  auto available = available_memory();
  return !available || held.card.bytes <= *available;
}

void ServedModels::put(Held& held, std::unique_ptr<const ServedModel> model, double keep_alive) {
  held.bytes = model->engine->bytes();
  held.model = std::move(model);
  held.state = State::ready;
  held.keep_alive = stay_of(keep_alive);
  held.used = Clock::now();
}

// Of those that are in memory the one that was asked for longest ago, if possible one that is not busy.
ServedModels::Held* ServedModels::victim(const Held& but) const {
  Held* oldest = nullptr;
  for (Held& held : held_) {
    if (&held == &but || held.state != State::ready) continue;
    auto rank = [](const Held& held) { return std::pair(held.asked > 0, held.used); };
    if (!oldest || rank(held) < rank(*oldest)) oldest = &held;
  }
  return oldest;
}

ServedModels::Held* ServedModels::expired() const {
  Clock::time_point now = Clock::now();
  for (Held& held : held_) {
    if (held.state != State::ready || held.asked > 0) continue;
    if (!held.listed || now - held.used >= std::chrono::duration<double>(held.keep_alive)) return &held;
  }
  return nullptr;
}

std::optional<ServedModels::Clock::time_point> ServedModels::next_expiry() const {
  std::optional<Clock::time_point> next;
  for (const Held& held : held_) {
    if (held.state != State::ready || held.asked > 0 || !std::isfinite(held.keep_alive)) continue;
    auto end = held.used +
               std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(held.keep_alive));
    next = next ? std::min(*next, end) : end;
  }
  return next;
}

void ServedModels::work() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (!wanted_.empty()) {
      Held* next = wanted_.front();
      wanted_.pop_front();
      load(lock, *next);
    } else if (Held* old = expired()) {
      let_go(lock, *old);
    } else if (auto next = next_expiry()) {
      changed_.wait_until(lock, *next);
    } else {
      changed_.wait(lock);
    }
  }
}

// A model that others wait for in the place of this one takes no new requests: those wait for it to come back.
void ServedModels::let_go(std::unique_lock<std::mutex>& lock, Held& held) {
  held.state = State::leaving;
  changed_.wait(lock, [&] { return stop_ || (held.asked == 0 && held.seen == 0); });
  if (stop_) return;
  auto model = std::move(held.model);
  const std::string id = held.card.id();  // a refresh may replace it meanwhile
  lock.unlock();
  log_info("{}: out of memory now, as nobody asked for it", id);
  model.reset();
  lock.lock();
  held.bytes = 0;
  held.state = State::away;
  if (!held.waiting.empty()) {
    held.state = State::loading;
    wanted_.push_back(&held);
  } else if (!held.listed) {
    held_.remove_if([&](const Held& each) { return &each == &held; });
  }
}

void ServedModels::load(std::unique_lock<std::mutex>& lock, Held& held) {
  while (!has_room_for(held)) {
    Held* other = victim(held);
    if (!other) break;  // alone it may fit all the same: weights are read where they lie
    let_go(lock, *other);
    if (stop_) return;
  }
  const ModelCard card = held.card;  // a refresh may replace it meanwhile
  lock.unlock();
  auto model = source_->load(card);
  lock.lock();
  std::vector<Found> answers;
  auto waiting = std::exchange(held.waiting, {});
  waiting_ -= waiting.size();
  if (model.ok()) {
    put(held, *std::move(model), options_.keep_alive);
    for (size_t i = 0; i < waiting.size(); ++i) answers.emplace_back(lease(held, true));
  } else {
    held.state = State::away;
    std::string message = fmt::format("model: {} cannot be loaded: {}", card.id(), model.error().message);
    log_warning("{}", message);
    answers.assign(waiting.size(), Problem{500, message, "model", "model_not_loaded"});
  }
  lock.unlock();
  for (size_t i = 0; i < waiting.size(); ++i) waiting[i](std::move(answers[i]));
  lock.lock();
}

}  // namespace hearth
