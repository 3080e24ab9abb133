// OpenAI: /v1/embeddings. llama-server: /embedding.
#include <bit>
#include <span>

#include "server/chat_prompt.h"
#include "server/json_handler.h"
#include "server/openai.h"
#include "server/vectors.h"

namespace hearth {

namespace {

constexpr int64_t kMostInputs = 2048;

// Little-endian floats, as OpenAI's clients decode them.
std::string base64(std::span<const float> values) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(reinterpret_cast<const char*>(values.data()), values.size_bytes()), out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 3; ++j)
      word = word << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) out += j <= count ? kDigits[word >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

const FieldTable& embedding_fields() {
  static const FieldTable table(
      "Embedding",
      {{"input", Kind::texts(kMostInputs), "What is turned into vectors", true},
       {"encoding_format", Kind::one_of({"float", "base64"}), "How vectors are written"},
       {"dimensions", Kind::integer(1), "Those that the model's vectors have; others cannot be had"}},
      {model_fields});
  return table;
}

const FieldTable& native_embedding_fields() {
  static const FieldTable table(
      "NativeEmbedding",
      {{"input", Kind::texts(kMostInputs), "What is turned into vectors"},
       {"content", Kind::texts(kMostInputs), "The same, by its other name"},
       {"embd_normalize", Kind::json(R"({"enum": [-1, 2]})"), "2: to length 1; -1: as they are"}},
      {model_fields});
  return table;
}

// One string or several.
std::optional<Problem> read_inputs(const Fields& fields, const ServedModel& model, const char* name,
                                   std::vector<Prompt>& prompts) {
  std::vector<std::string> texts = fields.texts(name);
  if (texts.empty()) fields.refuse("input", "is missing or empty; it is a string, or an array of strings");
  if (fields.failed()) return fields.problem();
  return prompts_of_texts(model, texts, prompts);
}

std::optional<Problem> embed(const ModelLease& model, const Fields& fields, const HttpRequest& request,
                             const std::shared_ptr<Exchange>& exchange) {
  if (auto problem = not_embedding(*model)) return problem;
  std::string encoding = fields.text("encoding_format").value_or("float");
  if (auto dimensions = fields.integer("dimensions");
      dimensions && *dimensions != model->model().outputs_width()) {
    fields.refuse("dimensions", fmt::format("is {}; this model's vectors have {}", *dimensions,
                                            model->model().outputs_width()));
  }
  std::vector<Prompt> prompts;
  if (auto problem = read_inputs(fields, *model, "input", prompts)) return problem;
  bool as_base64 = encoding == "base64";
  auto done = [model = model.get(), exchange, as_base64](Vectors made) {
    ChatJson body = {{"object", "list"}, {"data", ChatJson::array()}, {"model", model->id()}};
    for (size_t i = 0; i < made.of_prompts.size(); ++i) {
      std::vector<float>& vector = made.of_prompts[i];
      normalize(vector);
      body["data"].push_back({{"object", "embedding"},
                              {"index", i},
                              {"embedding", as_base64 ? ChatJson(base64(vector)) : ChatJson(vector)}});
    }
    body["usage"] = {{"prompt_tokens", made.tokens}, {"total_tokens", made.tokens}};
    exchange->respond(json_response(body));
  };
  make_vectors(model, std::move(prompts), request,
               {done, [exchange](const Problem& problem) { exchange->respond(openai_error(problem)); }},
               exchange);
  return std::nullopt;
}

// A vector for each row of the model's outputs, of which pooling leaves one.
std::optional<Problem> embed_natively(const ModelLease& model, const Fields& fields,
                                      const HttpRequest& request, const std::shared_ptr<Exchange>& exchange) {
  if (auto problem = not_embedding(*model)) return problem;
  const ChatJson* norm = fields.find("embd_normalize");
  if (norm && *norm != 2 && *norm != -1)
    fields.expected("embd_normalize", *norm, "2, the length, or -1, none");
  bool normalizes = !norm || *norm == 2;
  std::vector<Prompt> prompts;
  const char* name = fields.has("input") ? "input" : "content";
  if (auto problem = read_inputs(fields, *model, name, prompts)) return problem;
  auto done = [exchange, normalizes](Vectors made) {
    ChatJson body = ChatJson::array();
    for (std::vector<float>& vector : made.of_prompts) {
      if (normalizes) normalize(vector);
      ChatJson rows = ChatJson::array();
      rows.push_back(vector);
      body.push_back({{"index", body.size()}, {"embedding", std::move(rows)}});
    }
    exchange->respond(json_response(body));
  };
  make_vectors(model, std::move(prompts), request,
               {done, [exchange](const Problem& problem) { exchange->respond(openai_error(problem)); }},
               exchange);
  return std::nullopt;
}

}  // namespace

void add_openai_embeddings_routes(const Site& site) {
  add_model_routes(site, {"/v1/embeddings"}, "Turns texts into vectors", embedding_fields(), embed);
  add_model_routes(site, {"/embedding", "/embeddings"}, "Turns texts into vectors, in llama-server's words",
                   native_embedding_fields(), embed_natively);
}

}  // namespace hearth
