// Pulling onto a disk that fills up: at each of the calls that change something on it, in turn.
#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/file.h"
#include "base/own_folder_testing.h"
#include "hub/pull.h"
#include "hub/web_testing.h"

namespace {

constexpr int kNever = 1 << 30;
std::atomic<int> calls_left{kNever};  // until the disk is full
std::atomic<bool> cuts{false};        // the first write that fails had room for some of its bytes

// Whether this call finds no room.
bool full() {
  if (calls_left == kNever) return false;
  if (calls_left.fetch_sub(1) > 0) return false;
  errno = ENOSPC;
  return true;
}

bool is_file(int descriptor) {
  struct stat status {};
  return descriptor > 2 && ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

template <class Function>
Function* system_call(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// These take the place of the C library's for this whole test program, what it calls in other libraries included.
extern "C" {

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
  static auto* real = system_call<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (!full()) return real(descriptor, bytes, count, at);
  if (cuts.exchange(false) && count > 1) return real(descriptor, bytes, count / 2, at);
  return -1;
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static auto* real = system_call<ssize_t(int, const void*, size_t)>("write");
  if (!is_file(descriptor) || !full()) return real(descriptor, bytes, count);
  if (cuts.exchange(false) && count > 1) return real(descriptor, bytes, count / 2);
  return -1;
}

int fallocate(int descriptor, int mode, off_t at, off_t count) {
  static auto* real = system_call<int(int, int, off_t, off_t)>("fallocate");
  if (!full()) return real(descriptor, mode, at, count);
  // A file system that promises nothing, so that it fills up while the file is written.
  errno = calls_left.load() % 2 == 0 ? EOPNOTSUPP : ENOSPC;
  return -1;
}

int ftruncate(int descriptor, off_t size) noexcept {
  static auto* real = system_call<int(int, off_t)>("ftruncate");
  return full() ? -1 : real(descriptor, size);
}

// No power is cut here, and waiting for the disk would be most of the test.
int fsync(int) { return full() ? -1 : 0; }

int rename(const char* from, const char* to) noexcept {
  static auto* real = system_call<int(const char*, const char*)>("rename");
  return full() ? -1 : real(from, to);
}

int symlink(const char* target, const char* path) noexcept {
  static auto* real = system_call<int(const char*, const char*)>("symlink");
  return full() ? -1 : real(target, path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* real = system_call<int(const char*, mode_t)>("mkdir");
  return full() ? -1 : real(path, mode);
}

}  // extern "C"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;

class FullDisks : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("HOME", (folder_ / "home").c_str(), 1);  // its caches are looked into
    for (const char* name : {"HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "OLLAMA_MODELS"}) ::unsetenv(name);
  }
  void TearDown() override { calls_left = kNever; }

  Result<Pulled> pull_here(const TestHub& hub) const {
    static const WebClient web = *WebClient::create({.connect_seconds = 5, .silence_seconds = 5});
    PullOptions options;
    options.hub = {hub.base(), hub.base(), {}};
    options.download.retry_seconds = 0;
    options.download.least_segment = 500000;
    TRY(ModelName name, parse_model_name("org/repo"));
    return pull(web, ModelStore(folder_ / "store"), name, options);
  }
  // Whatever has a final name is what the name says.
  void expect_nothing_wrong(const std::string& when) const {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder_ / "store/blobs", none)) {
      EXPECT_EQ("sha256-" + digest_of_file(entry.path(), HashKind::sha256)->hex, entry.path().filename())
          << when;
    }
    ModelStore store(folder_ / "store");
    auto models = store.list();
    ASSERT_TRUE(models.ok()) << when;
    for (const StoredModel& model : *models) EXPECT_TRUE(store.is_whole(model)) << when;
  }

  const OwnFolder own_;
  const fs::path& folder_ = own_.path();
};

TEST_F(FullDisks, LeaveNothingWrongUnderAFinalName) {
  const std::string model = tiny_gguf(2000000);
  TestHub hub({{"m-Q8_0.gguf", model}, {"mmproj-F16.gguf", tiny_gguf(3000)}});
  // Each call on demand; some of them on every day.
  const bool all = std::getenv("HEARTH_FULL_DISKS") != nullptr;
  int moments = 0;
  for (bool cut : {false, true}) {
    for (int calls = 0;; calls += all ? 1 : 5) {
      std::string when = fmt::format("after {} calls{}", calls, cut ? ", in the middle of one" : "");
      cuts = cut;
      calls_left = calls;
      auto pulled = pull_here(hub);
      bool filled = calls_left.exchange(kNever) <= 0;
      expect_nothing_wrong(when);
      ++moments;
      if (!pulled.ok()) {
        EXPECT_TRUE(filled) << when << ": " << pulled.error().message;
        EXPECT_THAT(pulled.error().message, AnyOf(HasSubstr("No space left"), HasSubstr("no room"))) << when;
      }
      // There is room again.
      auto again = pull_here(hub);
      ASSERT_TRUE(again.ok()) << when << ": " << again.error().message;
      ModelStore store(folder_ / "store");
      EXPECT_EQ(*read_file(store.path_of(again->model)), model) << when;
      EXPECT_EQ(*store.remove(again->model), again->model.bytes()) << when;
      EXPECT_TRUE(fs::is_empty(folder_ / "store/downloads")) << when;
      EXPECT_TRUE(fs::is_empty(folder_ / "store/blobs")) << when;
      if (calls % 3 == 0) fs::remove_all(folder_ / "store");  // its folders are new again
      if (!filled || HasFailure()) break;
    }
  }
  EXPECT_GE(moments, all ? 100 : 20);
  RecordProperty("moments", moments);
}

}  // namespace
}  // namespace hearth
