// OpenAI: /v1/embeddings. llama-server: /embedding.
#include <bit>
#include <span>

#include "server/chat_prompt.h"
#include "server/json_handler.h"
#include "server/openai.h"
#include "server/vectors.h"

namespace hearth {

namespace {

constexpr size_t kMostInputs = 2048;

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

// Strings, or one string; of llama-server's routes under `content` too.
std::optional<Problem> read_inputs(const Fields& fields, const ServedModel& model,
                                   std::vector<Prompt>& prompts) {
  std::vector<std::string> texts = fields.texts(fields.has("input") ? "input" : "content", kMostInputs);
  if (texts.empty()) fields.refuse("input", "is missing or empty; it is a string, or an array of strings");
  if (fields.failed()) return fields.problem();
  return prompts_of_texts(model, texts, prompts);
}

std::optional<Problem> embed(const ModelLease& model, const Fields& fields, const HttpRequest& request,
                             const std::shared_ptr<Exchange>& exchange) {
  if (auto problem = not_embedding(*model)) return problem;
  std::string encoding = fields.text("encoding_format").value_or("float");
  if (encoding != "float" && encoding != "base64")
    fields.refuse("encoding_format", fmt::format("is {}, expected \"float\" or \"base64\"", shown(encoding)));
  if (auto dimensions = fields.integer("dimensions", 1, INT64_MAX);
      dimensions && *dimensions != model->model().outputs_width()) {
    fields.refuse("dimensions", fmt::format("is {}; this model's vectors have {}", *dimensions,
                                            model->model().outputs_width()));
  }
  std::vector<Prompt> prompts;
  if (auto problem = read_inputs(fields, *model, prompts)) return problem;
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
  auto norm = fields.integer("embd_normalize", -1, 2).value_or(2);
  if (norm == 0 || norm == 1)
    fields.refuse("embd_normalize", fmt::format("is {}; this server knows 2, the length, and -1, none", norm),
                  501);
  std::vector<Prompt> prompts;
  if (auto problem = read_inputs(fields, *model, prompts)) return problem;
  auto done = [exchange, norm](Vectors made) {
    ChatJson body = ChatJson::array();
    for (std::vector<float>& vector : made.of_prompts) {
      if (norm == 2) normalize(vector);
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
  auto add = [&](const char* path, const char* summary, auto read) {
    site.router.add({"POST", path, summary, model_handler(site, read)});
  };
  add("/v1/embeddings", "Turns texts into vectors", embed);
  for (const char* path : {"/embedding", "/embeddings"})
    add(path, "Turns texts into vectors, in llama-server's words", embed_natively);
}

}  // namespace hearth
