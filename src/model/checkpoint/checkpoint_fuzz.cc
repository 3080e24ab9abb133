// A checkpoint from a stranger: the first line is config.json, what follows is the file of safetensors.
#include <algorithm>
#include <string_view>

#include "model/checkpoint/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hearth;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t line = std::min(text.find('\n'), text.size());
  std::string_view tensors = text.substr(std::min(line + 1, text.size()));
  auto checkpoint = Checkpoint::parse(text.substr(0, line), std::as_bytes(std::span(tensors)), "fuzz");
  if (!checkpoint.ok()) return 0;
  ThreadPool threads(1);
  for (const Checkpoint::Tensor& tensor : (*checkpoint)->tensors()) {
    (void)(*checkpoint)->write(tensor, tensor.type, threads, [](std::span<const std::byte>) {
      return Status();
    });
  }
  return 0;
}
