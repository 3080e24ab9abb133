// Metadata of GGUF that is made here rather than read: keeps what the views look at.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf.h"

namespace hearth {

class MetadataStore {
 public:
  // Adds a key; the first value that a key is given stays.
  void set(std::string_view key, std::string_view text);
  template <class T>
  requires std::is_arithmetic_v<T>
  void set(std::string_view key, T number) { add(key, GgufValue(number)); }
  void set(std::string_view key, std::vector<std::string> texts);
  template <class T>
  requires std::is_arithmetic_v<T>
  void set(std::string_view key, const std::vector<T>& numbers) {
    std::string& bytes = kept_.emplace_back();
    for (T number : numbers) bytes.append(reinterpret_cast<const char*>(&number), sizeof(T));
    add(key, GgufValue(GgufArray(gguf_type_of<T>(), numbers.size(),
                                 reinterpret_cast<const std::byte*>(bytes.data()))));
  }
  void set_flags(std::string_view key, const std::vector<uint8_t>& flags);
  // Views of what is kept here, which must outlive them.
  Result<GgufMetadata> view(std::string source) const {
    return GgufMetadata::make(std::move(source), entries_);
  }

 private:
  void add(std::string_view key, GgufValue value);
  std::string_view keep(std::string_view text) { return kept_.emplace_back(text); }

  std::deque<std::string> kept_;
  std::deque<std::vector<std::string_view>> lists_;
  std::vector<GgufMetadata::Entry> entries_;
};

}  // namespace hearth
