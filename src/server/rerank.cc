// Re-ranking: how well each of some documents answers a query. The shapes are Jina's (results, relevance_score) and,
// where the documents are called texts, TEI's (an array, score).
#include <algorithm>
#include <cmath>
#include <numeric>

#include "server/json_handler.h"
#include "server/openai.h"
#include "server/vectors.h"

namespace hearth {

namespace {

constexpr size_t kMostDocuments = 2048;

// The query and a document, each as the tokenizer frames a text, with the separator between.
Result<std::vector<TokenId>> pair_of(const Tokenizer& tokenizer, const std::string& query,
                                     const std::string& document) {
  constexpr Tokenizer::EncodeOptions kPlain = {.add_special = false, .parse_special = false};
  TRY(auto first, tokenizer.encode(query, kPlain));
  TRY(auto second, tokenizer.encode(document, kPlain));
  std::vector<TokenId> ids(tokenizer.prefix().begin(), tokenizer.prefix().end());
  auto append = [&](std::span<const TokenId> more) { ids.insert(ids.end(), more.begin(), more.end()); };
  append(first);
  append(tokenizer.suffix());
  // Those of RoBERTa's kind have two between the texts.
  if (!tokenizer.suffix().empty() && tokenizer.text(tokenizer.suffix().back()) == "</s>")
    append(tokenizer.suffix());
  append(second);
  append(tokenizer.suffix());
  return ids;
}

const FieldTable& document_fields() {
  static const FieldTable table("Document", {{"text", Kind::text(), "What stands in it", true}});
  return table;
}

Kind documents_kind() {
  return Kind::json(R"({"type": "array", "minItems": 1, "maxItems": 2048,
                        "items": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/Document"}]}})",
                    document_fields);
}

const FieldTable& rerank_fields() {
  static const FieldTable table("Rerank",
                                {{"query", Kind::text(), "What is looked for", true},
                                 {"documents", documents_kind(), "What is ranked"},
                                 {"texts", documents_kind(), "The same; the answer is an array then"},
                                 {"top_n", Kind::integer(1), "So many of the best"},
                                 {"return_documents", Kind::flag(), "With their texts"},
                                 {"return_text", Kind::flag(), "With their texts, of texts"}},
                                {model_fields});
  return table;
}

std::vector<std::string> documents_of(const Fields& fields, std::string_view name) {
  const ChatJson* given = fields.array(name);
  std::vector<std::string> documents;
  if (!given || given->empty() || given->size() > kMostDocuments) {
    fields.refuse(name, fmt::format("is missing or empty, or has more than {} texts", kMostDocuments));
    return documents;
  }
  for (size_t i = 0; i < given->size(); ++i) {
    const ChatJson& each = (*given)[i];
    std::string place = fmt::format("{}[{}]", name, i);
    if (each.is_string()) {
      documents.push_back(each.get<std::string>());
    } else if (each.is_object()) {  // {"text"}
      documents.push_back(fields.inside(place, each).required_text("text"));
    } else {
      fields.refuse(place, fmt::format("is {}, expected a string", shown(each)));
    }
    if (fields.failed()) break;
  }
  return documents;
}

std::optional<Problem> rerank(const ModelLease& model, const Fields& fields, const HttpRequest& request,
                              const std::shared_ptr<Exchange>& exchange) {
  if (model->ranks && !model->tokenizer)
    return Problem{400, fmt::format("{} has no tokenizer, so it cannot read text", model->id()), "model"};
  if (!model->ranks) {
    return Problem{
        400,
        fmt::format("{} does not rank; this route takes a model with a ranking head (pooling rank)",
                    model->id()),
        "model"};
  }
  bool plain = fields.has("texts");
  std::string query = fields.required_text("query");
  std::vector<std::string> documents = documents_of(fields, plain ? "texts" : "documents");
  auto most = static_cast<size_t>(fields.integer("top_n").value_or(static_cast<int64_t>(documents.size())));
  bool with_text = fields.flag(plain ? "return_text" : "return_documents", false);
  if (fields.failed()) return fields.problem();
  std::vector<Prompt> prompts;
  for (const std::string& document : documents) {
    auto ids = pair_of(*model->tokenizer, query, document);
    if (!ids.ok()) return Problem{400, ids.error().message, "documents"};
    prompts.push_back({*std::move(ids), {}});
  }
  auto done = [=](Vectors made) {
    std::vector<size_t> order(made.of_prompts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    auto score = [&](size_t i) { return made.of_prompts[i].empty() ? 0.0 : made.of_prompts[i].front(); };
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return score(a) > score(b); });
    order.resize(std::min(most, order.size()));
    ChatJson results = ChatJson::array();
    for (size_t i : order) {
      ChatJson result = {{"index", i}, {plain ? "score" : "relevance_score", score(i)}};
      if (with_text && plain) result["text"] = documents[i];
      if (with_text && !plain) result["document"] = {{"text", documents[i]}};
      results.push_back(std::move(result));
    }
    if (plain) return exchange->respond(json_response(results));
    exchange->respond(
        json_response({{"model", model->id()},
                       {"object", "list"},
                       {"usage", {{"prompt_tokens", made.tokens}, {"total_tokens", made.tokens}}},
                       {"results", std::move(results)}}));
  };
  make_vectors(model, std::move(prompts), request,
               {done, [exchange](const Problem& problem) { exchange->respond(openai_error(problem)); }},
               exchange);
  return std::nullopt;
}

}  // namespace

void add_rerank_routes(const Site& site) {
  add_model_routes(site, {"/v1/rerank", "/rerank", "/v1/reranking", "/reranking"},
                   "Ranks documents by how well they answer a query", rerank_fields(), rerank);
}

}  // namespace hearth
