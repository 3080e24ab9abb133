#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/pages.h"

namespace hearth {

namespace {

Error system_error(const std::filesystem::path& path, std::string_view what) {
  return fail("{}: {}: {}", path.string(), what, std::strerror(errno));
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// O_NONBLOCK so that opening a pipe without a writer fails the next check instead of waiting for ever.
Result<uint64_t> open_regular(const std::filesystem::path& path, Descriptor& file) {
  file.fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file.fd < 0) return system_error(path, "cannot open");
  struct stat status;
  if (::fstat(file.fd, &status) != 0) return system_error(path, "cannot stat");
  if (S_ISDIR(status.st_mode)) return fail("{}: is a directory, a file was expected", path.string());
  if (!S_ISREG(status.st_mode)) return fail("{}: is not a regular file", path.string());
  return static_cast<uint64_t>(status.st_size);
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  Descriptor file{-1};
  TRY(uint64_t size, open_regular(path, file));
  MappedFile mapped;
  mapped.path_ = path;
  if (size == 0) return mapped;
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd, 0);
  if (data == MAP_FAILED) return system_error(path, "cannot map");
  mapped.data_ = static_cast<const std::byte*>(data);
  mapped.size_ = size;
  note_file_pages(mapped.bytes());
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      path_(std::move(other.path_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(path_, other.path_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!data_) return;
  forget_file_pages(bytes());
  ::munmap(const_cast<std::byte*>(data_), size_);
}

Result<std::string> read_file(const std::filesystem::path& path, uint64_t limit) {
  Descriptor file{-1};
  TRY(uint64_t size, open_regular(path, file));
  if (size > limit) return fail("{}: has {} bytes, at most {} are read", path.string(), size, limit);
  return read_stream(file.fd, path.string(), limit);
}

Result<std::string> read_stream(int descriptor, std::string_view name, uint64_t limit) {
  std::string text;
  std::array<char, 65536> chunk;
  while (true) {
    ssize_t count = ::read(descriptor, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail("{}: cannot read: {}", name, std::strerror(errno));
    if (count == 0) return text;
    if (text.size() + static_cast<size_t>(count) > limit) {
      return fail("{}: has more than {} bytes", name, limit);
    }
    text.append(chunk.data(), static_cast<size_t>(count));
  }
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path) {
  AtomicFile file;
  file.path_ = path;
  static std::atomic<unsigned> count{0};
  // A name may be taken: by what a killed process of the same number left behind.
  do {
    file.temporary_ = fmt::format("{}.{}.{}.part", path.string(), ::getpid(), count++);
    file.descriptor_ = ::open(file.temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (file.descriptor_ < 0 && errno == EEXIST);
  if (file.descriptor_ < 0) return system_error(path, "cannot create");
  return file;
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::move(other.temporary_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      written_(other.written_) {}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path_, "cannot write");
    bytes = bytes.subspan(static_cast<size_t>(count));
    written_ += static_cast<uint64_t>(count);
  }
  return {};
}

Status AtomicFile::write_zeros(uint64_t count) {
  static constexpr std::array<std::byte, 4096> kZeros{};
  while (count > 0) {
    uint64_t part = std::min<uint64_t>(count, kZeros.size());
    TRY_STATUS(write(std::span(kZeros).first(part)));
    count -= part;
  }
  return {};
}

Status AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) return system_error(path_, "cannot sync");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    return system_error(path_, "cannot rename into place");
  ::close(std::exchange(descriptor_, -1));
  auto folder = path_.parent_path();
  if (Descriptor directory{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
      directory.fd >= 0) {
    ::fsync(directory.fd);
  }
  return {};
}

}  // namespace hearth
