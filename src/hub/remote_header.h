// What the beginning of a remote GGUF file says, without fetching the rest.
#pragma once

#include <filesystem>

#include "hub/pull.h"

namespace hearth {

// Puts files into `folder` that are as long as the remote ones and begin as they do, up to their tensors' data;
// the rest are holes, which take no room and read as zeros. Gives the one to open.
Result<std::filesystem::path> fetch_headers(const WebClient& web, const RemoteModel& remote,
                                            const Wanted& wanted, const std::filesystem::path& folder);

}  // namespace hearth
