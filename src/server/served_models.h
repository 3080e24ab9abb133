// The models of a server: which there are, and which of them are in memory. One that is asked for is loaded; the one
// that was not asked for longest goes when there is no room, and each goes when nobody asked for it for a while.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "server/model_source.h"
#include "server/problem.h"

namespace hearth {

// Holds a model in memory for as long as it lives. May end on any thread.
using ModelLease = std::shared_ptr<const ServedModel>;

inline constexpr double kForever = std::numeric_limits<double>::infinity();

struct ServedModelsOptions {
  uint64_t most_bytes = 0;  // that models in memory may take together; 0: there is no bound but the machine's
  double keep_alive = 300;  // seconds that a model stays when nobody asks for it
  size_t most_waiting = 1024;  // requests that wait for models; more are refused
};

class ServedModels {
 public:
  ServedModels(std::unique_ptr<ModelSource> source, const ServedModelsOptions& options);
  // Ends all that is generated.
  ~ServedModels();
  ServedModels(const ServedModels&) = delete;
  ServedModels& operator=(const ServedModels&) = delete;

  // Reads the list. `load_all`: loads them now, in their order, as far as there is room, the first in any case; they
  // stay until room is wanted. So does one that is alone.
  Status start(bool load_all);

  using Found = std::variant<ModelLease, Problem>;
  // By any of its names; without a name, the first. Nothing: it is being loaded, and `then` is called once it is, by the
  // thread that loads, which has no time. May read the list anew, so not for threads that others wait for.
  std::optional<Found> get(std::string_view name, std::function<void(Found)> then);

  // How long a model stays after this request: 0, not at all; kForever, until room is wanted.
  void keep(const ServedModel& model, double seconds);
  // It goes when its last answer is given. False: there is no such model in memory.
  bool unload(std::string_view name);

  enum class State : uint8_t { away, loading, ready, leaving };
  struct Entry {
    ModelCard card;
    State state = State::away;
    ModelLease model;         // while it is in memory
    double seconds_left = 0;  // that it stays if nobody asks for it
    uint64_t bytes = 0;       // that it takes in memory
  };
  // In their order. To look at a model is not to ask for it.
  std::vector<Entry> all() const;
  std::optional<Entry> find(std::string_view name) const;
  // Says what there is instead.
  Problem missing(std::string_view name) const;

  // Reads the list anew.
  void refresh();
  ModelSource& source() const { return *source_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Held {
    ModelCard card;
    State state = State::away;
    std::unique_ptr<const ServedModel> model;
    uint64_t bytes = 0;          // that it takes in memory
    size_t asked = 0, seen = 0;  // leases: of requests, and of those who only look
    Clock::time_point used{};
    double keep_alive = 0;
    bool listed = true;  // false: it goes as soon as it can
    std::vector<std::function<void(Found)>> waiting;
  };
  Held* held(std::string_view name) const;
  ModelLease lease(Held& held, bool asks) const;
  void release(Held& held, bool asked) const;
  Entry entry(Held& held) const;
  void take(std::vector<ModelCard> cards);
  bool has_room_for(const Held& held) const;
  void put(Held& held, std::unique_ptr<const ServedModel> model, double keep_alive);

  // The keeper's.
  void work();
  void load(std::unique_lock<std::mutex>& lock, Held& held);
  Held* victim(const Held& but) const;
  void let_go(std::unique_lock<std::mutex>& lock, Held& held);
  Held* expired() const;
  std::optional<Clock::time_point> next_expiry() const;

  const std::unique_ptr<ModelSource> source_;
  const ServedModelsOptions options_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::list<Held> held_;  // their places in memory stay
  std::deque<Held*> wanted_;      // to be loaded
  size_t waiting_ = 0;
  bool stop_ = false;
  std::thread keeper_;
};

}  // namespace hearth
