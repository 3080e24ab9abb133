#include "hub/remote_header.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "formats/gguf.h"

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kFirst = 1 << 20,
                   kMost = 256 << 20;  // of a header; each attempt asks for four times as much

// [begin, end) of the file, to its place.
Status fetch_piece(const WebClient& web, const RemoteFile& file, uint64_t begin, uint64_t end, int to) {
  WebRequest request{file.url, "*/*", file.token, ByteRange{begin, end - 1}, {}};
  uint64_t at = begin;
  bool enough = false;
  WebSink sink;
  sink.begin = [&](const WebAnswer& answer) -> Status {
    if (answer.status == 206) {
      TRY(ContentRange range, content_range(answer));
      if (range.total != file.size || range.range.first != begin)
        return fail("{}: the server sends another part than was asked for", file.path);
    } else if (begin > 0) {
      return fail("{}: the server sends the whole file where a part was asked for", file.path);
    }
    return {};
  };
  sink.data = [&](std::span<const std::byte> bytes) -> Status {
    bytes = bytes.first(std::min<uint64_t>(bytes.size(), end - at));
    if (::pwrite(to, bytes.data(), bytes.size(), static_cast<off_t>(at)) !=
        static_cast<ssize_t>(bytes.size()))
      return fail("{}: cannot write: {}", file.path, std::strerror(errno));
    at += bytes.size();
    enough = at == end;
    // A server without ranges would go on with the rest.
    return enough ? Status(fail("enough")) : Status();
  };
  auto answer = web.fetch(request, sink);
  if (enough) return {};
  if (!answer.ok()) return std::move(answer).error();
  if (!answer->good()) return answer_error(*answer);
  return fail("{}: the answer ended early", file.path);
}

Status fetch_header(const WebClient& web, const RemoteFile& file, const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  int to = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (to < 0) return fail("{}: cannot create: {}", path.string(), std::strerror(errno));
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{to};
  if (::ftruncate(to, static_cast<off_t>(file.size)) != 0)
    return fail("{}: cannot set its size: {}", path.string(), std::strerror(errno));
  uint64_t there = 0;
  for (uint64_t end = std::min(kFirst, file.size);; end = std::min(4 * end, file.size)) {
    TRY_STATUS(fetch_piece(web, file, there, end, to));
    there = end;
    TRY(MappedFile mapped, MappedFile::open(path));
    auto parsed = GgufFile::parse(mapped.bytes(), file.path);
    // What lies in the holes was not read: all that the header says is there.
    if (parsed.ok() && (parsed->parts().front().data_offset <= there || there == file.size)) return {};
    std::string_view magic(reinterpret_cast<const char*>(mapped.bytes().data()),
                           std::min<uint64_t>(4, file.size));
    if (there == file.size || 4 * end > kMost || magic != "GGUF")
      return parsed.ok() ? fail("{}: its header has more than {} bytes", file.path, kMost)
                         : std::move(parsed).error();
  }
}

}  // namespace

Result<fs::path> fetch_headers(const WebClient& web, const RemoteModel& remote, const Wanted& wanted,
                               const fs::path& folder) {
  if (wanted.model == ".")
    return fail("{}: has no GGUF file, of which the beginning could be read; pull it first", wanted.name);
  for (size_t i : wanted.files) {
    const RemoteFile& file = remote.files[i];
    if (file.path != wanted.projector) TRY_STATUS(fetch_header(web, file, folder / file.path));
  }
  return folder / wanted.model;
}

}  // namespace hearth
