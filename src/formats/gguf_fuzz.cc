// Whatever bytes come, GgufFile refuses them or gives views that can be read; and what it reads, can be written.
#include <cstdlib>

#include "formats/gguf.h"
#include "formats/gguf_bytes.h"
#include "formats/gguf_writer.h"

namespace hearth {
namespace {

using namespace testing_gguf;

// Bytes as decisions, for files that are right but for a few things.
class Script {
 public:
  explicit Script(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  bool done() const { return bytes_.empty(); }
  uint8_t byte() {
    if (bytes_.empty()) return 0;
    uint8_t first = bytes_[0];
    bytes_ = bytes_.subspan(1);
    return first;
  }
  uint64_t number() {
    static constexpr uint64_t kInteresting[] = {0,
                                                1,
                                                31,
                                                32,
                                                33,
                                                64,
                                                255,
                                                256,
                                                1 << 20,
                                                UINT32_MAX,
                                                uint64_t{1} << 31,
                                                uint64_t{1} << 32,
                                                uint64_t{1} << 61,
                                                uint64_t{1} << 62,
                                                uint64_t{1} << 63,
                                                UINT64_MAX - 31,
                                                UINT64_MAX / 4,
                                                UINT64_MAX};
    uint8_t choice = byte();
    return choice < std::size(kInteresting) ? kInteresting[choice] : choice;
  }
  std::string text() {
    std::string out;
    for (size_t left = byte() % 12; left > 0; --left) out += static_cast<char>(byte());
    return out;
  }

 private:
  std::span<const uint8_t> bytes_;
};

std::string value(Script& script, uint32_t type) {
  switch (type) {
    case kString: return str(script.text());
    case kArray: {
      uint32_t of = script.byte() % 14;
      uint64_t count = script.byte() % 8;
      std::string elements;
      for (uint64_t i = 0; i < count; ++i) elements += value(script, of);
      return array(of, script.byte() < 250 ? count : script.number(), elements);
    }
    case kU8:
    case kI8:
    case kBool: return std::string(1, static_cast<char>(script.byte()));
    case kU16:
    case kI16: return u16(static_cast<uint16_t>(script.number()));
    case kU32:
    case kI32:
    case kF32: return u32(static_cast<uint32_t>(script.number()));
    default: return u64(script.number());
  }
}

std::string assemble(Script script) {
  File file{.version = script.byte() < 250 ? 2 + script.byte() % 2 : static_cast<uint32_t>(script.number())};
  uint64_t offset = 0;
  while (!script.done()) {
    uint8_t what = script.byte();
    if (what < 100) {
      uint32_t type = script.byte() % 14;
      file.keys.push_back(key(what < 10 ? "general.alignment" : script.text(), type, value(script, type)));
    } else if (what < 240) {
      std::vector<uint64_t> ne(script.byte() % 6);
      for (uint64_t& size : ne) size = script.number();
      file.tensors.push_back(
          tensor(script.text(), ne, script.byte() % 45, what < 200 ? offset : script.number()));
      offset += 32 * (1 + script.byte());
    } else if (what < 245) {
      file.key_count = script.number();
    } else if (what < 250) {
      file.tensor_count = script.number();
    } else {
      file.data = script.byte() * 64u;
    }
  }
  if (!file.data) file.data = offset;
  return file.bytes();
}

uint64_t touch(std::string_view text) {
  uint64_t sum = text.size();
  for (char c : text) sum += static_cast<uint8_t>(c);
  return sum;
}

void require(bool condition) {
  if (!condition) std::abort();
}

uint64_t walk(const GgufFile& file) {
  GgufContents contents;
  uint64_t sum = 0;
  for (const auto& [key, value] : file.metadata().entries()) {
    sum += touch(key) + touch(describe(value));
    sum += gguf_as<uint64_t>(value).value_or(0) + static_cast<uint64_t>(gguf_as<double>(value).has_value());
    if (auto* array = std::get_if<GgufArray>(&value)) {
      for (uint64_t i = 0; i < array->size(); ++i) sum += touch(describe(array->at(i)));
      if (auto numbers = gguf_as<std::vector<int64_t>>(value)) sum += numbers->size();
      if (auto strings = gguf_as<std::span<const std::string_view>>(value)) {
        for (std::string_view text : *strings) sum += touch(text);
      }
    }
    require(file.metadata().find(key) == &value);
    require(contents.set(key, value).ok());
  }
  for (const StoredTensor& tensor : file.tensors()) {
    sum += touch(tensor.name);
    for (std::byte b : tensor.data) sum += static_cast<uint8_t>(b);
    require(file.find_tensor(tensor.name) == &tensor);
    require(contents.add_tensor(tensor.name, tensor.type, tensor.shape).ok());
  }
  return sum;
}

volatile uint64_t sink;

}  // namespace
}  // namespace hearth

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  if (size == 0) return 0;
  std::span<const uint8_t> rest(data + 1, size - 1);
  std::string file = data[0] % 2 ? assemble(Script(rest)) : std::string(rest.begin(), rest.end());
  // In a block of its own, whose end the address sanitizer guards.
  std::vector<char> bytes(file.begin(), file.end());
  auto parsed = GgufFile::parse(as_bytes({bytes.data(), bytes.size()}), "fuzz");
  if (parsed.ok()) {
    sink = walk(*parsed);
  } else {
    const std::string& message = parsed.error().message;
    require(message.size() < 1000);
    for (char c : message) require(static_cast<uint8_t>(c) >= 0x20);
  }
  return 0;
}
