// One sequence on one model: tokens go in, in batches of bounded size, and the outputs of the rows that somebody
// wants come out. What the sequence remembers lives in pages taken as it grows.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "model/model.h"
#include "ops/backend.h"

namespace hearth {

struct SessionOptions {
  int64_t context = 4096;    // tokens that the sequence may have
  int32_t batch_rows = 512;  // that are computed at once
  Type key_type = Type::f16, value_type = Type::f16;
  int64_t source = 0;                 // tokens that an encoder may read
  bool drafting = false;              // with the model's draft layers
  std::vector<float> adapter_scales;  // of each of the model's adapters; empty: as they were given
};

class Session {
 public:
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Model> model, Backend& backend,
                                                 const SessionOptions& options);
  // With another plan over the model's weights than its own.
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Model> model, Plan plan,
                                                 Backend& backend, const SessionOptions& options);

  // Takes the next tokens, batch_rows() at most; gives the plan's outputs for the wanted ones of them (ascending
  // indices), valid until the next call.
  Result<std::span<const OutputRows>> step(std::span<const int32_t> tokens, std::span<const int32_t> wanted);
  // Lets the encoder of an encoder-decoder model read a source, before the sequence begins.
  Status encode(std::span<const int32_t> tokens);
  // What the model's n-th draft layer says of the last step's rows, `tokens` being as many, one further; after the
  // drafts before it.
  Result<std::span<const OutputRows>> draft(size_t n, std::span<const int32_t> tokens);
  // Takes the next tokens; gives the outputs of the last one, valid until the next call.
  Result<std::span<const float>> extend(std::span<const int32_t> tokens);
  // Takes the next tokens; hands over the outputs of each, in order, or the one of all of them if the model
  // makes one embedding of a text.
  using RowSink = std::function<Status(std::span<const float> row)>;
  Status extend_all(std::span<const int32_t> tokens, const RowSink& sink);

  // Forgets everything after the first `count` tokens; models with recurrent state can only forget all.
  Status truncate(int64_t count);

  int64_t length() const { return length_; }
  int64_t context() const { return options_.context; }
  int32_t batch_rows() const { return options_.batch_rows; }
  // Where the sequence's first token stands, if not at 0.
  void set_first_position(int64_t position) { first_position_ = position; }
  uint64_t memory_bytes() const;
  const Model& model() const { return *model_; }

 private:
  Session() = default;
  Batch::Run run_of(int64_t past, int64_t count) const;
  // The inputs of a plan of the model, behind `others`.
  std::vector<std::span<const float>> inputs_of(int64_t rows,
                                                std::vector<std::span<const float>> others = {});

  std::shared_ptr<const Model> model_;
  SessionOptions options_;
  std::unique_ptr<Program> program_, encoder_;
  std::vector<std::unique_ptr<Program>> drafts_;
  std::unique_ptr<SequenceMemory> memory_;
  std::vector<std::vector<int32_t>> tables_;
  std::vector<int32_t> positions_;
  std::vector<float> scales_;  // of adapters, for each row
  std::vector<OutputRows> outputs_, draft_outputs_;
  int64_t length_ = 0, first_position_ = 0, source_ = 0;
  int64_t trained_rotation_ = 0;  // beyond this length longrope turns otherwise; 0: there is no such choice
  bool recurrent_ = false;
};

}  // namespace hearth
