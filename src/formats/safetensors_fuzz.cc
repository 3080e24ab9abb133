// Whatever bytes come, SafetensorsFile refuses them or gives views that can be read.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "formats/safetensors.h"
#include "formats/safetensors_writer.h"

namespace hearth {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// The header ends at the first zero byte; its length is put before it, so that it need not be guessed.
std::vector<char> with_length(std::span<const uint8_t> bytes) {
  uint64_t length = static_cast<uint64_t>(std::find(bytes.begin(), bytes.end(), 0) - bytes.begin());
  std::vector<char> file(sizeof(length));
  std::memcpy(file.data(), &length, sizeof(length));
  file.insert(file.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length));
  if (length < bytes.size())
    file.insert(file.end(), bytes.begin() + static_cast<ptrdiff_t>(length) + 1, bytes.end());
  return file;
}

uint64_t walk(const SafetensorsFile& file) {
  uint64_t sum = 0;
  SafetensorsContents contents;
  for (const auto& [key, text] : file.metadata()) require(contents.set(key, text).ok());
  const std::byte* next = nullptr;
  for (const StoredTensor& tensor : file.tensors()) {
    require(!next || tensor.data.data() == next);
    next = tensor.data.data() + tensor.data.size();
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
  std::vector<char> file = data[0] % 2 ? with_length(rest) : std::vector<char>(rest.begin(), rest.end());
  auto parsed = SafetensorsFile::parse(std::as_bytes(std::span(file)), "fuzz");
  if (parsed.ok()) {
    sink = walk(*parsed);
  } else {
    for (char c : parsed.error().message) require(static_cast<uint8_t>(c) >= 0x20);
  }
  return 0;
}
