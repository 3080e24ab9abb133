#include "backends/cpu/pack.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "base/pages.h"

namespace hearth::cpu {

namespace {

// Some rows turned, a few columns of all of them at a time, so that what is written stays near; `pair` columns of a row
// stay together.
template <class Number, int64_t pair = 1>
void pack_floats(const std::byte* from, int64_t rows, int64_t columns, std::byte* panel) {
  constexpr int64_t kSize = sizeof(Number), kAtOnce = 32;
  for (int64_t begin = 0; begin < columns; begin += kAtOnce) {
    const int64_t end = std::min(columns, begin + kAtOnce);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = begin; c < end; ++c)
        std::memcpy(panel + ((c / pair * kFloatPanelRows + r) * pair + c % pair) * kSize,
                    from + (r * columns + c) * kSize, kSize);
    }
  }
}

void pack_panel(Type type, std::span<const std::byte> bytes, int64_t row_bytes, int64_t columns,
                const PanelFormat& format, std::byte* panel) {
  const int64_t rows = static_cast<int64_t>(bytes.size()) / row_bytes;
  switch (type) {
    case Type::f32: return pack_floats<uint32_t>(bytes.data(), rows, columns, panel);
    case Type::f16:
    case Type::bf16:
      return (format.run_columns == 2 ? pack_floats<uint16_t, 2> : pack_floats<uint16_t>)(bytes.data(), rows,
                                                                                          columns, panel);
    default: break;
  }
  const PackRow pack = pack_row_of(type);
  for (int64_t r = 0; r < rows; ++r) pack(bytes.data() + r * row_bytes, columns, panel, format, r);
}

}  // namespace

Result<const std::byte*> pack_panels(Type type, std::span<const std::byte> bytes, int64_t count, int64_t rows,
                                     int64_t columns, const PanelFormat& format, ThreadPool& pool,
                                     Arena& arena) {
  const int64_t panels = format.panels(rows), panel_bytes = format.panel_bytes(columns);
  const int64_t row_bytes = static_cast<int64_t>(bytes.size()) / (count * rows);
  auto total =
      checked_mul<uint64_t>(static_cast<uint64_t>(count * panels), static_cast<uint64_t>(panel_bytes));
  if (!total) return fail("cpu: {} matrices of [{}, {}] are too large", count, rows, columns);
  TRY(std::byte * all, arena.take(*total, "a weight's panels"));
  // What has been packed is dropped as it goes, so that a file is not in memory twice.
  constexpr size_t kDropped = size_t{1} << 20;
  pool.run([&](Worker worker) {
    auto [begin, end] = worker.part(count * panels);
    auto row_of = [&](int64_t p) { return p / panels * rows + p % panels * format.rows; };
    std::span<const std::byte> done = bytes.subspan(static_cast<size_t>(row_of(begin) * row_bytes), 0);
    for (int64_t p = begin; p < end; ++p) {
      const int64_t first = row_of(p), left = rows - p % panels * format.rows;
      pack_panel(type,
                 bytes.subspan(static_cast<size_t>(first * row_bytes),
                               static_cast<size_t>(std::min(format.rows, left) * row_bytes)),
                 row_bytes, columns, format, all + p * panel_bytes);
      done = {done.data(), bytes.data() + row_of(p + 1) * row_bytes};
      if (done.size() < kDropped && p + 1 < end) continue;
      drop_file_pages(done);
      done = done.subspan(done.size());
    }
  });
  return all;
}

}  // namespace hearth::cpu
