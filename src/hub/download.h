// Fetches a file in parts at once, into a place of its own, and tells whether it is what it should be. What was
// fetched outlives the program however it ends: the next download goes on from there.
#pragma once

#include <filesystem>

#include "base/progress.h"
#include "hub/remote_files.h"

namespace hearth {

struct DownloadOptions {
  int connections = 4;
  uint64_t least_segment = 8 << 20;  // bytes; less is not worth a connection
  int attempts = 6;                  // in a row without a byte more
  double retry_seconds = 0.25;       // before the second one; then twice as long each time
};

// Takes the file that lies at `part`, whole and checked, with its SHA-256, to where it is kept.
using Keep = std::function<Status(const Digest& sha256)>;

// Fetches the file to `part`, whose name belongs to this content, with a journal beside it that goes away in the
// end, and lets `keep` move it while no other process may touch it. `progress` may be called from several threads,
// one at a time. What is not what it should be is removed, and is an error.
Result<Digest> download(const WebClient& web, const RemoteFile& file, const std::filesystem::path& part,
                        const Keep& keep, const DownloadOptions& options = {}, const Progress& progress = {});

// Of a file that has its place: the journal that stays if a download is killed behind its last step.
void forget_download(const std::filesystem::path& part);

// Bytes of it that are there already.
uint64_t downloaded_bytes(const RemoteFile& file, const std::filesystem::path& part);

}  // namespace hearth
