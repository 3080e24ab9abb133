#include "engine/importance.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "graph/plan.h"

namespace hearth {

namespace {

// All inputs of a batch lie in memory at once: so many floats, and no more rows than pay.
constexpr int64_t kMostFloats = int64_t{1} << 27;
constexpr int64_t kMostRows = 512, kLeastRows = 16;
constexpr std::string_view kOutputs[] = {"output.weight", "token_embd.weight"};

// A tensor's matrices are its two inner dimensions.
struct Matrices {
  int64_t count = 1, rows = 1, columns = 1;
};

Matrices matrices_of(const StoredTensor& tensor) {
  Matrices all;
  std::span<const uint64_t> shape = tensor.shape;
  if (!shape.empty()) all.columns = static_cast<int64_t>(shape.back());
  if (shape.size() > 1) all.rows = static_cast<int64_t>(shape[shape.size() - 2]);
  for (size_t i = 0; i + 2 < shape.size(); ++i) all.count *= static_cast<int64_t>(shape[i]);
  return all;
}

}  // namespace

Result<std::unique_ptr<ImportanceMeter>> ImportanceMeter::create(std::shared_ptr<const Model> model,
                                                                 Backend& backend, int32_t threads,
                                                                 const ImportanceOptions& options) {
  std::unique_ptr<ImportanceMeter> meter(new ImportanceMeter(threads));
  Graph graph = model->graph();
  auto asked = [&](WeightId id) {
    const Model::Weight& weight = model->weight(id);
    bool output =
        std::find(std::begin(kOutputs), std::end(kOutputs), weight.tensor->name) != std::end(kOutputs);
    // A vector that a product takes for a matrix of one column is no matrix for a quantizer.
    return (options.process_output || !output) && matrices_of(*weight.tensor).columns == weight.shape.back();
  };
  auto observed = observe_products(graph, asked);
  if (observed.empty()) return fail("{}: has no matrices to measure", model->name());
  for (const ObservedProduct& product : observed) meter->enlist(*model, product);
  for (const Tally& tally : meter->tallies_) {
    if (tally.name.size() > Importance::kMostNameBytes) {
      return fail("{}: the name {} has {} bytes; files of importances have room for {}", model->name(),
                  quote(tally.name), tally.name.size(), Importance::kMostNameBytes);
    }
  }
  TRY(Plan plan, make_plan(graph));

  SessionOptions session;
  session.context = options.chunk;
  session.key_type = options.key_type;
  session.value_type = options.value_type;
  int64_t floats = std::max<int64_t>(plan.arena_floats[static_cast<size_t>(Rows::wanted)], 1);
  session.batch_rows = static_cast<int32_t>(std::clamp(kMostFloats / floats, kLeastRows, kMostRows));
  meter->chunk_ = options.chunk;
  auto made = Session::create(model, std::move(plan), backend, session);
  if (!made.ok()) return within(model->name(), std::move(made).error());
  meter->session_ = *std::move(made);
  return meter;
}

void ImportanceMeter::enlist(const Model& model, const ObservedProduct& observed) {
  const Model::Weight& weight = model.weight(observed.weight);
  Matrices stored = matrices_of(*weight.tensor);
  auto known = std::find_if(tallies_.begin(), tallies_.end(),
                            [&](const Tally& tally) { return tally.name == weight.tensor->name; });
  if (known == tallies_.end()) {
    Tally tally;
    tally.name = weight.tensor->name;
    tally.matrices = stored.count;
    tally.rows_of_matrix = stored.rows;
    tally.columns = stored.columns;
    tally.sums.resize(static_cast<size_t>(stored.count * stored.columns));
    tally.rows.resize(static_cast<size_t>(stored.count));
    known = tallies_.insert(tallies_.end(), std::move(tally));
  }
  known->chosen = known->chosen || observed.chosen;
  std::span<const int64_t> shape = weight.shape;
  int64_t matrices = shape.size() > 2 ? shape[0] : 1;
  auto tally = static_cast<size_t>(known - tallies_.begin());
  int64_t rows = shape[shape.size() - 2];
  // W[3] begins where the outermost dimension is 3.
  products_.push_back({observed, tally, weight.row.value_or(0) * matrices * rows, matrices, rows});
}

// The architecture may split or join the file's matrices: a row goes to all of them that have rows of the product's.
void ImportanceMeter::add_row(const Product& product, Tally& tally, int64_t matrix,
                              std::span<const float> row) {
  int64_t begin = product.first_row + matrix * product.rows_of_matrix;
  int64_t end = begin + product.rows_of_matrix;
  for (int64_t m = begin / tally.rows_of_matrix; m * tally.rows_of_matrix < end; ++m) {
    double* sums = tally.sums.data() + m * tally.columns;
    for (size_t i = 0; i < row.size(); ++i) sums[i] += static_cast<double>(row[i]) * row[i];
    ++tally.rows[static_cast<size_t>(m)];
  }
}

void ImportanceMeter::add_batch(const Product& product, Tally& tally, std::span<const OutputRows> outputs) {
  const OutputRows& input = outputs[product.observed.input];
  auto columns = static_cast<size_t>(tally.columns);
  auto heads = input.width / tally.columns;
  for (int64_t t = 0; t < input.rows; ++t) {
    std::span<const float> all = input.row(t);
    auto head = [&](int64_t h) {
      return all.subspan(heads == 1 ? 0 : static_cast<size_t>(h) * columns, columns);
    };
    switch (product.observed.op) {
      case Op::experts: {
        std::span<const float> chosen = outputs[*product.observed.chosen].row(t);
        for (size_t k = 0; k < chosen.size(); ++k) {
          // The product itself may have been left out, so nobody else has looked.
          auto expert = std::bit_cast<int32_t>(chosen[k]);
          tally.missed = tally.missed || expert < 0 || expert >= product.matrices;
          if (!tally.missed) add_row(product, tally, expert, head(static_cast<int64_t>(k)));
        }
        break;
      }
      case Op::linears: {
        for (int64_t m = 0; m < product.matrices; ++m) add_row(product, tally, m, head(m));
        break;
      }
      default: {
        for (int64_t h = 0; h < heads; ++h) add_row(product, tally, 0, head(h));
        break;
      }
    }
  }
}

Status ImportanceMeter::take(std::span<const int32_t> tokens) {
  TRY_STATUS(session_->truncate(0));
  std::vector<int32_t> all(static_cast<size_t>(session_->batch_rows()));
  std::iota(all.begin(), all.end(), 0);
  while (!tokens.empty()) {
    size_t count = std::min(tokens.size(), all.size());
    TRY(auto outputs, session_->step(tokens.first(count), std::span(all).first(count)));
    // Each tensor is one thread's, whose sums so have one order.
    pool_.run([&](Worker worker) {
      for (const Product& product : products_) {
        if (product.tally % static_cast<size_t>(worker.count) == static_cast<size_t>(worker.index)) {
          add_batch(product, tallies_[product.tally], outputs);
        }
      }
    });
    tokens = tokens.subspan(count);
  }
  ++chunks_;
  return check();
}

Status ImportanceMeter::check() const {
  for (const Tally& tally : tallies_) {
    if (tally.missed) {
      return fail("{}: the architecture chooses experts that {} does not have", session_->model().name(),
                  quote(tally.name));
    }
    for (size_t i = 0; i < tally.sums.size(); ++i) {
      if (std::isfinite(tally.sums[i])) continue;
      return fail(
          "{}: chunk {}: what meets column {} of {} is no number; the model is broken, or too large for "
          "its type",
          session_->model().name(), chunks_, static_cast<int64_t>(i) % tally.columns, quote(tally.name));
    }
  }
  return {};
}

Importance ImportanceMeter::importance() const {
  Importance importance;
  importance.chunk_count = chunks_;
  importance.chunk_size = static_cast<uint32_t>(chunk_);
  for (const Tally& tally : tallies_) {
    InputSquares squares{tally.sums, tally.rows};
    // Matrices that all rows met have one count, as other programs write it.
    bool alike =
        std::adjacent_find(tally.rows.begin(), tally.rows.end(), std::not_equal_to<>()) == tally.rows.end();
    if (!tally.chosen && alike) squares.rows.resize(1);
    importance.tensors.emplace(tally.name, std::move(squares));
  }
  return importance;
}

}  // namespace hearth
