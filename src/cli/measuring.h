// What the commands that measure a model on a text share.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/threads.h"
#include "cli/model_options.h"
#include "engine/chunks.h"
#include "engine/session.h"

namespace hearth {

struct MeasuringGiven {
  ModelOptionsGiven model;
  std::string text;  // a file
  Chunks::Options chunks;
};

// Adds MODEL, -f, --ctx, --chunks, --threads, --cache-type, --arch.
void add_measuring_options(CLI::App& app, MeasuringGiven& given);

struct ReadingModel {
  std::shared_ptr<const Model> model;
  std::shared_ptr<const Tokenizer> tokenizer;
};
// A model that reads text, and with `foretells` one that gives logits for each of its tokens.
Result<ReadingModel> open_reading_model(const ModelOptionsGiven& given, bool foretells);

// The text's chunks. Warns where they are longer than what the model was trained for.
Result<Chunks> open_chunks(const MeasuringGiven& given, const ReadingModel& model);

// "6.8457 +- 0.0123"
std::string with_error(double value, double error);

}  // namespace hearth
