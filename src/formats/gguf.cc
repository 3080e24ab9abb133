#include "formats/gguf.h"

#include <algorithm>
#include <bit>

#include "base/checked.h"
#include "base/text.h"
#include "formats/split_name.h"

namespace hearth {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are used as the file has them");

constexpr std::string_view kMagic = "GGUF";
constexpr uint64_t kLeastKeyBytes = 8 + 1 + 4 + 1;         // a name of one byte, and a bool
constexpr uint64_t kLeastTensorBytes = 8 + 1 + 4 + 4 + 8;  // a name of one byte, and no dimensions

// Reads forward; `what` says what is being read, for the message if the file ends in it.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint64_t position() const { return position_; }
  uint64_t remaining() const { return bytes_.size() - position_; }

  Result<const std::byte*> skip(uint64_t count, std::string_view what) {
    if (count > remaining()) {
      return fail("the file ends inside {}: {} bytes from byte {}, but it has {}", what, count, position_,
                  bytes_.size());
    }
    const std::byte* at = bytes_.data() + position_;
    position_ += count;
    return at;
  }

  template <class T>
  Result<T> number(std::string_view what) {
    TRY(const std::byte* at, skip(sizeof(T), what));
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
  }

  Result<std::string_view> string(std::string_view what) {
    TRY(uint64_t length, number<uint64_t>(what));
    TRY(const std::byte* at, skip(length, what));
    return std::string_view(reinterpret_cast<const char*>(at), length);
  }

 private:
  std::span<const std::byte> bytes_;
  uint64_t position_ = 0;
};

Result<std::string_view> read_name(Cursor& cursor, std::string_view what, Status (*check)(std::string_view)) {
  TRY(std::string_view name, cursor.string(what));
  TRY_STATUS(check(name));
  return name;
}

// How many of something follow, each of which takes at least `least` bytes.
Result<uint64_t> read_count(Cursor& cursor, std::string_view what, uint64_t least, uint64_t limit) {
  TRY(uint64_t count, cursor.number<uint64_t>(what));
  if (count > cursor.remaining() / least) {
    return fail("{} is {}, but only {} bytes follow", what, count, cursor.remaining());
  }
  if (count > limit) return fail("{} is {}, at most {} are read", what, count, limit);
  return count;
}

Result<GgufType> read_type(Cursor& cursor, std::string_view what) {
  TRY(uint32_t id, cursor.number<uint32_t>(what));
  if (id >= kGgufTypeCount) return fail("{} is {}, expected 0 to {}", what, id, kGgufTypeCount - 1);
  return static_cast<GgufType>(id);
}

Status check_bools(std::span<const std::byte> bools) {
  auto wrong = std::find_if(bools.begin(), bools.end(), [](std::byte b) { return b > std::byte{1}; });
  if (wrong == bools.end()) return {};
  return fail("a bool is {}, expected 0 or 1", static_cast<int>(*wrong));
}

using Strings = std::deque<std::vector<std::string_view>>;

Result<GgufValue> read_array(Cursor& cursor, Strings& strings) {
  TRY(GgufType type, read_type(cursor, "the type of the array's elements"));
  if (type == GgufType::array) return fail("is an array of arrays, which are not supported");
  bool of_strings = type == GgufType::string;
  TRY(uint64_t count, read_count(cursor, "the array's length", gguf_type_bytes(type),
                                 of_strings ? kGgufMaxStrings : UINT64_MAX));
  if (of_strings) {
    std::vector<std::string_view> views(count);
    for (std::string_view& view : views) { TRY(view, cursor.string("a string of the array")); }
    return GgufValue(GgufArray(std::span<const std::string_view>(strings.emplace_back(std::move(views)))));
  }
  uint64_t size = count * gguf_type_bytes(type);  // no more than what remains
  TRY(const std::byte* elements, cursor.skip(size, "the array"));
  if (type == GgufType::boolean) TRY_STATUS(check_bools({elements, size}));
  return GgufValue(GgufArray(type, count, elements));
}

Result<GgufValue> read_value(Cursor& cursor, Strings& strings) {
  TRY(GgufType type, read_type(cursor, "the value's type"));
  auto read = [&]<class T>(std::type_identity<T>) -> Result<GgufValue> {
    constexpr std::string_view kWhat = "the value";
    if constexpr (std::is_same_v<T, GgufArray>) {
      return read_array(cursor, strings);
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      TRY(std::string_view text, cursor.string(kWhat));
      return GgufValue(text);
    } else if constexpr (std::is_same_v<T, bool>) {
      TRY(const std::byte* at, cursor.skip(1, kWhat));
      TRY_STATUS(check_bools({at, 1}));
      return GgufValue(*at != std::byte{0});
    } else {
      TRY(T number, cursor.number<T>(kWhat));
      return GgufValue(number);
    }
  };
  switch (type) {
#define X(enumerator, name, type) \
  case GgufType::enumerator: return read(std::type_identity<type>{});
    HEARTH_GGUF_TYPES(X)
#undef X
  }
  return fail("has no type");
}

Result<std::vector<GgufMetadata::Entry>> read_metadata(Cursor& cursor, uint64_t count, Strings& strings) {
  std::vector<GgufMetadata::Entry> entries;
  entries.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    auto key = read_name(cursor, "the key", check_gguf_key);
    if (!key.ok()) return within(fmt::format("metadata {}", i), std::move(key).error());
    auto value = read_value(cursor, strings);
    if (!value.ok()) {
      return within(fmt::format("metadata {} {}", i, quote(*key)), std::move(value).error());
    }
    entries.push_back({*key, *value});
  }
  return entries;
}

Result<uint64_t> read_alignment(const GgufMetadata& metadata) {
  const GgufValue* value = metadata.find("general.alignment");
  return value ? gguf_alignment(*value) : kGgufDefaultAlignment;
}

Result<Type> read_tensor_type(Cursor& cursor) {
  TRY(uint32_t id, cursor.number<uint32_t>("its type"));
  auto type = type_of_gguf(id);
  if (!type) return fail("type id {} is not a known tensor type", id);
  return *type;
}

// What the file says of a tensor; `data` waits until it is known where the data begins.
struct TensorRow {
  StoredTensor tensor;
  uint64_t bytes;
};

Result<TensorRow> read_tensor(Cursor& cursor) {
  TensorRow row{};
  TRY(uint32_t dims, cursor.number<uint32_t>("its number of dimensions"));
  if (dims > kGgufMaxDims) return fail("has {} dimensions, expected at most {}", dims, kGgufMaxDims);
  row.tensor.shape.resize(dims);
  for (uint32_t i = 0; i < dims; ++i) {
    TRY(uint64_t size, cursor.number<uint64_t>("its dimensions"));
    row.tensor.shape[dims - 1 - i] = size;
  }
  TRY(row.tensor.type, read_tensor_type(cursor));
  TRY(row.tensor.offset, cursor.number<uint64_t>("its offset"));

  TRY(TensorSize size, gguf_tensor_size(row.tensor.type, row.tensor.shape));
  row.tensor.elements = size.elements;
  row.bytes = size.bytes;
  return row;
}

Result<std::vector<TensorRow>> read_tensors(Cursor& cursor, uint64_t count) {
  std::vector<TensorRow> rows;
  rows.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    auto name = read_name(cursor, "its name", check_gguf_tensor_name);
    if (!name.ok()) return within(fmt::format("tensor {}", i), std::move(name).error());
    auto row = read_tensor(cursor);
    if (!row.ok()) return within(fmt::format("tensor {} {}", i, quote(*name)), std::move(row).error());
    row->tensor.name = *name;
    rows.push_back(*std::move(row));
  }
  return rows;
}

// Gives the tensors their data: aligned, inside the file, no two overlapping. Gaps and any order are fine.
Status place_tensors(std::vector<TensorRow>& rows, std::span<const std::byte> file, uint64_t data_offset,
                     uint64_t alignment) {
  if (rows.empty()) return {};
  if (data_offset > file.size()) {
    return fail("the tensors' data should begin at byte {}, but the file has {}", data_offset, file.size());
  }
  std::span<const std::byte> data = file.subspan(data_offset);
  for (size_t i = 0; i < rows.size(); ++i) {
    StoredTensor& tensor = rows[i].tensor;
    if (tensor.offset % alignment != 0) {
      return fail("tensor {} {}: offset {} is not a multiple of the alignment {}", i, quote(tensor.name),
                  tensor.offset, alignment);
    }
    auto end = checked_add(tensor.offset, rows[i].bytes);
    if (!end || *end > data.size()) {
      return fail(
          "tensor {} {}: offset {} + {} bytes lies outside the file's data ({} bytes); was it fetched whole?",
          i, quote(tensor.name), tensor.offset, rows[i].bytes, data.size());
    }
    tensor.data = data.subspan(tensor.offset, rows[i].bytes);
  }

  std::vector<const StoredTensor*> by_offset;
  by_offset.reserve(rows.size());
  for (const TensorRow& row : rows) by_offset.push_back(&row.tensor);
  std::sort(by_offset.begin(), by_offset.end(), [](auto* a, auto* b) { return a->offset < b->offset; });
  for (size_t i = 1; i < by_offset.size(); ++i) {
    const StoredTensor &before = *by_offset[i - 1], &after = *by_offset[i];
    if (before.offset + before.data.size() > after.offset) {
      return fail("tensor {} at offset {} overlaps tensor {} at offset {} of {} bytes", quote(after.name),
                  after.offset, quote(before.name), before.offset, before.data.size());
    }
  }

  // Writers either pad the last tensor like the others or not at all: anything between was cut off.
  uint64_t end = by_offset.back()->offset + by_offset.back()->data.size();
  uint64_t padded = align_up(end, alignment);  // `end` is within a file in memory
  if (end < data.size() && data.size() < padded) {
    return fail("the file ends inside the padding of tensor {}, at byte {} of {}: it was cut off",
                quote(by_offset.back()->name), file.size(), data_offset + padded);
  }
  return {};
}

Status check_magic(std::span<const std::byte> bytes) {
  std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), kMagic.size()));
  if (head == kMagic) return {};
  if (head.empty()) return fail("the file is empty");
  return fail("begins with {}, expected the magic {}: not a GGUF file", quote(head), quote(kMagic));
}

Status check_version(uint32_t version) {
  if (version == 2 || version == 3) return {};
  if (version != 0 && (version & 0xffff) == 0) {
    return fail("version {} has its bytes reversed: a big-endian file, only little-endian ones are read",
                version);
  }
  if (version == 1) return fail("version 1 is obsolete, expected 2 or 3: convert the model again");
  return fail("version {} is not known, expected 2 or 3", version);
}

}  // namespace

Result<GgufMetadata> GgufMetadata::make(std::string source, std::vector<Entry> entries) {
  GgufMetadata metadata;
  metadata.source_ = std::move(source);
  metadata.entries_ = std::move(entries);
  metadata.index_ = NameIndex(metadata.entries_, [](const Entry& entry) { return entry.key; });
  if (auto same = metadata.index_.duplicate()) {
    return fail("metadata {} and {} have the same key {}", same->first, same->second,
                quote(metadata.entries_[same->first].key));
  }
  return metadata;
}

const GgufValue* GgufMetadata::find(std::string_view key) const {
  auto found = index_.find(key);
  return found ? &entries_[*found].value : nullptr;
}

Error GgufMetadata::missing(std::string_view key, std::string_view expected) const {
  return fail("{}: no metadata {}, expected {}", source_, quote(key), expected);
}

Error GgufMetadata::mismatch(std::string_view key, const GgufValue& value, std::string_view expected) const {
  return fail("{}: metadata {} is {}, expected {}", source_, quote(key), describe(value), expected);
}

Result<GgufFile> GgufFile::parse(std::span<const std::byte> bytes, std::string_view name) {
  GgufFile file;
  auto read = [&]() -> Status {
    TRY_STATUS(check_magic(bytes));
    Cursor cursor(bytes);
    TRY_STATUS(cursor.skip(kMagic.size(), "the magic"));
    TRY(uint32_t version, cursor.number<uint32_t>("the version"));
    TRY_STATUS(check_version(version));
    TRY(uint64_t tensors, cursor.number<uint64_t>("the number of tensors"));
    TRY(uint64_t keys, read_count(cursor, "the number of metadata keys", kLeastKeyBytes, kGgufMaxKeys));
    if (tensors > cursor.remaining() / kLeastTensorBytes) {
      return fail("the number of tensors is {}, but only {} bytes follow", tensors, cursor.remaining());
    }
    if (tensors > kGgufMaxTensors) {
      return fail("the number of tensors is {}, at most {} are read", tensors, kGgufMaxTensors);
    }
    TRY(auto entries, read_metadata(cursor, keys, file.strings_));
    TRY(file.metadata_, GgufMetadata::make(std::string(name), std::move(entries)));
    TRY(uint64_t alignment, read_alignment(file.metadata_));
    TRY(auto rows, read_tensors(cursor, tensors));
    uint64_t data_offset = align_up(cursor.position(), alignment);  // the position is within memory
    TRY_STATUS(place_tensors(rows, bytes, data_offset, alignment));
    for (TensorRow& row : rows) file.tensors_.push_back(std::move(row.tensor));
    file.parts_.push_back({std::string(name), version, bytes.size(), alignment, data_offset});
    return file.index_tensors();
  };
  if (Status status = read(); !status.ok()) return within(name, status.error());
  return file;
}

Status GgufFile::index_tensors() {
  tensor_index_ = NameIndex(tensors_, [](const StoredTensor& tensor) { return tensor.name; });
  auto same = tensor_index_.duplicate();
  if (!same) return {};
  const StoredTensor &first = tensors_[same->first], &second = tensors_[same->second];
  if (first.part == second.part) {
    return fail("tensors {} and {} have the same name {}", same->first, same->second, quote(first.name));
  }
  return fail("tensor {} is in both {} and {}", quote(first.name), parts_[first.part].name,
              parts_[second.part].name);
}

const StoredTensor* GgufFile::find_tensor(std::string_view name) const {
  auto found = tensor_index_.find(name);
  return found ? &tensors_[*found] : nullptr;
}

Result<GgufFile> GgufFile::open(const std::filesystem::path& path) {
  TRY(MappedFile mapped, MappedFile::open(path));
  TRY(GgufFile file, parse(mapped.bytes(), path.string()));
  file.files_.push_back(std::move(mapped));
  TRY(auto count, file.metadata_.get_or<uint64_t>("split.count", 1));
  if (count > 1) TRY_STATUS(file.join_parts(path, count));
  return file;
}

Status GgufFile::join_parts(const std::filesystem::path& first, uint64_t count) {
  TRY(uint64_t number, metadata_.get<uint64_t>("split.no"));
  auto name = parse_split_name(first.filename().string(), kGgufExtension);
  if (number != 0) {
    return fail(
        "{}: is file {} of a set of {}; open the first, {}", first.string(), number + 1, count,
        name ? split_name(name->prefix, 1, count, kGgufExtension) : "whose name ends in -00001-of-...");
  }
  if (!name || name->number != 1 || name->count != count) {
    return fail("{}: is the first of {} files, so its name should end in {}", first.string(), count,
                split_name("", 1, count, kGgufExtension));
  }
  TRY(uint64_t total, metadata_.get<uint64_t>("split.tensors.count"));

  for (uint64_t i = 1; i < count; ++i) {
    auto path = first.parent_path() / split_name(name->prefix, i + 1, count, kGgufExtension);
    TRY(MappedFile mapped, MappedFile::open(path));
    TRY(GgufFile part, parse(mapped.bytes(), path.string()));
    TRY(uint64_t part_number, part.metadata_.get<uint64_t>("split.no"));
    TRY(uint64_t part_count, part.metadata_.get<uint64_t>("split.count"));
    if (part_number != i || part_count != count) {
      return fail("{}: says that it is file {} of {}, expected {} of {}", path.string(), part_number + 1,
                  part_count, i + 1, count);
    }
    for (StoredTensor& tensor : part.tensors_) {
      tensor.part = static_cast<uint32_t>(i);
      tensors_.push_back(std::move(tensor));
    }
    parts_.push_back(std::move(part.parts_.front()));
    files_.push_back(std::move(mapped));
  }
  if (tensors_.size() != total) {
    return fail("{}: \"split.tensors.count\" is {}, but the {} files hold {} tensors", first.string(), total,
                count, tensors_.size());
  }
  auto status = index_tensors();
  if (!status.ok()) return within(first.string(), std::move(status).error());
  return {};
}

}  // namespace hearth
