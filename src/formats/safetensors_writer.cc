#include "formats/safetensors_writer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/checked.h"
#include "base/text.h"
#include "formats/split_name.h"

namespace hearth {

namespace {

std::string_view name_of(Type type) {
  switch (type) {
#define X(text, enumerator) \
  case Type::enumerator: return text;
    HEARTH_SAFETENSORS_TYPES(X)
#undef X
    default: return {};
  }
}

std::string in_json(std::string_view text) { return nlohmann::json(text).dump(); }

Status check_text(std::string_view what, std::string_view text) {
  if (repair_utf8(text) == text) return {};
  return fail("{} {} is not UTF-8", what, quote(text));
}

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kLongestOffsets = 2 * 20;  // digits

}  // namespace

Status SafetensorsContents::set(std::string_view key, std::string_view text) {
  TRY_STATUS(check_text("metadata key", key));
  TRY_STATUS(check_text("metadata text", text));
  metadata_[std::string(key)] = text;
  return {};
}

Status SafetensorsContents::add_tensor(std::string_view name, Type type, std::span<const uint64_t> shape) {
  auto problem = [&](Error error) { return within(fmt::format("tensor {}", quote(name)), std::move(error)); };
  TRY_STATUS(check_text("tensor", name));
  std::string_view dtype = name_of(type);
  if (name == "__metadata__") return problem(fail("the name means something else in safetensors"));
  if (dtype.empty()) return problem(fail("safetensors has no type {}", info(type).name));
  if (shape.size() > kSafetensorsMaxDims) {
    return problem(fail("has {} dimensions, expected at most {}", shape.size(), kSafetensorsMaxDims));
  }
  auto size = tensor_size(type, shape);
  if (!size.ok()) return problem(std::move(size).error());
  auto total = checked_add(total_bytes_, size->bytes);
  if (!total) return problem(fail("with it the file's size overflows"));
  if (!names_.emplace(name).second) return problem(fail("is added twice"));
  total_bytes_ = *total;
  std::string row = fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[", in_json(name),
                                dtype, fmt::join(shape.begin(), shape.end(), ","));
  tensors_.push_back({std::string(name), std::move(row), info(type).bytes, size->bytes});
  return {};
}

// The header of a file with some of the tensors, its length before it, blanks after it so that the data is aligned.
std::string SafetensorsContents::header(std::span<const Tensor> tensors) const {
  std::string text = "{";
  if (!metadata_.empty()) text += "\"__metadata__\":" + nlohmann::json(metadata_).dump() + ",";
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    text += fmt::format("{}{},{}]}},", tensor.row, offset, offset + tensor.bytes);
    offset += tensor.bytes;
  }
  if (text.back() == ',') text.pop_back();
  text += '}';
  text.resize(align_up(text.size(), kLengthBytes), ' ');
  uint64_t length = text.size();
  std::string out(reinterpret_cast<const char*>(&length), sizeof(length));
  return out + text;
}

Result<SafetensorsWriter> SafetensorsWriter::create(const std::filesystem::path& path,
                                                    SafetensorsContents contents, SplitLimits limits) {
  std::stable_sort(contents.tensors_.begin(), contents.tensors_.end(),
                   [](const auto& a, const auto& b) { return a.element_bytes > b.element_bytes; });
  std::vector<TensorToStore> rows;
  std::vector<std::string> order;
  for (const auto& tensor : contents.tensors_) {
    rows.push_back({tensor.name, tensor.bytes, tensor.bytes + tensor.row.size() + kLongestOffsets + 4});
    order.push_back(tensor.name);
  }
  uint64_t header_bytes = contents.header({}).size() + kLengthBytes;
  TRY(auto counts, assign_to_files(rows, header_bytes, header_bytes, limits));

  std::string prefix = path.string();
  if (prefix.ends_with(kSafetensorsExtension)) prefix.resize(prefix.size() - kSafetensorsExtension.size());
  bool alone = counts.size() == 1;
  std::vector<TensorSetWriter::File> files;
  nlohmann::json weight_map = nlohmann::json::object();
  std::span<const SafetensorsContents::Tensor> left = contents.tensors_;
  for (size_t i = 0; i < counts.size(); ++i) {
    std::filesystem::path name =
        alone ? path.string() : split_name(prefix, i + 1, counts.size(), kSafetensorsExtension);
    auto tensors = left.first(counts[i]);
    std::string header = contents.header(tensors);
    if (header.size() - kLengthBytes > kSafetensorsMaxHeader || tensors.size() > kSafetensorsMaxTensors) {
      return fail("{}: the header would have {} bytes and {} tensors, at most {} and {} are read",
                  name.string(), header.size(), tensors.size(), kSafetensorsMaxHeader,
                  kSafetensorsMaxTensors);
    }
    for (const auto& tensor : tensors) weight_map[tensor.name] = name.filename().string();
    files.push_back({std::move(name), std::move(header), tensors.size()});
    left = left.subspan(counts[i]);
  }
  std::optional<AtomicFile> index;
  if (!alone) {
    nlohmann::json document = {{"metadata", {{"total_size", contents.total_bytes_}}},
                               {"weight_map", weight_map}};
    TRY(AtomicFile file, AtomicFile::create(fmt::format("{}{}", prefix, kSafetensorsIndexExtension)));
    TRY_STATUS(file.write(document.dump(2) + "\n"));
    index.emplace(std::move(file));
  }
  TRY(auto stream, TensorSetWriter::create(std::move(files), std::move(rows), 1));
  return SafetensorsWriter(std::move(order), std::move(stream), std::move(index));
}

Status SafetensorsWriter::commit() {
  TRY_STATUS(stream_.commit());
  if (index_) return index_->commit();
  return {};
}

}  // namespace hearth
