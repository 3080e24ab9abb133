// Text that knows who wrote each part of it: the template's author, or whoever gave the values. What is made from
// other text keeps the origins of the parts. A tokenizer reads control tokens only in what the author wrote.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "chat/jinja/heap.h"

namespace hearth::jinja {

enum class Origin : uint8_t { author, input };

// A stretch of one origin, up to `end`.
struct Run {
  size_t end;
  Origin origin;
};

inline constexpr Run kAuthorRun{SIZE_MAX, Origin::author};
inline constexpr Run kInputRun{SIZE_MAX, Origin::input};

// Text that may grow: what concatenation makes. Growing never moves nor changes what is there, so that other texts may
// share it.
struct TextBuffer {
  std::span<char> room;
  size_t used = 0;
  Growing<Run> runs{};
};

// Valid UTF-8, and its runs in order; the last one may end behind the text. It owns neither.
struct Text {
  std::string_view bytes;
  const Run* runs = &kAuthorRun;
  TextBuffer* buffer = nullptr;  // that the text begins, if it can grow

  Text() = default;
  Text(std::string_view text, Origin origin)
      : bytes(text), runs(origin == Origin::author ? &kAuthorRun : &kInputRun) {}
  Text(std::string_view text, const Run* with) : bytes(text), runs(with) {}

  size_t size() const { return bytes.size(); }
};

// Calls visit(begin, end, origin) for each stretch of [begin, end) in order.
template <class Visit>
void for_each_run(const Text& text, size_t begin, size_t end, Visit&& visit) {
  for (const Run* run = text.runs; begin < end; ++run) {
    if (run->end <= begin) continue;
    size_t stop = std::min(run->end, end);
    visit(begin, stop, run->origin);
    begin = stop;
  }
}

// The part of `text` from `begin` to `end`, which are offsets between characters.
Text cut(Heap& heap, const Text& text, size_t begin, size_t end);
// The part of `text` that `part` is: a view into its bytes.
Text cut(Heap& heap, const Text& text, std::string_view part);

// `a` and `b` one behind the other. To append again and again to the same text takes time in what is appended.
Text append(Heap& heap, const Text& a, const Text& b);

// Puts text together. What it holds counts as the heap's memory, and as work; beyond `limit` bytes the render fails.
class TextBuilder {
 public:
  explicit TextBuilder(Heap& heap, uint64_t limit = UINT64_MAX) : heap_(heap), limit_(limit) {}

  void add(std::string_view bytes, Origin origin = Origin::author);
  void add(const Text& text) { add(text, 0, text.size()); }
  void add(const Text& text, size_t begin, size_t end);
  void add(char32_t character, Origin origin);
  void fill(size_t count, std::string_view with, Origin origin = Origin::author);

  size_t size() const { return bytes_.size(); }
  Text finish();      // on the heap
  Text view() const;  // as long as the builder lives and does not change

  std::string take() { return std::move(bytes_); }
  const std::vector<Run>& runs() const { return runs_; }

 private:
  bool afford(uint64_t bytes);
  void extend_run(Origin origin);

  Heap& heap_;
  uint64_t limit_;
  std::string bytes_;
  std::vector<Run> runs_;
};

// `text` with each stretch passed through map(std::string& out, std::string_view bytes); bytes end between
// characters.
template <class Map>
Text map_text(Heap& heap, const Text& text, Map&& map) {
  TextBuilder out(heap);
  if (!heap.spend_characters(text.size())) return {};
  std::string mapped;
  for_each_run(text, 0, text.size(), [&](size_t begin, size_t end, Origin origin) {
    mapped.clear();
    map(mapped, text.bytes.substr(begin, end - begin));
    out.add(mapped, origin);
  });
  return out.finish();
}

}  // namespace hearth::jinja
