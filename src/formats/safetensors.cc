#include "formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "base/text.h"
#include "formats/json.h"

namespace hearth {

namespace {

std::optional<Type> type_of(std::string_view name) {
#define X(text, enumerator) \
  if (name == text) return Type::enumerator;
  HEARTH_SAFETENSORS_TYPES(X)
#undef X
  return std::nullopt;
}

// A tensor's row of the header.
struct HeaderRow {
  std::string name;
  Type type;
  std::vector<uint64_t> shape;
  TensorSize size;
  uint64_t begin, end;
};

Result<std::vector<uint64_t>> read_numbers(JsonReader& reader, size_t limit) {
  std::vector<uint64_t> numbers;
  TRY_STATUS(reader.array([&]() -> Status {
    TRY(uint64_t number, reader.unsigned_integer());
    if (numbers.size() == limit) return reader.error(fmt::format("more than {} numbers", limit));
    numbers.push_back(number);
    return {};
  }));
  return numbers;
}

Result<HeaderRow> read_header_row(JsonReader& reader) {
  std::optional<Type> type;
  std::optional<std::vector<uint64_t>> shape, range;
  TRY_STATUS(reader.object([&](std::string&& key) -> Status {
    if (key == "dtype") {
      TRY(std::string name, reader.string());
      type = type_of(name);
      if (!type) return reader.error(fmt::format("\"dtype\" is {}, which is not a known type", quote(name)));
    } else if (key == "shape") {
      TRY(shape, read_numbers(reader, kSafetensorsMaxDims));
    } else if (key == "data_offsets") {
      TRY(range, read_numbers(reader, 2));
    } else {
      return reader.error(
          fmt::format("has {}, expected only \"dtype\", \"shape\" and \"data_offsets\"", quote(key)));
    }
    return {};
  }));
  if (!type) return fail("has no \"dtype\"");
  if (!shape) return fail("has no \"shape\"");
  if (!range || range->size() != 2) return fail("has no \"data_offsets\" of two numbers");
  TRY(TensorSize size, tensor_size(*type, *shape));
  uint64_t begin = (*range)[0], end = (*range)[1];
  if (begin > end || end - begin != size.bytes) {
    return fail("\"data_offsets\" are {} and {}, but {} of shape {} takes {} bytes", begin, end,
                info(*type).name, shape_text(*shape), size.bytes);
  }
  return HeaderRow{{}, *type, *std::move(shape), size, begin, end};
}

struct Header {
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<HeaderRow> rows;
};

Result<Header> read_header(std::string_view text) {
  Header header;
  JsonReader reader(text);
  TRY_STATUS(reader.object([&](std::string&& key) -> Status {
    if (key == "__metadata__") {
      return reader.object([&](std::string&& name) -> Status {
        TRY(std::string value, reader.string());
        header.metadata.emplace_back(std::move(name), std::move(value));
        return {};
      });
    }
    if (header.rows.size() == kSafetensorsMaxTensors) {
      return reader.error(fmt::format("more than {} tensors", kSafetensorsMaxTensors));
    }
    auto row = read_header_row(reader);
    if (!row.ok()) return within(fmt::format("tensor {}", quote(key)), std::move(row).error());
    row->name = std::move(key);
    header.rows.push_back(*std::move(row));
    return {};
  }));
  TRY_STATUS(reader.finish());
  return header;
}

// Sorted by their data, the tensors must follow each other from the first byte to the last.
Status order_rows(std::vector<HeaderRow>& rows, uint64_t data_bytes) {
  std::sort(rows.begin(), rows.end(), [](const HeaderRow& a, const HeaderRow& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  uint64_t end = 0;
  for (const HeaderRow& row : rows) {
    if (row.begin != end) {
      return fail("tensor {}: its data begins at {}, but the data before it ends at {}: {}", quote(row.name),
                  row.begin, end, row.begin < end ? "they overlap" : "there is a hole");
    }
    end = row.end;
    if (end > data_bytes) {
      return fail("tensor {}: its data ends at {}, but the file has {} bytes of data", quote(row.name), end,
                  data_bytes);
    }
  }
  if (end != data_bytes) {
    return fail("the tensors' data ends at {}, but the file has {} bytes of data", end, data_bytes);
  }
  return {};
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes, std::string_view name) {
  SafetensorsFile file;
  auto read = [&]() -> Status {
    uint64_t length;
    if (bytes.size() < sizeof(length)) {
      return fail("has {} bytes, expected at least {}: not a safetensors file", bytes.size(), sizeof(length));
    }
    std::memcpy(&length, bytes.data(), sizeof(length));
    std::span<const std::byte> rest = bytes.subspan(sizeof(length));
    if (length > kSafetensorsMaxHeader || length > rest.size()) {
      return fail("the header's length is {}, expected at most {}", length,
                  std::min<uint64_t>(kSafetensorsMaxHeader, rest.size()));
    }
    std::string_view text(reinterpret_cast<const char*>(rest.data()), length);
    if (!text.starts_with('{'))
      return fail("the header begins with {}, expected \"{{\"", quote(text.substr(0, 8)));
    auto header = read_header(text);
    if (!header.ok()) return within("header", std::move(header).error());

    std::span<const std::byte> data = rest.subspan(length);
    TRY_STATUS(order_rows(header->rows, data.size()));
    file.metadata_ = std::move(header->metadata);
    std::vector<std::string>& names = file.names_.emplace_back();
    names.reserve(header->rows.size());  // views of short strings would not survive a move
    file.tensors_.reserve(header->rows.size());
    for (HeaderRow& row : header->rows) {
      names.push_back(std::move(row.name));
      file.tensors_.push_back({names.back(), row.type, std::move(row.shape), row.size.elements, row.begin, 0,
                               data.subspan(row.begin, row.size.bytes)});
    }
    file.parts_.push_back({std::string(name), bytes.size(), sizeof(length) + length});
    return {};
  };
  if (Status status = read(); !status.ok()) return within(name, status.error());
  file.index_tensors();
  return file;
}

// The names are unique: each header is an object without two equal keys, and a set's index says where each is.
void SafetensorsFile::index_tensors() {
  tensor_index_ = NameIndex(tensors_, [](const StoredTensor& tensor) { return tensor.name; });
}

const StoredTensor* SafetensorsFile::find_tensor(std::string_view name) const {
  auto found = tensor_index_.find(name);
  return found ? &tensors_[*found] : nullptr;
}

Result<SafetensorsFile> SafetensorsFile::open_file(const std::filesystem::path& path) {
  TRY(MappedFile mapped, MappedFile::open(path));
  TRY(SafetensorsFile file, parse(mapped.bytes(), path.string()));
  file.files_.push_back(std::move(mapped));
  return file;
}

void SafetensorsFile::append(SafetensorsFile shard) {
  uint32_t part = static_cast<uint32_t>(parts_.size());
  for (StoredTensor& tensor : shard.tensors_) {
    tensor.part = part;
    tensors_.push_back(std::move(tensor));
  }
  if (part == 0) metadata_ = std::move(shard.metadata_);
  files_.push_back(std::move(shard.files_.front()));
  parts_.push_back(std::move(shard.parts_.front()));
  names_.push_back(std::move(shard.names_.front()));
}

namespace {

using WeightMap = std::map<std::string, std::string, std::less<>>;  // tensor to file

Result<WeightMap> read_weight_map(std::string_view text) {
  WeightMap files;
  bool found = false;
  JsonReader reader(text);
  TRY_STATUS(reader.object([&](std::string&& key) -> Status {
    if (key != "weight_map") {
      TRY_STATUS(reader.value());
      return {};
    }
    found = true;
    return reader.object([&](std::string&& tensor) -> Status {
      TRY(std::string file, reader.string());
      // A name with a folder in it could reach any file of the machine.
      if (file.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos ||
          !file.ends_with(kSafetensorsExtension)) {
        return reader.error(fmt::format("tensor {} is in {}, expected the name of a {} file beside the index",
                                        quote(tensor), quote(file), kSafetensorsExtension));
      }
      files.emplace(std::move(tensor), std::move(file));
      return {};
    });
  }));
  TRY_STATUS(reader.finish());
  if (!found) return fail("has no \"weight_map\"");
  if (files.empty()) return fail("\"weight_map\" is empty");
  return files;
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::open_index(const std::filesystem::path& path) {
  TRY(std::string text, read_file(path, kSafetensorsMaxHeader));
  auto weight_map = read_weight_map(text);
  if (!weight_map.ok()) return within(path.string(), std::move(weight_map).error());

  std::set<std::string> shards;
  for (const auto& [tensor, file] : *weight_map) shards.insert(file);
  SafetensorsFile set;
  for (const std::string& name : shards) {
    TRY(SafetensorsFile shard, open_file(path.parent_path() / name));
    for (const StoredTensor& tensor : shard.tensors()) {
      auto listed = weight_map->find(tensor.name);
      if (listed == weight_map->end()) {
        return fail("{}: tensor {} of {} is not in the index", path.string(), quote(tensor.name), name);
      }
      if (listed->second != name) {
        return fail("{}: tensor {} is in {}, but the index says {}", path.string(), quote(tensor.name), name,
                    listed->second);
      }
    }
    set.append(std::move(shard));
  }
  set.index_tensors();
  for (const auto& [tensor, file] : *weight_map) {
    if (!set.find_tensor(tensor)) {
      return fail("{}: tensor {} is not in {}, where the index says it is", path.string(), quote(tensor),
                  file);
    }
  }
  return set;
}

Result<SafetensorsFile> SafetensorsFile::open_folder(const std::filesystem::path& path) {
  std::error_code failed;
  auto index = path / fmt::format("model{}", kSafetensorsIndexExtension);
  if (std::filesystem::exists(index, failed)) return open_index(index);
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entries(path, failed), end;
  for (; !failed && entries != end; entries.increment(failed)) {
    if (entries->path().filename().string().ends_with(kSafetensorsExtension))
      files.push_back(entries->path());
  }
  if (failed) return fail("{}: cannot list: {}", path.string(), failed.message());
  if (files.empty()) return fail("{}: holds no {} file", path.string(), kSafetensorsExtension);
  if (files.size() > 1) {
    return fail("{}: holds {} {} files but no {}, which would say what is where", path.string(), files.size(),
                kSafetensorsExtension, index.filename().string());
  }
  return open_file(files.front());
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
  std::error_code failed;  // what cannot be told is opened as a file, which says why
  if (std::filesystem::is_directory(path, failed)) return open_folder(path);
  if (path.filename().string().ends_with(kSafetensorsIndexExtension)) return open_index(path);
  return open_file(path);
}

}  // namespace hearth
