// Answers of /v1/responses that later requests go on from, as many as fit.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace hearth {

struct StoredResponse {
  std::string client;  // whose it is: nobody else sees it
  std::string body;    // as it was answered
  std::string items;   // all that was said until then, and the answer: an array
};

// Any thread may use it. The oldest go when there are too many.
class ResponseStore {
 public:
  explicit ResponseStore(size_t most = 1024, size_t most_bytes = size_t{64} << 20)
      : most_(most), most_bytes_(most_bytes) {}

  void put(const std::string& id, StoredResponse response);
  std::optional<StoredResponse> get(const std::string& id, const std::string& client);
  // False: there was none.
  bool remove(const std::string& id, const std::string& client);
  size_t size() const;

 private:
  using Entry = std::pair<std::string, StoredResponse>;
  using Entries = std::list<Entry>;
  Entries::iterator find(const std::string& id, const std::string& client);
  void drop(Entries::iterator entry);

  const size_t most_, most_bytes_;
  mutable std::mutex mutex_;
  Entries entries_;  // those used last first
  std::unordered_map<std::string, Entries::iterator> by_id_;
  size_t bytes_ = 0;
};

}  // namespace hearth
