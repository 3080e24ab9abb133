// Guesses by a smaller model with the same vocabulary, which reads along. It has a store of its own, so that what it
// has read is found again as that of the model itself is.
#pragma once

#include <unordered_map>

#include "engine/batch_rows.h"
#include "engine/drafter.h"

namespace hearth {

struct ModelDrafterOptions {
  int64_t most = 8;        // guesses at once
  int64_t context = 4096;  // tokens that it can read; behind them there are no guesses
};

class ModelDrafter final : public Drafter {
 public:
  // `program` runs `plan` and outlives this. A model whose states cannot be taken back is refused.
  static Result<std::unique_ptr<ModelDrafter>> create(Program& program, const Plan& plan,
                                                      const MemoryOptions& memory,
                                                      const ModelDrafterOptions& options);

  int64_t most() const override { return options_.most; }
  Status follow(std::span<const Advance> advances, std::span<const OutputRows> outputs) override;
  void end(const Sequence& sequence) override;

 private:
  struct Reader {
    Held held;                  // of tokens that are the sequence's
    std::vector<TokenId> read;  // those that are computed, the last of them guesses maybe
  };
  ModelDrafter(Program& program, std::unique_ptr<Store> store, const ModelDrafterOptions& options,
               bool long_context)
      : program_(program), store_(std::move(store)), options_(options), long_context_(long_context) {}
  Reader* reader_of(const Sequence& sequence);
  void add(Reader& reader, std::span<const TokenId> tokens);

  Program& program_;
  std::unique_ptr<Store> store_;
  const ModelDrafterOptions options_;
  const bool long_context_;
  std::unordered_map<RequestId, Reader> readers_;
  BatchRows rows_;
};

}  // namespace hearth
