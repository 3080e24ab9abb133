#include "server/response_store.h"

namespace hearth {

namespace {
size_t stored_bytes(const StoredResponse& response) { return response.body.size() + response.items.size(); }
}  // namespace

void ResponseStore::put(const std::string& id, StoredResponse response) {
  size_t bytes = stored_bytes(response);
  if (bytes > most_bytes_) return;
  std::lock_guard lock(mutex_);
  entries_.emplace_front(id, std::move(response));
  by_id_[id] = entries_.begin();
  bytes_ += bytes;
  while (entries_.size() > most_ || bytes_ > most_bytes_) drop(std::prev(entries_.end()));
}

std::optional<StoredResponse> ResponseStore::get(const std::string& id, const std::string& client) {
  std::lock_guard lock(mutex_);
  auto entry = find(id, client);
  if (entry == entries_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->second;
}

bool ResponseStore::remove(const std::string& id, const std::string& client) {
  std::lock_guard lock(mutex_);
  auto entry = find(id, client);
  if (entry == entries_.end()) return false;
  drop(entry);
  return true;
}

size_t ResponseStore::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

ResponseStore::Entries::iterator ResponseStore::find(const std::string& id, const std::string& client) {
  auto known = by_id_.find(id);
  return known != by_id_.end() && known->second->second.client == client ? known->second : entries_.end();
}

void ResponseStore::drop(Entries::iterator entry) {
  bytes_ -= stored_bytes(entry->second);
  by_id_.erase(entry->first);
  entries_.erase(entry);
}

}  // namespace hearth
