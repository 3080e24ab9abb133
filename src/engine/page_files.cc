#include "engine/page_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>

#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"

namespace hearth {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMostWaiting = uint64_t{256} << 20;  // bytes that wait for the disk
constexpr std::string_view kEnding = ".page";

// FINGERPRINT/KEY-DEPTH-KINDS.page
std::optional<std::pair<int32_t, uint32_t>> parse_name(std::string_view name, std::string_view& key) {
  if (!name.ends_with(kEnding)) return std::nullopt;
  name.remove_suffix(kEnding.size());
  size_t first = name.find('-'), second = name.find('-', first == name.npos ? first : first + 1);
  if (first != 32 || second == name.npos) return std::nullopt;
  int32_t depth = 0;
  uint32_t kinds = 0;
  auto one = std::from_chars(name.data() + first + 1, name.data() + second, depth);
  auto two = std::from_chars(name.data() + second + 1, name.data() + name.size(), kinds, 16);
  if (one.ec != std::errc() || two.ec != std::errc() || depth < 1 || kinds == 0) return std::nullopt;
  key = name.substr(0, first);
  return std::pair(depth, kinds);
}

void set_time(const fs::path& path, int64_t time) {
  timespec stamp{time / 1'000'000'000, time % 1'000'000'000};
  timespec both[2] = {stamp, stamp};
  ::utimensat(AT_FDCWD, path.c_str(), both, 0);  // without it the page only goes earlier
}

}  // namespace

PageKey PageKey::next(std::span<const TokenId> page) const {
  auto bytes = std::as_bytes(page);
  return {hash64(bytes, high), hash64(bytes, low ^ 0x5851F42D4C957F2Du), depth + 1};
}

PageFiles::PageFiles(fs::path folder, uint64_t most_bytes, const PageShape& shape)
    : folder_(std::move(folder)), most_bytes_(most_bytes), shape_(shape) {}

Result<std::unique_ptr<PageFiles>> PageFiles::open(const fs::path& folder, uint64_t most_bytes,
                                                   const PageShape& shape) {
  std::unique_ptr<PageFiles> files(new PageFiles(folder, most_bytes, shape));
  std::error_code failed;
  // Others than who runs this are not to read what was asked.
  fs::path mine = folder / fmt::format("{:016x}", shape.fingerprint);
  bool fresh = fs::create_directories(mine, failed);
  if (!failed && fresh) fs::permissions(mine, fs::perms::owner_all, failed);
  if (failed) return fail("{}: cannot be used to keep pages: {}", mine.string(), failed.message());
  if (::access(mine.c_str(), W_OK | X_OK) != 0)
    return fail("{}: cannot be used to keep pages: {}", mine.string(), std::strerror(errno));
  files->look_through();
  {
    std::lock_guard lock(files->mutex_);
    files->make_room();
  }
  files->thread_ = std::thread([raw = files.get()] { raw->serve(); });
  return files;
}

PageFiles::~PageFiles() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PageFiles::look_through() {
  std::error_code failed;
  for (const auto& model : fs::directory_iterator(folder_, failed)) {
    if (model.path().filename().string().size() != 16 || !model.is_directory(failed)) continue;
    for (const auto& entry : fs::directory_iterator(model.path(), failed)) {
      std::string name = entry.path().filename().string();
      std::string_view key;
      auto parsed = parse_name(name, key);
      struct stat found {};
      if (::lstat(entry.path().c_str(), &found) != 0 || !S_ISREG(found.st_mode)) continue;
      if (!parsed) {
        // What was being written when a program ended, or still is.
        bool old = ::time(nullptr) - found.st_mtim.tv_sec > 600;
        if (old && name.find(kEnding) != name.npos) fs::remove(entry.path(), failed);
        continue;
      }
      File file;
      std::tie(file.depth, file.kinds) = *parsed;
      file.time = int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec;
      file.bytes = static_cast<uint64_t>(found.st_size);
      if (file.bytes > 0) note(fmt::format("{}/{}", model.path().filename().string(), key), file);
    }
  }
}

PageKey PageFiles::root(uint64_t salt) const {
  return {hash64("high", shape_.fingerprint ^ salt), hash64("low", shape_.fingerprint + 3 * salt), 0};
}

std::string PageFiles::name_of(const PageKey& key) const {
  return fmt::format("{:016x}/{:016x}{:016x}", shape_.fingerprint, key.high, key.low);
}

fs::path PageFiles::path_of(const std::string& name, const File& file) const {
  return folder_ / fmt::format("{}-{}-{:x}{}", name, file.depth, file.kinds, kEnding);
}

void PageFiles::note(const std::string& name, const File& file) {
  if (files_.contains(name)) drop(name);
  files_[name] = file;
  order_.insert({file.time, -file.depth, name});
  bytes_ += file.bytes;
}

void PageFiles::drop(const std::string& name) {
  auto at = files_.find(name);
  if (at == files_.end()) return;
  const File& file = at->second;
  order_.erase({file.time, -file.depth, name});
  bytes_ -= file.bytes;
  std::error_code gone;
  fs::remove(path_of(name, file), gone);
  files_.erase(at);
}

void PageFiles::make_room() {
  while (bytes_ > most_bytes_ && !order_.empty()) drop(std::string(std::get<2>(*order_.begin())));
}

uint32_t PageFiles::kinds(const PageKey& key) const {
  std::lock_guard lock(mutex_);
  auto at = files_.find(name_of(key));
  return at == files_.end() ? 0 : at->second.kinds;
}

std::optional<PageRecord> PageFiles::read(const PageKey& key) {
  std::string name = name_of(key);
  fs::path path;
  {
    std::lock_guard lock(mutex_);
    auto at = files_.find(name);
    if (at == files_.end()) return std::nullopt;
    if (at->second.bytes == 0) {
      for (const Writing& writing : waiting_) {
        if (writing.name != name || writing.file.kinds != at->second.kinds) continue;
        std::span<const std::byte> bytes = writing.bytes;
        if (auto page = decode_page(shape_, bytes); page.ok()) return *std::move(page);
      }
      return std::nullopt;
    }
    path = path_of(name, at->second);
  }
  auto decode = [&]() -> Result<PageRecord> {
    TRY(std::string file, read_file(path, encoded_bytes(shape_, ~uint32_t{0})));
    std::span<const std::byte> bytes = std::as_bytes(std::span(file));
    return decode_page(shape_, bytes);
  };
  auto record = decode();
  if (record.ok()) return *std::move(record);
  log_debug("{}: {}", path.string(), record.error().message);
  std::lock_guard lock(mutex_);
  drop(name);
  return std::nullopt;
}

int64_t PageFiles::now() {
  std::lock_guard lock(mutex_);
  int64_t time = std::chrono::duration_cast<std::chrono::nanoseconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count();
  return last_time_ = std::max(time, last_time_ + 1);
}

void PageFiles::touch(std::span<const PageKey> keys) {
  const int64_t time = now();
  std::lock_guard lock(mutex_);
  for (const PageKey& key : keys) {
    std::string name = name_of(key);
    auto at = files_.find(name);
    if (at == files_.end()) continue;
    File& file = at->second;
    order_.erase({file.time, -file.depth, name});
    file.time = time;
    order_.insert({file.time, -file.depth, name});
    if (file.bytes > 0) set_time(path_of(name, file), time);
  }
}

bool PageFiles::room(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) changed_.wait(lock, [this] { return waiting_bytes_ < kMostWaiting; });
  return waiting_bytes_ < kMostWaiting;
}

void PageFiles::write(const PageKey& key, uint32_t kinds, int64_t time, std::vector<std::byte> bytes) {
  std::lock_guard lock(mutex_);
  std::string name = name_of(key);
  File file{kinds, key.depth, time, 0};
  note(name, file);
  waiting_bytes_ += bytes.size();
  waiting_.push_back({name, file, std::move(bytes)});
  changed_.notify_all();
}

Status PageFiles::write_file(const Writing& writing) {
  fs::path path = path_of(writing.name, writing.file);
  fs::path temporary = path;
  temporary += fmt::format(".{}", ::getpid());
  int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  auto wrong = [&] {
    Error error = fail("{}: {}", temporary.string(), std::strerror(errno));
    if (descriptor >= 0) ::close(descriptor);
    ::unlink(temporary.c_str());
    return error;
  };
  if (descriptor < 0) return wrong();
  // Nothing is synced: after a failure of the machine a checksum tells what did not arrive.
  for (size_t done = 0; done < writing.bytes.size();) {
    ssize_t n = ::write(descriptor, writing.bytes.data() + done, writing.bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return wrong();
    done += static_cast<size_t>(n);
  }
  ::close(std::exchange(descriptor, -1));
  set_time(temporary, writing.file.time);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return wrong();
  return {};
}

void PageFiles::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Writing& writing = waiting_.front();  // stays there to be read
    lock.unlock();
    Status written = write_file(writing);
    lock.lock();
    is_written(writing, written);
    waiting_bytes_ -= writing.bytes.size();
    waiting_.pop_front();
    changed_.notify_all();
  }
}

void PageFiles::is_written(const Writing& writing, const Status& written) {
  auto at = files_.find(writing.name);
  if (!written.ok()) {
    if (!std::exchange(complained_, true))
      log_warning("a page is not kept on disk: {}", written.error().message);
    return drop(writing.name);
  }
  if (at == files_.end() || at->second.kinds != writing.file.kinds) {  // it made room for others meanwhile
    std::error_code gone;
    fs::remove(path_of(writing.name, writing.file), gone);
    return;
  }
  at->second.bytes = writing.bytes.size();
  bytes_ += writing.bytes.size();
  make_room();
}

uint64_t PageFiles::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

int64_t PageFiles::pages() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(files_.size());
}

}  // namespace hearth
