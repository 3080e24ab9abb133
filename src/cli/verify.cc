// hearth verify: whether a converted or quantized model still says what its checkpoint does, layer by layer.
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/human.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/measuring.h"
#include "cli/output.h"
#include "engine/divergence.h"
#include "engine/verification.h"

namespace hearth {

namespace {

struct VerifyOptions {
  ModelOptionsGiven model;
  std::string checkpoint, file, text;
  std::vector<int32_t> tokens;
  size_t most = 256;
  std::optional<double> within;
  bool json = false;
};

// A model that was made without a tokenizer can still be told which tokens to read.
struct Side {
  std::shared_ptr<const Model> model;
  std::shared_ptr<const Tokenizer> tokenizer;
};

Result<Side> open_side(const ModelOptionsGiven& given, bool reads) {
  Side side;
  if (reads) {
    TRY(ReadingModel opened, open_reading_model(given, true));
    return Side{opened.model, opened.tokenizer};
  }
  TRY(side.model, open_model(given));
  if (!side.model->vocabulary())
    return fail("{}: is an embedding model: only models that generate are compared", side.model->name());
  return side;
}

Result<std::vector<int32_t>> tokens_of(const VerifyOptions& options, const Tokenizer& tokenizer) {
  std::string text = options.text;
  if (!options.file.empty()) { TRY(text, read_file(options.file, kMaxTextBytes)); }
  TRY(auto tokens, tokenizer.encode(text, {.add_special = true, .parse_special = false}));
  if (tokens.size() > options.most) tokens.resize(options.most);
  return std::vector<int32_t>(tokens.begin(), tokens.end());
}

// A token as a person reads it; its id where there is no tokenizer.
std::string shown(const Tokenizer* tokenizer, int32_t token) {
  return tokenizer && tokenizer->contains(token) ? quote(tokenizer->piece(token))
                                                 : fmt::format("token {}", token);
}

std::string as_json(const Verification& result) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const auto& layer : result.layers) layers.push_back({{"layer", layer.layer}, {"error", layer.error}});
  nlohmann::ordered_json json = {
      {"tokens", result.tokens},    {"layers", layers},        {"logits_error", result.logits_error},
      {"kl_mean", result.kl_mean},  {"kl_max", result.kl_max}, {"same_top", result.same_top},
      {"first_difference", nullptr}};
  if (result.first) {
    json["first_difference"] = {
        {"place", result.first->place}, {"expected", result.first->expected}, {"found", result.first->found}};
  }
  return json.dump() + "\n";
}

std::string as_table(const Verification& result, const Tokenizer* tokenizer) {
  Table table("<>");
  for (const auto& layer : result.layers)
    table.add({fmt::format("layer {}", layer.layer), fmt::format("{:.2e}", layer.error)});
  table.add({"logits", fmt::format("{:.2e}", result.logits_error)});
  std::string text = "relative error of what each layer leaves:\n" + table.text();
  text +=
      fmt::format("KL divergence: {:.6f} nats on average, {:.6f} at most\n", result.kl_mean, result.kl_max);
  text += fmt::format("same token likeliest: {:.2f} % of {}", 100 * result.same_top, result.tokens);
  if (result.first) {
    text += fmt::format("; the first that differs comes after {} tokens: {}, where the checkpoint has {}",
                        result.first->place + 1, shown(tokenizer, result.first->found),
                        shown(tokenizer, result.first->expected));
  }
  return text + "\n";
}

Status verify(const VerifyOptions& options) {
  bool reads = options.tokens.empty();
  if (reads && options.file.empty() && options.text.empty())
    return fail("there is nothing to compare on: give a text with -p or -f, or ids with --tokens");
  ModelOptionsGiven reference_given = options.model;
  reference_given.model = options.checkpoint;
  reference_given.type = "auto";
  reference_given.exact = true;
  TRY(Side model, open_side(options.model, reads));
  TRY(Side reference, open_side(reference_given, reads));
  std::vector<int32_t> tokens = options.tokens;
  if (reads) {
    TRY_STATUS(check_same_vocabulary(*model.model, *model.tokenizer, *reference.model, *reference.tokenizer));
    TRY(tokens, tokens_of(options, *reference.tokenizer));
  }
  TRY(auto backend, open_backend(options.model));
  TRY(auto reference_backend, open_backend(reference_given));
  TRY(Verification result, verify({model.model, *backend}, {reference.model, *reference_backend}, tokens,
                                  *type_named(options.model.cache_type)));
  TRY_STATUS(print(options.json ? as_json(result) : as_table(result, reference.tokenizer.get())));
  if (options.within && !(result.kl_mean <= *options.within))
    return fail("{}: a mean KL divergence of {:.6f} from {}; at most {} was asked for", model.model->name(),
                result.kl_mean, reference.model->name(), *options.within);
  return {};
}

}  // namespace

void verify_command(CLI::App& app) {
  add_command(
      app, "verify", "Compare a converted or quantized model with its checkpoint on a text, layer by layer",
      "hearth verify model-q4_k_m.gguf Qwen3-0.6B -f text.txt\n\n"
      "Both read the text side by side. An error that grows slowly from layer to layer is rounding; one that "
      "jumps\n"
      "says which layer was converted wrongly. --within makes it a test for scripts.",
      [](CLI::App& command) {
        auto options = std::make_shared<VerifyOptions>();
        options->model.cache_type = "f32";
        options->model.exact = true;
        add_model_options(command, options->model, ModelChoice::required, false);
        command
            .add_option("CHECKPOINT", options->checkpoint,
                        "what it was made of: the folder of a checkpoint, or any model of the same shape")
            ->required();
        auto* file =
            command.add_option("-f,--file", options->file, "the text to compare on")->type_name("TEXT");
        command.add_option("-p,--prompt", options->text, "the text itself")
            ->type_name("TEXT")
            ->excludes(file);
        command.add_option("--tokens", options->tokens, "ids in place of a text, separated by commas")
            ->delimiter(',');
        command.add_option("--most", options->most, "tokens of the text that are read")
            ->check(CLI::Range(size_t{1}, size_t{1} << 20))
            ->capture_default_str();
        command
            .add_option("--cache-type", options->model.cache_type, "how keys and values are kept: f16 or f32")
            ->check(CLI::IsMember({"f16", "f32"}))
            ->capture_default_str();
        command.add_flag_callback(
            "--as-run", [options] { options->model.exact = false; },
            "compute the model as hearth run does, inputs rounded to bytes where weights are quantized");
        command.add_option("--within", options->within, "fail if the mean KL divergence is above this")
            ->type_name("NATS");
        command.add_flag("--json", options->json, "one JSON object");
        return [options] { return verify(*options); };
      });
}

}  // namespace hearth
