#include "hub/download.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "hub/journal.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

// What the bytes on disk belong to.
std::string identity_of(const RemoteFile& file) {
  return file.digest ? file.digest->hex : fmt::format("{} {}", file.url.text(), digest_of(file.tag).hex);
}

fs::path journal_path(const fs::path& part) { return part.string() + ".journal"; }

std::vector<Segment> segments_of(uint64_t size, const DownloadOptions& options) {
  uint64_t count =
      std::clamp<uint64_t>(size / options.least_segment, 1, static_cast<uint64_t>(options.connections));
  std::vector<Segment> segments;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t begin = size / count * i, end = i + 1 == count ? size : size / count * (i + 1);
    segments.push_back({begin, begin, end});
  }
  return segments;
}

// The file that grows.
class PartFile {
 public:
  static Result<PartFile> open(const fs::path& path, uint64_t size) {
    PartFile part(path);
    part.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (part.descriptor_ < 0) return part.error("cannot create");
    // Better to know now than after hours that there is no room. Some file systems cannot say.
    if (size > 0 && ::fallocate(part.descriptor_, 0, 0, static_cast<off_t>(size)) != 0 &&
        errno != EOPNOTSUPP && errno != EINTR) {
      return part.error(fmt::format("there is no room for {} bytes", size));
    }
    if (::ftruncate(part.descriptor_, static_cast<off_t>(size)) != 0)
      return part.error("cannot set its size");
    return part;
  }
  PartFile(PartFile&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~PartFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  Status write(uint64_t at, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return error("cannot write");
      bytes = bytes.subspan(static_cast<size_t>(count));
      at += static_cast<uint64_t>(count);
    }
    return {};
  }
  Status sync() const {
    if (::fsync(descriptor_) != 0) return error("cannot sync");
    return {};
  }

 private:
  explicit PartFile(fs::path path) : path_(std::move(path)) {}
  Error error(std::string_view what) const {
    return fail("{}: {}: {}", path_.string(), what, std::strerror(errno));
  }
  fs::path path_;
  int descriptor_ = -1;
};

class Fetching {
 public:
  Fetching(const WebClient& web, const RemoteFile& file, const DownloadOptions& options,
           const Progress& progress, PartFile& part, Journal& journal)
      : web_(web), file_(file), options_(options), progress_(progress), part_(part), journal_(journal) {
    for (const Segment& segment : journal.segments()) done_ += segment.done - segment.begin;
  }

  Status run() {
    size_t count = journal_.segments().size();
    std::vector<std::thread> threads;
    for (size_t i = 1; i < count; ++i) threads.emplace_back([this, i] { fetch(i); });
    fetch(0);
    for (std::thread& thread : threads) thread.join();
    return first_error_ ? Status(*std::move(first_error_)) : Status();
  }
  bool ignores_ranges() const { return ignores_ranges_; }

 private:
  // Until it is there, or an error of which trying again does not help.
  void fetch(size_t index) {
    const Segment& segment = journal_.segments()[index];
    for (int failures = 0; segment.done < segment.end && !stopped_;) {
      uint64_t before = segment.done;
      bool final = false;
      Status status = attempt(index, final);
      if (status.ok()) continue;
      failures = segment.done > before ? 1 : failures + 1;
      if (final || failures >= options_.attempts) return give_up(std::move(status).error());
      wait(options_.retry_seconds * static_cast<double>(1 << std::min(failures - 1, 10)));
    }
  }

  Status attempt(size_t index, bool& final) {
    const Segment& segment = journal_.segments()[index];
    bool whole = segment.done == 0 && segment.end == file_.size;
    WebRequest request{file_.url, "*/*", file_.token, ByteRange{segment.done, segment.end - 1}, {}};
    request.if_range = file_.tag;
    // Errors from here on are of the disk, or lies: the same would happen again.
    auto finally = [&](Error error) {
      final = true;
      return error;
    };
    WebSink sink;
    sink.begin = [&](const WebAnswer& answer) -> Status {
      if (answer.status == 200 && !whole) {
        ignores_ranges_ = true;
        return finally(
            fail("{}: the server sends the whole file where a part was asked for", file_.url.authority()));
      }
      if (answer.status == 206) {
        // Parts of two files would fit together, and no hash tells.
        std::string_view tag = tag_of(answer);
        if (!file_.digest && !file_.tag.empty() && !tag.empty() && tag != file_.tag)
          return finally(fail("{}: is another file at the server by now; try again", file_.path));
        auto range = content_range(answer);
        if (!range.ok()) return finally(std::move(range).error());
        if (range->total != file_.size || range->range.first != segment.done ||
            range->range.last != segment.end - 1) {
          return finally(fail("{}: asked for bytes {} to {} of {}, the server sends {} to {} of {}",
                              file_.path, segment.done, segment.end - 1, file_.size, range->range.first,
                              range->range.last, range->total));
        }
      }
      if (answer.length && *answer.length != segment.end - segment.done) {
        return finally(fail("{}: expected {} bytes, the server announces {}", file_.path,
                            segment.end - segment.done, *answer.length));
      }
      return {};
    };
    sink.data = [&](std::span<const std::byte> bytes) -> Status {
      if (bytes.size() > segment.end - segment.done)
        return finally(
            fail("{}: the server sends more than the {} bytes it should have", file_.path, file_.size));
      Status status = part_.write(segment.done, bytes);
      // Only after its bytes: what the journal says is there must be.
      if (status.ok()) status = journal_.record(index, segment.done + bytes.size());
      if (!status.ok()) return finally(std::move(status).error());
      return advance(bytes.size()) ? Status() : Status(finally(fail("{}: stopped", file_.path)));
    };
    TRY(WebAnswer answer, web_.fetch(request, sink));
    if (!answer.good()) {
      final = answer.status < 500 && answer.status != 408 && answer.status != 429;
      return answer_error(answer);
    }
    if (segment.done < segment.end)
      return fail("{}: the answer ended {} bytes early", file_.path, segment.end - segment.done);
    return {};
  }

  bool advance(uint64_t bytes) {
    std::lock_guard lock(mutex_);
    done_ += bytes;
    if (!stopped_ && !report(progress_, file_.path, done_, file_.size)) stopped_ = true;
    return !stopped_;
  }

  void give_up(Error error) {
    std::lock_guard lock(mutex_);
    if (!first_error_) first_error_ = std::move(error);
    stopped_ = true;
    changed_.notify_all();
  }

  // Shorter if another thread gives up.
  void wait(double seconds) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return stopped_.load(); });
  }

  const WebClient& web_;
  const RemoteFile& file_;
  const DownloadOptions& options_;
  const Progress& progress_;
  PartFile& part_;
  Journal& journal_;
  std::atomic<bool> stopped_{false}, ignores_ranges_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t done_ = 0;
  std::optional<Error> first_error_;
};

Status fetch_all(const WebClient& web, const RemoteFile& file, const DownloadOptions& options,
                 const Progress& progress, PartFile& part, Journal& journal) {
  Fetching fetching(web, file, options, progress, part, journal);
  Status status = fetching.run();
  if (!fetching.ignores_ranges()) return status;
  // A server that knows no ranges, or whose file has changed: the whole of it, in one piece.
  TRY_STATUS(journal.begin_anew({{0, 0, file.size}}));
  return Fetching(web, file, options, progress, part, journal).run();
}

// The file's own hash, and its SHA-256, which is what it is kept under.
Result<Digest> verify(const RemoteFile& file, const fs::path& part, const Progress& progress) {
  if (file.digest && file.digest->kind != HashKind::sha256) {
    TRY(Digest found, digest_of_file(part, file.digest->kind));
    if (found != *file.digest)
      return fail("{}: what came has the hash {}, expected {}", file.path, found.hex, file.digest->hex);
  }
  TRY(Digest found, digest_of_file(part, HashKind::sha256, progress, fmt::format("checking {}", file.path)));
  if (file.digest && file.digest->kind == HashKind::sha256 && found != *file.digest)
    return fail("{}: what came has the hash {}, expected {}", file.path, found.hex, file.digest->hex);
  return found;
}

}  // namespace

uint64_t downloaded_bytes(const RemoteFile& file, const fs::path& part) {
  uint64_t bytes = 0;
  for (const Segment& segment : Journal::read(journal_path(part), identity_of(file), file.size))
    bytes += segment.done - segment.begin;
  return bytes;
}

void forget_download(const fs::path& part) {
  std::error_code failed;
  if (!fs::exists(part, failed)) fs::remove(journal_path(part), failed);
}

Result<Digest> download(const WebClient& web, const RemoteFile& file, const fs::path& part, const Keep& keep,
                        const DownloadOptions& options, const Progress& progress) {
  TRY(Journal journal,
      Journal::open(journal_path(part), identity_of(file), file.size, segments_of(file.size, options)));
  std::error_code failed;
  bool there = fs::exists(part, failed) && fs::file_size(part, failed) == file.size;
  bool resumed = journal.resumed() && there;
  if (journal.resumed() && !there) TRY_STATUS(journal.begin_anew(segments_of(file.size, options)));
  while (true) {
    {
      auto opened = PartFile::open(part, file.size);
      if (!opened.ok()) {
        // Nothing of it is there yet, so that nothing of it needs to stay.
        if (!resumed) {
          fs::remove(part, failed);
          journal.remove();
        }
        return std::move(opened).error();
      }
      TRY_STATUS(fetch_all(web, file, options, progress, *opened, journal));
      TRY_STATUS(opened->sync());
    }
    auto digest = verify(file, part, progress);
    if (digest.ok()) {
      TRY_STATUS(keep(*digest));
      journal.remove();
      return digest;
    }
    // What an earlier run left may be what is wrong, after a power cut: once more, from nothing.
    fs::remove(part, failed);
    if (!std::exchange(resumed, false)) {
      journal.remove();
      return digest;
    }
    TRY_STATUS(journal.begin_anew(segments_of(file.size, options)));
  }
}

}  // namespace hearth
