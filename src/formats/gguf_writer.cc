#include "formats/gguf_writer.h"

#include "base/checked.h"
#include "base/text.h"
#include "formats/gguf.h"
#include "formats/split_name.h"

namespace hearth {

namespace {

template <class T>
void append(std::string& out, T number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof(T));
}

void append_string(std::string& out, std::string_view text) {
  append<uint64_t>(out, text.size());
  out += text;
}

std::string encode(std::string_view key, const GgufValue& value) {
  std::string out;
  append_string(out, key);
  append<uint32_t>(out, static_cast<uint32_t>(gguf_type(value)));
  std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::string_view>) {
          append_string(out, held);
        } else if constexpr (std::is_same_v<Held, GgufArray>) {
          append<uint32_t>(out, static_cast<uint32_t>(held.type()));
          append<uint64_t>(out, held.size());
          if (held.type() == GgufType::string) {
            for (std::string_view text : held.strings()) append_string(out, text);
          } else {
            out.append(reinterpret_cast<const char*>(held.bytes().data()), held.bytes().size());
          }
        } else {
          append(out, held);
        }
      },
      value);
  return out;
}

constexpr std::string_view kAlignmentKey = "general.alignment";
constexpr uint64_t kMaxFiles = UINT16_MAX;  // "split.count" is a u16
constexpr std::string_view kSplitNumber = "split.no", kSplitCount = "split.count",
                           kSplitTensors = "split.tensors.count";

bool is_split_key(std::string_view key) {
  return key == kSplitNumber || key == kSplitCount || key == kSplitTensors;
}

}  // namespace

Status GgufContents::set(std::string_view key, const GgufValue& value) {
  auto problem = [&](Error error) {
    return within(fmt::format("metadata {}", quote(key)), std::move(error));
  };
  if (Status status = check_gguf_key(key); !status.ok()) return problem(status.error());
  if (auto* array = std::get_if<GgufArray>(&value)) {
    if (array->type() == GgufType::array)
      return problem(fail("is an array of arrays, which are not supported"));
    if (array->type() == GgufType::string && array->size() > kGgufMaxStrings) {
      return problem(fail("has {} strings, at most {} are read", array->size(), kGgufMaxStrings));
    }
  }
  if (key == kAlignmentKey) { TRY(alignment_, gguf_alignment(value)); }
  auto [at, added] = entry_of_.try_emplace(std::string(key), entries_.size());
  if (added) entries_.emplace_back();
  entries_[at->second] = {std::string(key), encode(key, value)};
  return {};
}

Status GgufContents::add_tensor(std::string_view name, Type type, std::span<const uint64_t> shape) {
  auto problem = [&](Error error) { return within(fmt::format("tensor {}", quote(name)), std::move(error)); };
  if (Status status = check_gguf_tensor_name(name); !status.ok()) return problem(status.error());
  if (info(type).gguf_id < 0) return problem(fail("GGUF has no type {}", info(type).name));
  auto size = gguf_tensor_size(type, shape);
  if (!size.ok()) return problem(std::move(size).error());
  auto padded = checked_align(size->bytes, kGgufMaxAlignment);
  auto total = padded ? checked_add(total_bytes_, *padded) : std::nullopt;
  if (!total) return problem(fail("with it the file's size overflows"));
  if (!tensor_names_.emplace(name).second) return problem(fail("is added twice"));

  std::string encoded;
  append_string(encoded, name);
  append<uint32_t>(encoded, static_cast<uint32_t>(shape.size()));
  for (size_t i = shape.size(); i-- > 0;) append<uint64_t>(encoded, shape[i]);
  append<uint32_t>(encoded, static_cast<uint32_t>(info(type).gguf_id));
  tensors_.push_back({std::string(name), std::move(encoded), size->bytes});
  total_bytes_ = *total;
  return {};
}

std::vector<TensorToStore> GgufContents::rows() const {
  std::vector<TensorToStore> rows;
  for (const Tensor& tensor : tensors_) {
    uint64_t cost = align_up(tensor.bytes, alignment_) + tensor.encoded.size() + sizeof(uint64_t);
    rows.push_back({tensor.name, tensor.bytes, cost});
  }
  return rows;
}

// All that stands before the data of a file with some of the tensors.
std::string GgufContents::header(const Keys& keys, std::span<const Tensor> tensors) const {
  std::string out = "GGUF";
  append<uint32_t>(out, 3);
  append<uint64_t>(out, tensors.size());
  append<uint64_t>(out, keys.count);
  out += keys.encoded;
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    out += tensor.encoded;
    append<uint64_t>(out, offset);
    offset += align_up(tensor.bytes, alignment_);
  }
  out.resize(align_up(out.size(), alignment_));
  return out;
}

GgufContents::Keys GgufContents::keys_of_file(uint64_t number, uint64_t files) const {
  Keys keys;
  for (const Entry& entry : entries_) {
    if (is_split_key(entry.key)) continue;
    if (number == 0 || entry.key == kAlignmentKey) keys.add(entry.encoded);
  }
  if (files > 1) {
    keys.add(encode(kSplitNumber, static_cast<uint16_t>(number)));
    keys.add(encode(kSplitCount, static_cast<uint16_t>(files)));
    keys.add(encode(kSplitTensors, static_cast<int32_t>(tensors_.size())));
  }
  return keys;
}

uint64_t GgufContents::file_bytes(std::span<const uint64_t> tensors_of_file) const {
  uint64_t bytes = 0;
  for (const Tensor& tensor : tensors_) bytes += align_up(tensor.bytes, alignment_);
  std::span<const Tensor> left = tensors_;
  for (size_t i = 0; i < tensors_of_file.size(); ++i) {
    bytes += header(keys_of_file(i, tensors_of_file.size()), left.first(tensors_of_file[i])).size();
    left = left.subspan(tensors_of_file[i]);
  }
  return bytes;
}

Result<GgufWriter> GgufWriter::create(const std::filesystem::path& path, const GgufContents& contents,
                                      SplitLimits limits) {
  std::vector<TensorToStore> rows = contents.rows();
  // A header with all of its tensors ends on an alignment; one without them, at most that much earlier.
  auto header_bytes = [&](uint64_t number) {
    return contents.header(contents.keys_of_file(number, kMaxFiles), {}).size() + contents.alignment_;
  };
  TRY(auto counts, assign_to_files(rows, header_bytes(0), header_bytes(1), limits));
  return create(path, contents, counts);
}

Result<GgufWriter> GgufWriter::create(const std::filesystem::path& path, const GgufContents& contents,
                                      std::span<const uint64_t> tensors_of_file) {
  const size_t count = tensors_of_file.size();
  if (count > kMaxFiles) {
    return fail("{}: would be {} files, at most {} fit the format", path.string(), count, kMaxFiles);
  }
  std::string prefix = path.string();
  if (prefix.ends_with(kGgufExtension)) prefix.resize(prefix.size() - kGgufExtension.size());
  std::vector<TensorSetWriter::File> files;
  std::vector<std::filesystem::path> paths;
  std::span<const GgufContents::Tensor> left = contents.tensors_;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t tensors = tensors_of_file[i];
    GgufContents::Keys keys = contents.keys_of_file(i, count);
    paths.push_back(count == 1 ? path.string() : split_name(prefix, i + 1, count, kGgufExtension));
    if (keys.count > kGgufMaxKeys || tensors > kGgufMaxTensors) {
      return fail("{}: would have {} metadata keys and {} tensors, at most {} and {} are read",
                  paths.back().string(), keys.count, tensors, kGgufMaxKeys, kGgufMaxTensors);
    }
    files.push_back({paths.back(), contents.header(keys, left.first(tensors)), tensors});
    left = left.subspan(tensors);
  }
  TRY(auto stream, TensorSetWriter::create(std::move(files), contents.rows(), contents.alignment_));
  return GgufWriter(std::move(paths), std::move(stream));
}

}  // namespace hearth
