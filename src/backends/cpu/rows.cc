// Which row: of a table, of a batch, of a sequence.
#include <cstring>

#include "backends/cpu/binder.h"

namespace hearth::cpu {

namespace {

struct RowsCall {
  Matrix table;
  DecodeRow decode;
  Indices ids;
  Output out;
};

// An id that is not in the table is noted; its row is left as it is, since the batch fails.
void table_rows(const RowsCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  for (int64_t t = begin; t < end; ++t) {
    int64_t id = *call.ids.at(t, 0);
    if (id < 0 || id >= call.table.rows) {
      task.frame.fault.note(fmt::format("row {} of a table of {} is asked for", id, call.table.rows));
    } else {
      call.decode(call.table.bytes + id * call.table.row_bytes, call.out.at(t, 0), call.table.columns);
    }
  }
}

Status rows(Binder& binder) {
  RowsCall call;
  TRY(call.table, binder.matrix(0, 2));
  TRY(call.ids, binder.indices(1));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(binder.fits(call.ids.heads == 1 && call.ids.width == 1 && call.out.heads == 1 &&
                         call.out.width == call.table.columns));
  call.decode = format_of(binder.weight(0).type)->fast[binder.isa()];
  const auto* kept = binder.keep(call);
  binder.add(Split::rows, [kept](const Task& task) { table_rows(*kept, task); });
  return {};
}

struct EntriesCall {
  const float* numbers;
  int64_t count;
  Indices ids;
  Output out;
};

void table_entries(const EntriesCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t h = 0; h < call.out.heads; ++h) {
      for (int64_t i = 0; i < call.out.width; ++i) {
        int64_t id = call.ids.at(t, h)[i * call.ids.step];
        if (id < 0 || id >= call.count) {
          task.frame.fault.note(fmt::format("entry {} of {} is asked for", id, call.count));
        } else {
          call.out.at(t, h)[i] = call.numbers[id];
        }
      }
    }
  }
}

Status entries(Binder& binder) {
  EntriesCall call;
  TRY(Input table, binder.tensor(0));
  call.numbers = table.data;
  call.count = table.width;
  TRY(call.ids, binder.indices(1));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(
      binder.fits(table.heads == 1 && call.ids.heads == call.out.heads && call.ids.width == call.out.width));
  const auto* kept = binder.keep(call);
  binder.add(Split::rows, [kept](const Task& task) { table_entries(*kept, task); });
  return {};
}

struct NumberCall {
  Indices in;
  Output out;
};

void numbers_of(const NumberCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t h = 0; h < call.out.heads; ++h) {
      for (int64_t i = 0; i < call.out.width; ++i) {
        call.out.at(t, h)[i] = static_cast<float>(call.in.at(t, h)[i * call.in.step]);
      }
    }
  }
}

Status number(Binder& binder) {
  NumberCall call;
  TRY(call.in, binder.indices(0));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(binder.fits(call.in.heads == call.out.heads && call.in.width == call.out.width));
  const auto* kept = binder.keep(call);
  binder.add(Split::rows, [kept](const Task& task) { numbers_of(*kept, task); });
  return {};
}

struct IndexCall {
  Input in;
  Output out;  // of ids
};

void ids_of(const IndexCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  for (int64_t t = begin; t < end; ++t) {
    for (int64_t h = 0; h < call.out.heads; ++h) {
      for (int64_t i = 0; i < call.out.width; ++i) {
        int32_t id = id_from_number(call.in.at(t, h)[i * call.in.step]);
        std::memcpy(call.out.at(t, h) + i, &id, sizeof(id));
      }
    }
  }
}

Status index(Binder& binder) {
  IndexCall call;
  TRY(call.in, binder.value(0));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(binder.fits(call.in.heads == call.out.heads && call.in.width == call.out.width));
  const auto* kept = binder.keep(call);
  binder.add(Split::rows, [kept](const Task& task) { ids_of(*kept, task); });
  return {};
}

struct SelectCall {
  Input in;
  Output out;
};

void copy_row(const SelectCall& call, int64_t from, int64_t to) {
  for (int64_t h = 0; h < call.out.heads; ++h) {
    std::memcpy(call.out.at(to, h), call.in.at(from, h), static_cast<size_t>(call.out.width) * sizeof(float));
  }
}

void wanted_rows_of(const SelectCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  for (int64_t r = begin; r < end; ++r) copy_row(call, task.frame.batch->wanted[r], r);
}

Status select(Binder& binder) {
  SelectCall call;
  TRY(call.in, binder.dense_value(0));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(binder.fits(call.in.heads == call.out.heads && call.in.width == call.out.width));
  const auto* kept = binder.keep(call);
  binder.add(Split::rows, [kept](const Task& task) { wanted_rows_of(*kept, task); });
  return {};
}

enum class Pooling { none, mean, cls, last, rank };  // as GGUF numbers them

template <Pooling pooling>
void pool_rows(const SelectCall& call, const Task& task) {
  auto [begin, end] = task.rows(call.out.rows);
  for (int64_t r = begin; r < end; ++r) {
    const Batch::Run& run = task.frame.batch->runs[r];
    if (pooling != Pooling::last && run.past > 0) {
      task.frame.fault.note(
          fmt::format("a sequence is pooled in one batch; {} of its tokens came before", run.past));
    }
    if (pooling != Pooling::mean) {
      copy_row(call, pooling == Pooling::last ? run.first + run.count - 1 : run.first, r);
      continue;
    }
    for (int64_t h = 0; h < call.out.heads; ++h) {
      for (int64_t i = 0; i < call.out.width; ++i) {
        double sum = 0;
        for (int64_t t = run.first; t < run.first + run.count; ++t) sum += call.in.at(t, h)[i];
        call.out.at(r, h)[i] = static_cast<float>(sum / run.count);
      }
    }
  }
}

Status pool(Binder& binder) {
  SelectCall call;
  TRY(call.in, binder.dense_value(0));
  TRY(call.out, binder.dense_result());
  TRY_STATUS(binder.fits(call.in.heads == call.out.heads && call.in.width == call.out.width));
  double asked = binder.number_or(1, static_cast<double>(Pooling::mean));
  if (!(asked >= 0 && asked <= 4)) return fail("there is no pooling {}", asked);
  auto pooling = static_cast<Pooling>(asked);
  const auto* kept = binder.keep(call);
  if (pooling == Pooling::none) {
    binder.add(Split::rows, [kept](const Task& task) {
      auto [begin, end] = task.rows(kept->out.rows);
      for (int64_t t = begin; t < end; ++t) copy_row(*kept, t, t);
    });
    return {};
  }
  TRY_STATUS(binder.fits(call.out.rows == Rows::sequences));
  binder.add(Split::rows, [kept, pooling](const Task& task) {
    switch (pooling) {
      case Pooling::mean: return pool_rows<Pooling::mean>(*kept, task);
      case Pooling::last: return pool_rows<Pooling::last>(*kept, task);
      default: return pool_rows<Pooling::cls>(*kept, task);
    }
  });
  return {};
}

constexpr KernelRow kRowsKernels[] = {
    {Op::rows, rows},   {Op::entries, entries}, {Op::number, number},
    {Op::index, index}, {Op::select, select},   {Op::pool, pool},
};

}  // namespace

std::span<const KernelRow> row_kernels() { return kRowsKernels; }

}  // namespace hearth::cpu
