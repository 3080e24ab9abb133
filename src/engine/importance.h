// Measures which columns of a model's matrices matter on a text.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/threads.h"
#include "engine/session.h"
#include "formats/importance.h"
#include "graph/observe.h"

namespace hearth {

struct ImportanceOptions {
  int64_t chunk = 512;          // tokens
  bool process_output = false;  // the matrix that makes logits, too, which quantizers mostly keep precise
  Type key_type = Type::f16, value_type = Type::f16;
};

// Runs a model without its last product and sums the squares of what goes into each matrix. A matrix used
// more than once (tied, or shared between layers) has the sum of all.
class ImportanceMeter {
 public:
  static Result<std::unique_ptr<ImportanceMeter>> create(std::shared_ptr<const Model> model, Backend& backend,
                                                         int32_t threads, const ImportanceOptions& options);

  // Takes a chunk, as a text of its own.
  Status take(std::span<const int32_t> tokens);

  // Of the chunks so far.
  Importance importance() const;

 private:
  // What met one tensor of the file.
  struct Tally {
    std::string name;
    int64_t matrices = 1, rows_of_matrix = 1, columns = 1;
    bool chosen = false;  // its matrices are experts
    bool missed = false;  // one was chosen that is not there
    std::vector<double> sums;
    std::vector<uint64_t> rows;  // of each matrix
  };
  // A product with so many matrices, which begin at row `first_row` of all the tensor's rows.
  struct Product {
    ObservedProduct observed;
    size_t tally;
    int64_t first_row, matrices, rows_of_matrix;
  };

  explicit ImportanceMeter(int32_t threads) : pool_(threads) {}
  void enlist(const Model& model, const ObservedProduct& observed);
  static void add_batch(const Product& product, Tally& tally, std::span<const OutputRows> outputs);
  static void add_row(const Product& product, Tally& tally, int64_t matrix, std::span<const float> row);
  Status check() const;

  std::unique_ptr<Session> session_;
  ThreadPool pool_;
  std::vector<Product> products_;
  std::vector<Tally> tallies_;
  int64_t chunk_ = 0;
  uint32_t chunks_ = 0;
};

}  // namespace hearth
