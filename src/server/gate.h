// Who may come in: keys, hosts, origins. Gives each request an id, counts it, and logs a line when it is over.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/request_record.h"
#include "server/router.h"

namespace hearth {

using RecordSink = std::function<void(const RequestRecord&)>;

struct GateOptions {
  std::vector<std::string> keys;     // one of these; none: nobody is asked for one
  std::vector<std::string> origins;  // pages of these may use the server; "*": all
  std::vector<std::string> hosts;  // names that the server goes by, besides localhost and addresses; "*": any
  std::vector<RecordSink>
      watchers{};  // told of each request that is over, but of those who watch; from any thread
};

class Gate {
 public:
  Gate(GateOptions options, const Router& router) : options_(std::move(options)), router_(router) {}

  void handle(HttpRequest request, std::shared_ptr<Exchange> exchange);

  // Refuses what comes from now on, but for those who watch.
  void drain() { draining_ = true; }
  bool draining() const { return draining_; }
  size_t active() const { return active_; }  // requests
  void write_metrics(std::string& out) const;

 private:
  class Watched;
  bool is_host(std::string_view host) const;
  bool is_origin(const HttpRequest& request) const;
  // Which key it has, from 1; 0: none.
  size_t key_of(const HttpRequest& request) const;
  void over(RequestRecord record);

  const GateOptions options_;
  const Router& router_;
  std::atomic<bool> draining_{false};
  std::atomic<size_t> active_{0};
  mutable std::mutex mutex_;
  std::map<std::string, uint64_t> counts_;  // by labels
};

}  // namespace hearth
