#include "cli/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace hearth {

namespace {

bool closed = false;

Status write_error() {
  closed = errno == EPIPE;
  return fail("cannot write the output: {}", std::strerror(errno));
}

}  // namespace

Status print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
  return write_error();
}

Status flush_output() {
  if (std::fflush(stdout) == 0) return {};
  return write_error();
}

bool output_is_closed() { return closed; }

}  // namespace hearth
