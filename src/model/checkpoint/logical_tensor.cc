#include "model/checkpoint/logical_tensor.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "model/numbers.h"

namespace hearth {

namespace {

constexpr int64_t kMxfp4Block = 32;

int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b != 0); }

Dims dims_of(const StoredTensor& stored) { return {stored.shape.begin(), stored.shape.end()}; }

std::string shown(const StoredTensor& stored) {
  return fmt::format("{} of shape {}", quote(stored.name), shape_text(stored.shape));
}

// A type that holds the numbers of a stored one and can be computed with.
Type exact_type(Type stored) { return stored == Type::f16 || stored == Type::bf16 ? stored : Type::f32; }

bool is_int32(const StoredTensor& stored) { return stored.type == Type::i32 || stored.type == Type::u32; }

uint32_t word_at(const StoredTensor& stored, int64_t index) {
  uint32_t word;  // data may be aligned to nothing
  std::memcpy(&word, stored.data.data() + static_cast<size_t>(index) * sizeof(word), sizeof(word));
  return word;
}

std::vector<float> floats_of(const StoredTensor& stored) {
  std::vector<float> numbers(stored.elements);
  decode_numbers(stored.type, stored.data.data(), static_cast<int64_t>(numbers.size()), numbers.data());
  return numbers;
}

// Finds the tensors NAME.SUFFIX that belong to one logical tensor, and notes their names.
class Parts {
 public:
  Parts(const FindStored& find, std::string_view name, LogicalTensor& tensor)
      : find_(find), name_(name), tensor_(tensor) {}

  const StoredTensor* optional(std::string_view suffix) {
    std::string name = name_ + std::string(suffix);
    const StoredTensor* stored = find_(name);
    if (stored) tensor_.names.push_back(std::move(name));
    return stored;
  }
  Result<const StoredTensor*> needed(std::string_view suffix) {
    if (const StoredTensor* stored = optional(suffix)) return stored;
    return fail("{} is packed, but there is no {}{}", quote(name_), name_, suffix);
  }
  // One of two dimensions, with numbers that can be read.
  Result<const StoredTensor*> matrix(std::string_view suffix) {
    TRY(const StoredTensor* stored, needed(suffix));
    if (stored->shape.size() != 2 || stored->elements == 0 || !decodable(stored->type) ||
        info(stored->type).block != 1)
      return fail("{}: two dimensions of numbers are expected", shown(*stored));
    return stored;
  }
  Result<const StoredTensor*> words(std::string_view suffix) {
    TRY(const StoredTensor* stored, matrix(suffix));
    if (!is_int32(*stored)) return fail("{} is {}; i32 is expected", shown(*stored), info(stored->type).name);
    return stored;
  }

 private:
  const FindStored& find_;
  std::string name_;
  LogicalTensor& tensor_;
};

Status expect_shape(const StoredTensor& stored, const Dims& expected, std::string_view beside) {
  if (dims_of(stored) == expected) return {};
  return fail("{} beside {}: [{}] is expected", shown(stored), beside, fmt::join(expected, ", "));
}

// Numbers of eight bits with a scale: for the whole, for each row, or for each block. Stacked matrices have
// stacked scales.
Status recognise_scaled(LogicalTensor& tensor, const StoredTensor& weight, const StoredTensor& scale,
                        const Quantization& quantization) {
  tensor.kind = LogicalTensor::Kind::scaled;
  tensor.type = Type::f32;
  tensor.parts = {&weight, &scale};
  if (!decodable(scale.type) || info(scale.type).block != 1)
    return fail("{} is {}; numbers are expected", shown(scale), info(scale.type).name);
  if (scale.elements == 1) return {};
  Dims shape = tensor.shape, rows = shape;
  if (shape.size() < 2) return expect_shape(scale, {1}, weight.name);
  rows.back() = 1;
  Dims flat(rows.begin(), rows.end() - 1);
  if (dims_of(scale) == rows || dims_of(scale) == flat) return {};
  if (quantization.block_rows <= 0 || quantization.block_columns <= 0)
    return expect_shape(scale, rows, weight.name);
  Dims blocks = shape;
  blocks[shape.size() - 2] = ceil_div(shape[shape.size() - 2], quantization.block_rows);
  blocks.back() = ceil_div(shape.back(), quantization.block_columns);
  return expect_shape(scale, blocks, weight.name);
}

Status recognise_mxfp4(LogicalTensor& tensor, Parts& parts) {
  TRY(const StoredTensor* blocks, parts.needed("_blocks"));
  TRY(const StoredTensor* scales, parts.needed("_scales"));
  Dims shape = dims_of(*blocks);
  if (blocks->type != Type::u8 || scales->type != Type::u8 || shape.size() < 3 ||
      shape.back() != kMxfp4Block / 2 || blocks->elements == 0)
    return fail("{}: bytes of shape [..., rows, blocks, 16] are expected", shown(*blocks));
  shape.pop_back();
  TRY_STATUS(expect_shape(*scales, shape, blocks->name));
  shape.back() *= kMxfp4Block;
  std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  tensor.kind = LogicalTensor::Kind::mxfp4;
  tensor.shape = std::move(shape);
  tensor.type = Type::mxfp4;
  tensor.turned = true;
  tensor.parts = {blocks, scales};
  return {};
}

Status recognise_packed(LogicalTensor& tensor, Parts& parts) {
  TRY(const StoredTensor* packed, parts.words(".weight_packed"));
  TRY(const StoredTensor* scale, parts.matrix(".weight_scale"));
  TRY(const StoredTensor* shape, parts.needed(".weight_shape"));
  const StoredTensor* zero = parts.optional(".weight_zero_point");
  if (shape->elements != 2 || !decodable(shape->type))
    return fail("{}: two numbers are expected", shown(*shape));
  auto sizes = floats_of(*shape);
  auto rows = static_cast<int64_t>(packed->shape[0]), words = static_cast<int64_t>(packed->shape[1]);
  auto out = static_cast<int64_t>(sizes[0]), in = static_cast<int64_t>(sizes[1]);
  if (out != rows || in < 1 || in > words * 16)
    return fail("{} says [{}, {}] of {}", quote(shape->name), sizes[0], sizes[1], shown(*packed));
  // The number of bits is the one with which the inputs fill the words.
  int64_t bits = 0;
  for (int64_t candidate : {4, 8, 2}) {
    if (bits == 0 && ceil_div(in, 32 / candidate) == words) bits = candidate;
  }
  auto groups = static_cast<int64_t>(scale->shape[1]);
  if (bits == 0) return fail("{}: {} numbers of 2, 4 or 8 bits do not fill its words", shown(*packed), in);
  if (static_cast<int64_t>(scale->shape[0]) != out || in % groups != 0)
    return fail("{} beside {}: [{}, groups] is expected", shown(*scale), quote(packed->name), out);
  if (zero) {
    if (!is_int32(*zero)) return fail("{} is {}; i32 is expected", shown(*zero), info(zero->type).name);
    TRY_STATUS(expect_shape(*zero, {ceil_div(out, 32 / bits), groups}, packed->name));
  }
  tensor.kind = LogicalTensor::Kind::packed;
  tensor.bits = bits;
  tensor.shape = {out, in};
  tensor.parts = {packed, scale, zero};
  return {};
}

Status recognise_grouped(LogicalTensor& tensor, Parts& parts, const Quantization& quantization) {
  bool awq = quantization.method == "awq";
  TRY(const StoredTensor* weight, parts.words(".qweight"));
  TRY(const StoredTensor* zeros, parts.words(".qzeros"));
  TRY(const StoredTensor* scales, parts.matrix(".scales"));
  const StoredTensor* order = awq ? nullptr : parts.optional(".g_idx");
  int64_t bits = quantization.bits;
  if (awq ? bits != 4 : bits != 2 && bits != 4 && bits != 8)
    return fail("{} with {} bits is not supported; convert from the original checkpoint", quantization.method,
                bits);
  int64_t per = 32 / bits;
  auto rows = static_cast<int64_t>(weight->shape[0]), columns = static_cast<int64_t>(weight->shape[1]);
  int64_t in = awq ? rows : rows * per, out = awq ? columns * per : columns;
  auto groups = static_cast<int64_t>(scales->shape[0]);
  TRY_STATUS(expect_shape(*scales, {groups, out}, weight->name));
  TRY_STATUS(expect_shape(*zeros, {groups, ceil_div(out, per)}, weight->name));
  if (order) {
    if (!is_int32(*order)) return fail("{} is {}; i32 is expected", shown(*order), info(order->type).name);
    TRY_STATUS(expect_shape(*order, {in}, weight->name));
    for (int64_t i = 0; i < in; ++i) {
      if (word_at(*order, i) >= static_cast<uint64_t>(groups))
        return fail("{}: group {} is named, there are {}", quote(order->name), word_at(*order, i), groups);
    }
  } else if (awq                           ? in % groups != 0
             : quantization.group_size > 0 ? ceil_div(in, quantization.group_size) > groups
                                           : groups != 1) {
    return fail("{}: {} groups for {} inputs", shown(*scales), groups, in);
  }
  tensor.kind = awq ? LogicalTensor::Kind::awq : LogicalTensor::Kind::gptq;
  tensor.shape = {out, in};
  tensor.parts = {weight, zeros, scales, order};
  return {};
}

Result<Array> load_scaled(const LogicalTensor& tensor, const Quantization& quantization) {
  const StoredTensor& scale = *tensor.parts[1];
  std::vector<float> numbers = floats_of(*tensor.parts[0]), scales = floats_of(scale);
  int64_t columns = tensor.shape.empty() ? 1 : tensor.shape.back();
  int64_t rows = static_cast<int64_t>(numbers.size()) / std::max<int64_t>(columns, 1);
  // How many rows and columns share a scale, and how many rows a matrix has.
  int64_t matrix = tensor.shape.size() < 2 ? rows : tensor.shape[tensor.shape.size() - 2];
  int64_t block_rows = 1, block_columns = columns;
  if (scales.size() == 1) {
    block_rows = matrix;
  } else if (static_cast<int64_t>(scales.size()) != rows) {
    block_rows = quantization.block_rows;
    block_columns = quantization.block_columns;
  }
  int64_t across = ceil_div(columns, block_columns), down = ceil_div(matrix, block_rows);
  for (int64_t row = 0; row < rows; ++row) {
    int64_t line = (row / matrix * down + row % matrix / block_rows) * across;
    if (scales.size() == 1) line = 0;
    float* to = numbers.data() + row * columns;
    for (int64_t i = 0; i < columns; ++i) to[i] *= scales[static_cast<size_t>(line + i / block_columns)];
  }
  return Array::of_floats(tensor.shape, std::move(numbers));
}

// Into GGUF's blocks: a scale, then 16 bytes whose low halves are the first 16 numbers. Here byte n has numbers 2n
// and 2n + 1.
Array load_mxfp4(const LogicalTensor& tensor, int64_t first, int64_t count) {
  Dims shape = tensor.shape;
  shape[0] = count;
  uint64_t each = tensor.parts[1]->elements / static_cast<uint64_t>(tensor.shape[0]);  // blocks
  const std::byte* blocks = tensor.parts[0]->data.data() + static_cast<uint64_t>(first) * each * 16;
  const std::byte* scales = tensor.parts[1]->data.data() + static_cast<uint64_t>(first) * each;
  uint64_t all = each * static_cast<uint64_t>(count);
  std::vector<std::byte> bytes(all * 17);
  for (uint64_t block = 0; block < all; ++block) {
    const std::byte* from = blocks + block * 16;
    std::byte* to = bytes.data() + block * 17;
    *to++ = scales[block];
    for (size_t i = 0; i < 8; ++i) {
      // Numbers 2i and 2i + 1 beside 2i + 16 and 2i + 17.
      std::byte low = from[i], high = from[i + 8];
      to[2 * i] = (low & std::byte{15}) | (high << 4);
      to[2 * i + 1] = (low >> 4) | (high & std::byte{0xf0});
    }
  }
  return Array(std::move(shape), Type::mxfp4, std::move(bytes), true);
}

Array load_packed(const LogicalTensor& tensor) {
  const auto& [packed, scale, zero, none] = tensor.parts;
  int64_t out = tensor.shape[0], in = tensor.shape[1];
  auto words = static_cast<int64_t>(packed->shape[1]), groups = static_cast<int64_t>(scale->shape[1]);
  int64_t bits = tensor.bits;
  int64_t per = 32 / bits, width = in / groups;
  uint32_t mask = (1u << bits) - 1;
  std::vector<float> scales = floats_of(*scale), numbers(static_cast<size_t>(out * in));
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t i = 0; i < in; ++i) {
      int64_t g = i / width;
      int64_t q = word_at(*packed, o * words + i / per) >> (i % per * bits) & mask;
      int64_t z =
          zero ? word_at(*zero, o / per * groups + g) >> (o % per * bits) & mask : int64_t{1} << (bits - 1);
      numbers[static_cast<size_t>(o * in + i)] =
          scales[static_cast<size_t>(o * groups + g)] * static_cast<float>(q - z);
    }
  }
  return Array::of_floats(tensor.shape, std::move(numbers));
}

Array load_grouped(const LogicalTensor& tensor, const Quantization& quantization) {
  bool awq = tensor.kind == LogicalTensor::Kind::awq;
  const auto& [weight, zeros, scale, order] = tensor.parts;
  int64_t out = tensor.shape[0], in = tensor.shape[1];
  int64_t bits = quantization.bits, per = 32 / bits, words = ceil_div(out, per);
  auto groups = static_cast<int64_t>(scale->shape[0]);
  int64_t width = awq ? in / groups : quantization.group_size > 0 ? quantization.group_size : in;
  uint32_t mask = (1u << bits) - 1;
  // Which field of a word output o is.
  static constexpr int64_t kAwqField[8] = {0, 4, 1, 5, 2, 6, 3, 7};
  auto field = [&](int64_t o) { return (awq ? kAwqField[o % per] : o % per) * bits; };
  std::vector<float> scales = floats_of(*scale), numbers(static_cast<size_t>(out * in));
  for (int64_t i = 0; i < in; ++i) {
    int64_t g = order ? word_at(*order, i) : i / width;
    for (int64_t o = 0; o < out; ++o) {
      int64_t q = awq ? word_at(*weight, i * words + o / per) >> field(o) & mask
                      : word_at(*weight, i / per * out + o) >> (i % per * bits) & mask;
      int64_t z = word_at(*zeros, g * words + o / per) >> field(o) & mask;
      if (!awq && quantization.zero_is_one_less) ++z;
      numbers[static_cast<size_t>(o * in + i)] =
          scales[static_cast<size_t>(g * out + o)] * static_cast<float>(q - z);
    }
  }
  return Array::of_floats(tensor.shape, std::move(numbers));
}

}  // namespace

LogicalTensor plain_tensor(const StoredTensor& stored, std::string name) {
  LogicalTensor tensor;
  tensor.shape = dims_of(stored);
  tensor.type = exact_type(stored.type);
  tensor.parts = {&stored};
  tensor.names = {std::move(name)};
  return tensor;
}

Result<std::optional<LogicalTensor>> recognise(const FindStored& find, std::string_view name,
                                               const Quantization& quantization) {
  LogicalTensor tensor;
  Parts parts(find, name, tensor);
  for (std::string_view suffix : {".weight", ""}) {
    const StoredTensor* stored = parts.optional(suffix);
    if (!stored) continue;
    if (!decodable(stored->type) || info(stored->type).block != 1)
      return fail("{} is {}, which cannot be read as numbers", shown(*stored), info(stored->type).name);
    std::string own = std::string(name) + std::string(suffix);
    tensor = plain_tensor(*stored, own);
    Parts beside(find, own, tensor);
    const StoredTensor* scale = beside.optional("_scale_inv");
    if (!scale) scale = beside.optional("_scale");
    if (scale) TRY_STATUS(recognise_scaled(tensor, *stored, *scale, quantization));
    Parts dropped(find, name, tensor);  // of the activations, which are not quantized here
    dropped.optional(".input_scale");
    dropped.optional(".activation_scale");
    return std::optional<LogicalTensor>(std::move(tensor));
  }
  auto has = [&](std::string_view suffix) {
    return find(std::string(name) + std::string(suffix)) != nullptr;
  };
  if (has("_blocks")) {
    TRY_STATUS(recognise_mxfp4(tensor, parts));
  } else if (has(".weight_packed")) {
    TRY_STATUS(recognise_packed(tensor, parts));
  } else if (has(".qweight")) {
    TRY_STATUS(recognise_grouped(tensor, parts, quantization));
  } else {
    return std::optional<LogicalTensor>();
  }
  return std::optional<LogicalTensor>(std::move(tensor));
}

Result<Array> LogicalTensor::load(const Quantization& quantization, int64_t first, int64_t count) const {
  if (kind == Kind::mxfp4) return load_mxfp4(*this, first, count);
  if (kind == Kind::plain) {
    const StoredTensor& stored = *parts[0];
    Dims part = shape;
    uint64_t each = stored.data.size();
    if (!part.empty()) {
      each /= static_cast<uint64_t>(part[0]);
      part[0] = count;
    }
    auto bytes =
        stored.data.subspan(static_cast<uint64_t>(first) * each, each * static_cast<uint64_t>(count));
    return Array(std::move(part), stored.type, bytes);
  }
  auto all = [&]() -> Result<Array> {
    switch (kind) {
      case Kind::scaled: return load_scaled(*this, quantization);
      case Kind::packed: return load_packed(*this);
      default: return load_grouped(*this, quantization);
    }
  }();
  if (!all.ok() || shape.empty() || count == shape[0]) return all;
  TRY_STATUS(all->apply({RecipeStep::Kind::slice, {}, {{first, count, 1, false}}, {}}));
  return all;
}

}  // namespace hearth
