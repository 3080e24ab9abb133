// Pages on disk: a file for each, found by what the page's text and all text before it hash to, so that a page is of use
// to every conversation that begins alike, in this run of the program or another. Files appear whole under their names,
// and are believed when their checksum is right, so nothing has to be put in order after any end. At most so many bytes
// are kept; what was not used for longest goes first, ends of texts before their beginnings.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/page_record.h"

namespace hearth {

// Of a page and all that came before it.
struct PageKey {
  uint64_t high = 0, low = 0;
  int32_t depth = 0;  // pages up to and with it
  PageKey next(std::span<const TokenId> page) const;
};

class PageFiles {
 public:
  // In `folder`, which others may use too: each keeps to its own bound.
  static Result<std::unique_ptr<PageFiles>> open(const std::filesystem::path& folder, uint64_t most_bytes,
                                                 const PageShape& shape);
  // Writes what was handed over.
  ~PageFiles();

  PageKey root(uint64_t salt) const;
  // What a page's file has; 0: there is none.
  uint32_t kinds(const PageKey& key) const;
  // A file that is damaged is removed, and was not there.
  std::optional<PageRecord> read(const PageKey& key);
  // These pages were of use.
  void touch(std::span<const PageKey> keys);
  // Nanoseconds since 1970, as files have them; no two are the same.
  int64_t now();

  // Whether another page may be handed over; `wait`: until it may.
  bool room(bool wait);
  // Writes a page that was of use at `time`, in a while.
  void write(const PageKey& key, uint32_t kinds, int64_t time, std::vector<std::byte> bytes);

  uint64_t bytes() const;
  int64_t pages() const;

 private:
  struct File {
    uint32_t kinds = 0;
    int32_t depth = 0;
    int64_t time = 0;
    uint64_t bytes = 0;  // 0: it is being written
  };
  struct Writing {
    std::string name;
    File file;
    std::vector<std::byte> bytes;
  };
  // Those that go first come first.
  using Order = std::set<std::tuple<int64_t, int32_t, std::string>>;

  PageFiles(std::filesystem::path folder, uint64_t most_bytes, const PageShape& shape);
  void look_through();
  std::string name_of(const PageKey& key) const;
  std::filesystem::path path_of(const std::string& name, const File& file) const;
  void note(const std::string& name, const File& file);
  void drop(const std::string& name);
  void make_room();
  void serve();
  Status write_file(const Writing& writing);
  void is_written(const Writing& writing, const Status& written);

  const std::filesystem::path folder_;
  const uint64_t most_bytes_;
  const PageShape shape_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::unordered_map<std::string, File> files_;
  Order order_;
  uint64_t bytes_ = 0, waiting_bytes_ = 0;
  int64_t last_time_ = 0;
  std::deque<Writing> waiting_;
  bool stop_ = false, complained_ = false;
  std::thread thread_;
};

}  // namespace hearth
