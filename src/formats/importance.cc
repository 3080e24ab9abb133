#include "formats/importance.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/checked.h"
#include "base/file.h"
#include "base/text.h"
#include "formats/gguf.h"
#include "formats/gguf_writer.h"

namespace hearth {

namespace {

constexpr std::string_view kSums = ".in_sum2", kCounts = ".counts";
constexpr std::string_view kTypeKey = "general.type", kType = "imatrix";
constexpr std::string_view kDatasets = "imatrix.datasets", kChunkCount = "imatrix.chunk_count",
                           kChunkSize = "imatrix.chunk_size";
constexpr double kMostRows = 1e15;  // sums of many such counts do not overflow

// What is no number would choose nonsense, and an infinite sum would drown all others.
bool usable(double sum) { return std::isfinite(sum) && sum >= 0; }

// The floats of a tensor, which may lie at any address.
std::vector<double> floats(std::span<const std::byte> bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(float));
  for (size_t i = 0; i < numbers.size(); ++i) {
    float number;
    std::memcpy(&number, bytes.data() + i * sizeof(float), sizeof(float));
    numbers[i] = number;
  }
  return numbers;
}

Status check_sums(std::string_view tensor, std::span<const double> sums) {
  for (size_t i = 0; i < sums.size(); ++i) {
    if (!usable(sums[i])) {
      return fail("{}: the sum of column {} is {}, expected a number that is not negative", quote(tensor), i,
                  sums[i]);
    }
  }
  return {};
}

Result<InputSquares> read_pair(std::string_view name, const StoredTensor& sums, const StoredTensor& rows) {
  for (const StoredTensor* each : {&sums, &rows}) {
    if (each->type != Type::f32) {
      return fail("{} is {}, expected f32", quote(each->name), info(each->type).name);
    }
  }
  if (sums.elements % rows.elements != 0) {
    return fail("{}: {} sums for {} counts, expected as many for each", quote(name), sums.elements,
                rows.elements);
  }
  InputSquares squares;
  squares.sums = floats(sums.data);
  TRY_STATUS(check_sums(name, squares.sums));
  for (double count : floats(rows.data)) {
    if (!usable(count) || count > kMostRows) {
      return fail("{}: a count of {}, expected a number of rows", quote(name), count);
    }
    squares.rows.push_back(static_cast<uint64_t>(std::llround(count)));
  }
  return squares;
}

Result<Importance> from_gguf(const GgufFile& file) {
  Importance importance;
  const GgufMetadata& metadata = file.metadata();
  TRY(std::string_view type, metadata.get_or<std::string_view>(kTypeKey, kType));
  if (type != kType) {
    return fail("{}: {} is {}, expected \"{}\": this is no file of importances (hearth importance makes one)",
                metadata.source(), kTypeKey, quote(type), kType);
  }
  // Tensors of other names are other statistics, which nothing here needs.
  for (const StoredTensor& sums : file.tensors()) {
    std::string_view name = sums.name;
    if (!name.ends_with(kSums)) continue;
    name.remove_suffix(kSums.size());
    const StoredTensor* rows = file.find_tensor(std::string(name).append(kCounts));
    if (!rows) return fail("{}: {} is there without its counts", metadata.source(), quote(sums.name));
    auto squares = read_pair(name, sums, *rows);
    if (!squares.ok()) return within(metadata.source(), squares.error());
    importance.tensors.emplace(name, *std::move(squares));
  }
  if (importance.tensors.empty()) {
    return fail("{}: has no tensors NAME{}: this is no file of importances (hearth importance makes one)",
                metadata.source(), kSums);
  }
  TRY(importance.chunk_count, metadata.get<uint32_t>(kChunkCount));
  TRY(importance.chunk_size, metadata.get<uint32_t>(kChunkSize));
  TRY(auto datasets, metadata.get<std::span<const std::string_view>>(kDatasets));
  importance.datasets.assign(datasets.begin(), datasets.end());
  return importance;
}

// The older format: int32 lengths and floats, one behind the other.
class DatReader {
 public:
  explicit DatReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }
  size_t left() const { return rest_.size(); }

  Result<int32_t> number(std::string_view what) {
    TRY(auto bytes, take(sizeof(int32_t), what));
    int32_t value;
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
  }

  // A length and so many bytes or floats.
  Result<std::span<const std::byte>> block(std::string_view what, int32_t least, uint64_t each) {
    TRY(int32_t count, number(what));
    if (count < least) return fail("{} is {} long, expected at least {}", what, count, least);
    return take(static_cast<uint64_t>(count) * each, what);
  }

 private:
  Result<std::span<const std::byte>> take(uint64_t count, std::string_view what) {
    if (count > rest_.size()) {
      return fail("ends inside {}: {} bytes are left, expected {}", what, rest_.size(), count);
    }
    auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  std::span<const std::byte> rest_;
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// An entry's numbers are means times the number of chunks.
Result<InputSquares> read_dat_entry(DatReader& file, std::string_view name) {
  TRY(int32_t chunks, file.number("a number of chunks"));
  TRY(auto values, file.block("the values", 1, sizeof(float)));
  if (chunks < 0) return fail("{}: {} chunks, expected a number that is not negative", quote(name), chunks);
  InputSquares squares;
  squares.sums = floats(values);
  TRY_STATUS(check_sums(name, squares.sums));
  for (double& sum : squares.sums) sum *= Importance::kDatChunk;
  // Without a number of chunks the values are means.
  squares.rows = {static_cast<uint64_t>(std::max(chunks, 1)) * Importance::kDatChunk};
  return squares;
}

Result<Importance> from_dat(std::span<const std::byte> bytes) {
  Importance importance;
  DatReader file(bytes);
  TRY(int32_t entries, file.number("the number of entries"));
  if (entries < 1 || static_cast<uint64_t>(entries) > kGgufMaxTensors) {
    return fail("begins with neither \"GGUF\" nor a number of entries from 1 to {}: no file of importances",
                kGgufMaxTensors);
  }
  for (int32_t i = 0; i < entries; ++i) {
    TRY(auto name_bytes, file.block("a name", 1, 1));
    std::string_view name = as_text(name_bytes);
    TRY_STATUS(check_gguf_tensor_name(name));
    TRY(auto squares, read_dat_entry(file, name));
    if (!importance.tensors.emplace(name, std::move(squares)).second) {
      return fail("{} is there twice", quote(name));
    }
  }
  importance.chunk_size = Importance::kDatChunk;
  if (file.done()) return importance;
  TRY(int32_t chunks, file.number("the number of chunks"));
  importance.chunk_count = static_cast<uint32_t>(std::max(chunks, 0));
  if (file.done()) return importance;
  TRY(auto dataset, file.block("the text's name", 0, 1));
  if (!dataset.empty()) importance.datasets.emplace_back(as_text(dataset));
  if (!file.done()) return fail("{} bytes lie behind its end", file.left());
  return importance;
}

std::vector<float> as_floats(std::span<const double> numbers) { return {numbers.begin(), numbers.end()}; }
std::vector<float> as_floats(std::span<const uint64_t> numbers) {
  std::vector<float> floats(numbers.size());
  std::transform(numbers.begin(), numbers.end(), floats.begin(),
                 [](uint64_t number) { return static_cast<float>(number); });
  return floats;
}

Status check_writable(std::string_view name, const InputSquares& squares) {
  if (squares.rows.empty() || squares.sums.size() % squares.rows.size() != 0) {
    return fail("{}: {} sums for {} counts", quote(name), squares.sums.size(), squares.rows.size());
  }
  for (double sum : squares.sums) {
    if (!usable(sum) || sum > std::numeric_limits<float>::max()) {
      return fail("{}: its inputs' squares sum to {}: the model computes what is no number", quote(name),
                  sum);
    }
  }
  return {};
}

}  // namespace

uint64_t InputSquares::most_rows() const {
  return rows.empty() ? 0 : *std::max_element(rows.begin(), rows.end());
}

Result<std::vector<float>> InputSquares::means(uint64_t matrices, uint64_t columns) const {
  auto expected = checked_mul(matrices, columns);
  if (!expected || sums.size() != *expected || (rows.size() != 1 && rows.size() != matrices)) {
    return fail(
        "importances of {} columns and {} counts for {} matrices of {} columns: they were made with another "
        "model",
        sums.size(), rows.size(), matrices, columns);
  }
  std::vector<float> means(sums.size());
  for (size_t i = 0; i < sums.size(); ++i) {
    uint64_t count = rows[rows.size() == 1 ? 0 : i / columns];
    means[i] = count == 0 ? 1.0f : static_cast<float>(sums[i] / static_cast<double>(count));
  }
  return means;
}

Status InputSquares::add(const InputSquares& other) {
  bool one_for_all = other.rows.size() == 1;
  bool rows_agree = rows.size() == other.rows.size() || rows.size() == 1 || one_for_all;
  if (sums.size() != other.sums.size() || !rows_agree) {
    return fail("{} sums and {} counts here, {} and {} there: they are of different models", sums.size(),
                rows.size(), other.sums.size(), other.rows.size());
  }
  // One number for all matrices says that each met so many rows.
  if (rows.size() == 1) rows.resize(other.rows.size(), rows.front());
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += other.sums[i];
  for (size_t i = 0; i < rows.size(); ++i) rows[i] += other.rows[one_for_all ? 0 : i];
  return {};
}

Result<Importance> Importance::read(const std::filesystem::path& path) {
  TRY(MappedFile file, MappedFile::open(path));
  return parse(file.bytes(), path.string());
}

Result<Importance> Importance::parse(std::span<const std::byte> bytes, std::string_view name) {
  constexpr std::string_view kMagic = "GGUF";
  if (as_text(bytes.first(std::min(bytes.size(), kMagic.size()))) == kMagic) {
    TRY(auto file, GgufFile::parse(bytes, name));
    return from_gguf(file);
  }
  auto importance = from_dat(bytes);
  if (!importance.ok()) return within(name, importance.error());
  return importance;
}

Status Importance::write(const std::filesystem::path& path) const {
  GgufContents contents;
  std::vector<std::string_view> names(datasets.begin(), datasets.end());
  TRY_STATUS(contents.set(kTypeKey, kType));
  TRY_STATUS(contents.set(kDatasets, GgufArray(std::span<const std::string_view>(names))));
  TRY_STATUS(contents.set(kChunkCount, chunk_count));
  TRY_STATUS(contents.set(kChunkSize, chunk_size));
  for (const auto& [name, squares] : tensors) {
    if (squares.most_rows() == 0) continue;
    TRY_STATUS(check_writable(name, squares));
    uint64_t matrices = squares.rows.size();
    TRY_STATUS(contents.add_tensor(name + std::string(kSums), Type::f32,
                                   std::vector<uint64_t>{matrices, squares.sums.size() / matrices}));
    TRY_STATUS(
        contents.add_tensor(name + std::string(kCounts), Type::f32, std::vector<uint64_t>{matrices, 1}));
  }
  TRY(auto writer, GgufWriter::create(path, contents));
  for (const auto& [name, squares] : tensors) {
    if (squares.most_rows() == 0) continue;
    std::vector<float> sums = as_floats(squares.sums), rows = as_floats(squares.rows);
    TRY_STATUS(writer.write(name + std::string(kSums), std::as_bytes(std::span(sums))));
    TRY_STATUS(writer.write(name + std::string(kCounts), std::as_bytes(std::span(rows))));
  }
  return writer.commit();
}

const InputSquares* Importance::find(std::string_view tensor) const {
  auto found = tensors.find(tensor);
  return found == tensors.end() ? nullptr : &found->second;
}

Status Importance::add(const Importance& other) {
  for (const auto& [name, squares] : other.tensors) {
    auto [mine, fresh] = tensors.try_emplace(name, squares);
    if (fresh) continue;
    if (auto added = mine->second.add(squares); !added.ok()) return within(quote(name), added.error());
  }
  datasets.insert(datasets.end(), other.datasets.begin(), other.datasets.end());
  if (chunk_size == 0) chunk_size = other.chunk_size;
  if (chunk_size > 0) {
    uint64_t fresh = uint64_t{other.chunk_count} * other.chunk_size / chunk_size;
    chunk_count = static_cast<uint32_t>(std::min<uint64_t>(chunk_count + fresh, UINT32_MAX));
  }
  return {};
}

}  // namespace hearth
