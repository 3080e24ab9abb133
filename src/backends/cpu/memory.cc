#include "backends/cpu/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/checked.h"

namespace hearth::cpu {

namespace {

constexpr int64_t kPad = 16;                        // elements: the widest vector of any set
constexpr uint64_t kMostBytes = uint64_t{1} << 46;  // beyond which sizes are mistaken
constexpr uint64_t kHugePage = uint64_t{2} << 20;

int64_t padded(int64_t elements) { return (elements + kPad - 1) / kPad * kPad; }

// Products of sizes that a plan gives, none of which may overflow.
Result<uint64_t> product(std::initializer_list<int64_t> sizes) {
  uint64_t all = 1;
  for (int64_t size : sizes) {
    auto next = size < 0 ? std::nullopt : checked_mul<uint64_t>(all, static_cast<uint64_t>(size));
    if (!next || *next > kMostBytes) return fail("cpu: sequence memory is larger than any machine's");
    all = *next;
  }
  return all;
}

// Kernels read whole vectors, so up to two of them behind the last number.
constexpr uint64_t kBehind = 256;

// What a head's numbers of one token take.
Result<int64_t> bytes_of(Type type, int64_t width, std::string_view what) {
  if (auto bytes = row_bytes(type, static_cast<uint64_t>(width)); bytes && *bytes <= kMostBytes)
    return static_cast<int64_t>(*bytes);
  return fail("cpu: {} of {} numbers are no whole blocks of {}, which have {}; f16 can keep them", what,
              width, info(type).name, info(type).block);
}

}  // namespace

Result<Block> Block::make(uint64_t bytes, std::string_view purpose) {
  Block block;
  if (bytes == 0) return block;
  void* data = bytes > kMostBytes ? MAP_FAILED
                                  : mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    return fail("cpu: {:.1f} GB for {}: {}", static_cast<double>(bytes) * 1e-9, purpose,
                std::strerror(ENOMEM));
  }
  if (bytes >= kHugePage) madvise(data, bytes, MADV_HUGEPAGE);
  block.data_ = static_cast<std::byte*>(data);
  block.bytes_ = bytes;
  return block;
}

Block::Block(Block&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Block& Block::operator=(Block&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Block::~Block() {
  if (data_) munmap(data_, bytes_);
}

// Chunks grow with what was taken, so that there are few. What is not touched of the last takes no memory.
Result<std::byte*> Arena::take(uint64_t bytes, std::string_view purpose) {
  constexpr uint64_t kLine = 64;
  if (bytes == 0) return nullptr;
  if (bytes > kMostBytes)
    return fail("cpu: {:.1f} GB for {} are too many", static_cast<double>(bytes) * 1e-9, purpose);
  bytes = (bytes + kLine - 1) / kLine * kLine;
  if (bytes > left_) {
    const uint64_t chunk = (std::max(bytes, taken_) + kHugePage - 1) / kHugePage * kHugePage;
    TRY(Block block, Block::make(chunk, purpose));
    chunks_.push_back(std::move(block));
    left_ = chunk;
  }
  Block& last = chunks_.back();
  std::byte* data = last.data() + (last.bytes() - left_);
  left_ -= bytes;
  taken_ += bytes;
  return data;
}

Result<std::unique_ptr<Pages>> Pages::make(std::span<const State> states, const MemoryOptions& options) {
  if (options.page_tokens < 1 || options.slots < 0) {
    return fail("cpu: sequence memory with pages of {} tokens and {} slots", options.page_tokens,
                options.slots);
  }
  for (Type type : {options.key_type, options.value_type}) {
    if (std::ranges::find(kKeptTypes, type) == std::end(kKeptTypes)) {
      return fail("cpu: keys and values can be f32, f16, bf16, q8_0 or q4_0, not {}", info(type).name);
    }
  }
  std::unique_ptr<Pages> memory(new Pages);
  memory->options_ = options;
  memory->key_stride_ = padded(options.page_tokens);
  const size_t slots = options.pages.size();
  memory->kinds_.resize(slots + 1);
  for (const State& state : states) {
    Place place;
    place.state = state;
    TRY_STATUS(memory->lay_out(place));
    if (place.bytes > 0) {
      const size_t kind = memory->kind_of(state);
      if (state.memory != Memory::slot && kind >= slots)
        return fail("cpu: no pages are given for table {}", state.table);
      place.begin = memory->kinds_[kind].stride;
      memory->kinds_[kind].stride += place.bytes;
    }
    memory->states_.push_back(place);
  }
  for (size_t i = 0; i <= slots; ++i) {
    Kind& kind = memory->kinds_[i];
    TRY(uint64_t all, product({kind.stride, i == slots ? options.slots : options.pages[i]}));
    if (all > 0) {
      TRY(kind.memory, Block::make(all + kBehind, i == slots ? "recurrent states" : "keys and values"));
    }
  }
  for (Place& place : memory->states_) {
    if (place.bytes == 0) continue;
    const Kind& kind = memory->kinds_[memory->kind_of(place.state)];
    place.first = kind.memory.data() + place.begin;
    place.stride = kind.stride;
  }
  return memory;
}

size_t Pages::kind_of(const State& state) const {
  return state.memory == Memory::slot ? options_.pages.size() : static_cast<size_t>(state.table);
}

Status Pages::lay_out(Place& place) const {
  const State& state = place.state;
  if (state.memory == Memory::slot) {
    place.bytes = padded(state.slot_floats) * int64_t{sizeof(float)};
    return {};
  }
  if (state.memory != Memory::keys_values && state.memory != Memory::keys) return {};
  // Keys that have the values within them are kept as values are.
  const bool rows = state.values_within_keys();
  if (state.key_heads < 1 || state.key_width < 1 || (state.value_heads < 1) != (state.value_width < 1))
    return fail("cpu: attention in layer {} remembers nothing", state.layer);
  TRY(int64_t key_bytes, bytes_of(options_.key_type, state.key_width, "keys"));
  TRY(uint64_t key_head, product({rows ? 0 : key_bytes, key_stride_}));
  const Type row_type = rows ? options_.key_type : options_.value_type;
  const int64_t row_heads = rows ? state.key_heads : state.value_heads;
  const int64_t row_width = rows ? state.key_width : state.value_width;
  TRY(place.value_bytes,
      bytes_of(row_type, info(row_type).block == 1 ? padded(row_width) : row_width, "values"));
  TRY(uint64_t value_head, product({place.value_bytes, options_.page_tokens}));
  TRY(uint64_t keys, product({state.key_heads, static_cast<int64_t>(key_head)}));
  TRY(uint64_t values, product({row_heads, static_cast<int64_t>(value_head)}));
  place.key_head_bytes = static_cast<int64_t>(key_head);
  place.value_head_bytes = static_cast<int64_t>(value_head);
  place.values_at = static_cast<int64_t>(align_up(keys, 64));
  place.bytes = place.values_at + static_cast<int64_t>(align_up(values, 64));
  return {};
}

uint64_t Pages::bytes() const {
  uint64_t sum = 0;
  for (const Kind& kind : kinds_) sum += kind.memory.bytes();
  return sum;
}

std::span<std::byte> Pages::at(size_t kind, int32_t place) const {
  const auto stride = static_cast<size_t>(kinds_[kind].stride);
  return {kinds_[kind].memory.data() + static_cast<size_t>(place) * stride, stride};
}

void Pages::copy_slot(int32_t from, int32_t to) {
  if (from != to) std::ranges::copy(at(options_.pages.size(), from), at(options_.pages.size(), to).begin());
}

void Pages::clear_slot(int32_t index) { std::ranges::fill(at(options_.pages.size(), index), std::byte{0}); }

uint64_t Pages::place_bytes(size_t kind) const { return static_cast<uint64_t>(kinds_[kind].stride); }

void Pages::read_place(size_t kind, int32_t place, std::span<std::byte> to) const {
  std::ranges::copy(at(kind, place), to.begin());
}

void Pages::write_place(size_t kind, int32_t place, std::span<const std::byte> from) {
  std::ranges::copy(from.first(place_bytes(kind)), at(kind, place).begin());
}

std::string Pages::layout() const {
  std::string text = fmt::format("cpu 1: {} tokens, keys {}, values {}", options_.page_tokens,
                                 info(options_.key_type).name, info(options_.value_type).name);
  for (const Place& state : states_) {
    text += fmt::format("; {} {} {}", state.state.table, state.bytes, state.values_at);
  }
  return text;
}

bool Pages::fits(std::span<const State> states) const {
  return std::equal(states.begin(), states.end(), states_.begin(), states_.end(),
                    [](const State& a, const Place& place) {
                      const State& b = place.state;
                      return a.memory == b.memory && a.table == b.table && a.key_heads == b.key_heads &&
                             a.key_width == b.key_width && a.value_heads == b.value_heads &&
                             a.value_width == b.value_width && a.slot_floats == b.slot_floats;
                    });
}

}  // namespace hearth::cpu
