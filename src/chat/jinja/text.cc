#include "chat/jinja/text.h"

#include <cstring>

#include "chat/jinja/unicode.h"

namespace hearth::jinja {

namespace {

const Run* runs_on_heap(Heap& heap, const std::vector<Run>& runs) {
  if (runs.empty()) return &kAuthorRun;
  if (runs.size() == 1) return runs[0].origin == Origin::author ? &kAuthorRun : &kInputRun;
  std::span<Run> copy = heap.room<Run>(runs.size());
  if (copy.empty()) return &kInputRun;  // the render has failed
  std::copy(runs.begin(), runs.end(), copy.begin());
  return copy.data();
}

// The run that holds `begin`. Walking there is work: a text may have very many.
const Run* skip_runs(Heap& heap, const Text& text, size_t begin) {
  const Run* run = text.runs;
  while (run->end <= begin) ++run;
  heap.spend_steps(static_cast<uint64_t>(run - text.runs) / 16);
  return run;
}

void add_to(Heap& heap, TextBuffer& buffer, const Text& text) {
  if (text.size() == 0) return;
  std::memcpy(buffer.room.data() + buffer.used, text.bytes.data(), text.size());
  for_each_run(text, 0, text.size(), [&](size_t, size_t end, Origin origin) {
    std::span<Run> runs = buffer.runs.items();
    if (runs.empty() || runs.back().origin != origin) {
      buffer.runs.push(heap, {buffer.used + end, origin});
    } else {
      runs.back().end = buffer.used + end;
    }
  });
  buffer.used += text.size();
}

}  // namespace

Text cut(Heap& heap, const Text& text, size_t begin, size_t end) {
  if (begin >= end) return {};
  std::string_view bytes = text.bytes.substr(begin, end - begin);
  const Run* first = skip_runs(heap, text, begin);
  if (first->end >= end) return {bytes, first->origin};
  std::vector<Run> runs;
  for_each_run({text.bytes, first}, begin, end, [&](size_t, size_t stop, Origin origin) {
    runs.push_back({stop - begin, origin});
  });
  return {bytes, runs_on_heap(heap, runs)};
}

Text cut(Heap& heap, const Text& text, std::string_view part) {
  size_t begin = static_cast<size_t>(part.data() - text.bytes.data());
  return cut(heap, text, begin, begin + part.size());
}

Text append(Heap& heap, const Text& a, const Text& b) {
  size_t size = a.size() + b.size();
  if (!heap.spend_bytes(b.size())) return {};
  TextBuffer* buffer = a.buffer;
  if (!buffer || buffer->used != a.size() || buffer->room.size() < size) {
    // Once appended to, a text is likely to be appended to again.
    std::span<char> room = heap.room<char>(buffer ? 2 * size : size);
    if (room.empty() || !heap.spend_bytes(a.size())) return {};
    buffer = heap.make<TextBuffer>(room);
    add_to(heap, *buffer, a);
  }
  add_to(heap, *buffer, b);
  Text whole(std::string_view(buffer->room.data(), buffer->used), buffer->runs.items().data());
  whole.buffer = buffer;
  return whole;
}

bool TextBuilder::afford(uint64_t bytes) {
  if (bytes > limit_ || bytes_.size() > limit_ - bytes) {
    heap_.fail("the rendered text is longer than {} bytes", limit_);
    return false;
  }
  return heap_.spend_memory(bytes) && heap_.spend_bytes(bytes);
}

void TextBuilder::extend_run(Origin origin) {
  if (runs_.empty() || runs_.back().origin != origin) {
    heap_.spend_memory(sizeof(Run));
    runs_.push_back({0, origin});
  }
  runs_.back().end = bytes_.size();
}

void TextBuilder::add(std::string_view bytes, Origin origin) {
  if (bytes.empty() || !afford(bytes.size())) return;
  bytes_ += bytes;
  extend_run(origin);
}

void TextBuilder::add(const Text& text, size_t begin, size_t end) {
  if (begin >= end) return;
  Text rest(text.bytes, skip_runs(heap_, text, begin));
  for_each_run(rest, begin, end, [&](size_t from, size_t to, Origin origin) {
    add(text.bytes.substr(from, to - from), origin);
  });
}

void TextBuilder::add(char32_t character, Origin origin) {
  if (!afford(4)) return;
  append_character(bytes_, character);
  extend_run(origin);
}

void TextBuilder::fill(size_t count, std::string_view with, Origin origin) {
  if (count == 0 || with.empty()) return;
  if (!afford(count > INT64_MAX / with.size() ? INT64_MAX : count * with.size())) return;
  if (with.size() == 1) {
    bytes_.append(count, with[0]);
  } else {
    for (; count > 0; --count) bytes_ += with;
  }
  extend_run(origin);
}

Text TextBuilder::view() const { return {bytes_, runs_.empty() ? &kAuthorRun : runs_.data()}; }

Text TextBuilder::finish() {
  std::span<char> copy = heap_.room<char>(bytes_.size());
  if (copy.empty()) return {};
  std::memcpy(copy.data(), bytes_.data(), bytes_.size());
  return {std::string_view(copy.data(), copy.size()), runs_on_heap(heap_, runs_)};
}

}  // namespace hearth::jinja
