#include "hub/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/file.h"

namespace hearth {

namespace {

constexpr size_t kDigits = 20, kLine = 3 * (kDigits + 1);  // "BEGIN END DONE\n"
constexpr size_t kMostJournal = 64 << 10;

Error journal_error(const std::filesystem::path& path, std::string_view what) {
  return fail("{}: {}: {}", path.string(), what, std::strerror(errno));
}

Status write_at(int descriptor, const std::filesystem::path& path, std::string_view text, size_t offset) {
  ssize_t count = ::pwrite(descriptor, text.data(), text.size(), static_cast<off_t>(offset));
  if (count == static_cast<ssize_t>(text.size())) return {};
  if (count >= 0) errno = ENOSPC;
  return journal_error(path, "cannot write");
}

std::string head_of_journal(const std::string& identity, uint64_t size) {
  return fmt::format("hearth download 1\n{}\n{}\n", identity, size);
}

// Opens the file for this process alone. One that was removed before it was locked is no longer the file.
Result<int> lock(const std::filesystem::path& path) {
  while (true) {
    int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor < 0) return journal_error(path, "cannot create");
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      Error error = errno == EWOULDBLOCK ? fail("{}: another process is fetching it", path.string())
                                         : journal_error(path, "cannot lock");
      ::close(descriptor);
      return error;
    }
    struct stat mine {
    }, named{};
    if (::fstat(descriptor, &mine) == 0 && ::stat(path.c_str(), &named) == 0 && mine.st_ino == named.st_ino)
      return descriptor;
    ::close(descriptor);
  }
}

// Nothing if it is not a journal of this.
std::vector<Segment> parse_journal(std::string_view text, std::string_view head, uint64_t size) {
  if (!text.starts_with(head) || (text.size() - head.size()) % kLine != 0) return {};
  text.remove_prefix(head.size());
  std::vector<Segment> segments;
  for (uint64_t last = 0; !text.empty(); text.remove_prefix(kLine)) {
    uint64_t numbers[3];
    for (size_t i = 0; i < 3; ++i) {
      const char* begin = text.data() + i * (kDigits + 1);
      auto [end, error] = std::from_chars(begin, begin + kDigits, numbers[i]);
      if (error != std::errc() || end != begin + kDigits) return {};
    }
    Segment segment{numbers[0], numbers[2], numbers[1]};
    if (segment.begin != last || segment.done < segment.begin || segment.end < segment.done) return {};
    last = segment.end;
    segments.push_back(segment);
  }
  if (segments.empty() || segments.back().end != size) return {};
  return segments;
}

}  // namespace

std::vector<Segment> Journal::read(const std::filesystem::path& path, const std::string& identity,
                                   uint64_t size) {
  auto text = read_file(path, kMostJournal);
  if (!text.ok()) return {};
  return parse_journal(*text, head_of_journal(identity, size), size);
}

Result<Journal> Journal::open(const std::filesystem::path& path, const std::string& identity, uint64_t size,
                              const std::vector<Segment>& segments) {
  Journal journal;
  journal.path_ = path;
  journal.head_ = head_of_journal(identity, size);
  TRY(journal.descriptor_, lock(path));
  journal.segments_ = read(path, identity, size);
  journal.resumed_ = !journal.segments_.empty();
  if (!journal.resumed_) TRY_STATUS(journal.begin_anew(segments));
  return journal;
}

Journal::Journal(Journal&& other) noexcept
    : path_(std::move(other.path_)),
      head_(std::move(other.head_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      resumed_(other.resumed_),
      segments_(std::move(other.segments_)) {}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status Journal::begin_anew(const std::vector<Segment>& segments) {
  segments_ = segments;
  std::string text = head_;
  for (const Segment& segment : segments_)
    text += fmt::format("{:020} {:020} {:020}\n", segment.begin, segment.end, segment.done);
  if (::ftruncate(descriptor_, 0) != 0) return journal_error(path_, "cannot empty");
  return write_at(descriptor_, path_, text, 0);
}

Status Journal::record(size_t segment, uint64_t done) {
  segments_[segment].done = done;
  return write_at(descriptor_, path_, fmt::format("{:020}", done),
                  head_.size() + segment * kLine + 2 * (kDigits + 1));
}

void Journal::remove() { ::unlink(path_.c_str()); }

}  // namespace hearth
