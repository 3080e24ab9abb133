// How far a download has come, on disk: a text of lines of fixed width, which are overwritten in place, so that
// being killed at any moment leaves each either old or new.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth {

// Bytes [begin, end) of the file, of which those before `done` are there.
struct Segment {
  uint64_t begin = 0, done = 0, end = 0;
};

class Journal {
 public:
  // Takes the journal at `path` for this process alone: an error if another one has it. `identity` says what is
  // fetched; a journal of something else, or one that makes no sense, is begun anew with `segments`.
  static Result<Journal> open(const std::filesystem::path& path, const std::string& identity, uint64_t size,
                              const std::vector<Segment>& segments);
  // The segments of a journal that is there and belongs to this; none otherwise.
  static std::vector<Segment> read(const std::filesystem::path& path, const std::string& identity,
                                   uint64_t size);

  Journal(Journal&& other) noexcept;
  Journal& operator=(Journal&&) = delete;
  ~Journal();

  bool resumed() const { return resumed_; }
  const std::vector<Segment>& segments() const { return segments_; }
  // By several threads at once, each with segments of its own.
  Status record(size_t segment, uint64_t done);
  Status begin_anew(const std::vector<Segment>& segments);
  void remove();

 private:
  Journal() = default;
  std::filesystem::path path_;
  std::string head_;
  int descriptor_ = -1;
  bool resumed_ = false;
  std::vector<Segment> segments_;
};

}  // namespace hearth
