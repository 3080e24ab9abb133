#include "program.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace hearth {

namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == 0) {
      read_end = ends[0];
      write_end = ends[1];
    }
  }
  ~Pipe() {
    close(read_end);
    close(write_end);
  }
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* arguments, char* const* environment, const Pipe& in, const Pipe& out,
                         const Pipe& err, const ProgramInput& input) {
  ::dup2(in.read_end, STDIN_FILENO);
  ::dup2(out.write_end, STDOUT_FILENO);
  ::dup2(input.one_pipe ? out.write_end : err.write_end, STDERR_FILENO);
  if (input.memory && kMemoryIsItsOwn) {
    rlimit limit{input.memory, input.memory};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  if (input.file_bytes) {
    rlimit limit{input.file_bytes, input.file_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::signal(SIGPIPE, SIG_DFL);
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// Feeds and reads all three at once, so that neither side waits for the other for ever.
void exchange(std::string_view input, Pipe& in, Pipe& out, Pipe& err, ProgramRun& run) {
  ::fcntl(in.write_end, F_SETFL, O_NONBLOCK);
  if (input.empty()) Pipe::close(in.write_end);
  while (out.read_end >= 0 || err.read_end >= 0) {
    std::array<pollfd, 3> events = {pollfd{in.write_end, POLLOUT, 0}, pollfd{out.read_end, POLLIN, 0},
                                    pollfd{err.read_end, POLLIN, 0}};
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) return;
    if (events[0].revents) {
      ssize_t count = ::write(in.write_end, input.data(), input.size());
      if (count > 0) input.remove_prefix(static_cast<size_t>(count));
      if (input.empty() || (count < 0 && errno != EAGAIN)) Pipe::close(in.write_end);
    }
    auto read = [](const pollfd& event, int& end, std::string& text) {
      if (!event.revents) return;
      std::array<char, 65536> chunk;
      ssize_t count = ::read(end, chunk.data(), chunk.size());
      if (count > 0) text.append(chunk.data(), static_cast<size_t>(count));
      if (count == 0) Pipe::close(end);
    };
    read(events[1], out.read_end, run.out);
    read(events[2], err.read_end, run.err);
  }
}

}  // namespace

bool ProgramRun::failed_with(std::string_view part) const {
  return status == 1 && out.empty() && err.starts_with("error: ") && err.ends_with('\n') &&
         std::count(err.begin(), err.end(), '\n') == 1 && err.find(part) != std::string::npos;
}

ProgramRun run_program(const std::vector<std::string>& arguments, const ProgramInput& input) {
  std::vector<std::string> words = {HEARTH_PROGRAM}, environment;
  words.insert(words.end(), arguments.begin(), arguments.end());
  for (char** each = environ; *each; ++each) environment.push_back(*each);
  environment.insert(environment.begin(), input.environment.begin(), input.environment.end());
  auto argv = pointers(words), envp = pointers(environment);

  ProgramRun run;
  Pipe in, out, err;
  ::signal(SIGPIPE, SIG_IGN);  // a program that does not read its stdin
  ::malloc_trim(
      0);  // max_rss begins with what this process has, which is not to be what earlier tests have freed
  pid_t child = ::fork();
  if (child == 0) become(argv.data(), envp.data(), in, out, err, input);
  if (child < 0) return run;
  Pipe::close(in.read_end);
  Pipe::close(out.write_end);
  Pipe::close(err.write_end);
  if (input.output_closed) Pipe::close(out.read_end);
  if (input.while_running) input.while_running(child);
  exchange(input.text, in, out, err, run);
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {}
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  if (kMemoryIsItsOwn) run.max_rss = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  return run;
}

}  // namespace hearth
