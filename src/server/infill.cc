#include "server/infill.h"

#include "server/json_handler.h"
#include "server/llama_completion.h"
#include "server/openai.h"

namespace hearth {

namespace {

class InfillPrompt {
 public:
  explicit InfillPrompt(const Tokenizer& tokenizer)
      : tokenizer_(tokenizer), ids_(tokenizer.prefix().begin(), tokenizer.prefix().end()) {}

  Status text(const std::string& text) {
    TRY(auto ids, tokenizer_.encode(text, {.add_special = false, .parse_special = false}));
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    return {};
  }
  // False: the model has no such mark.
  bool mark(TokenRole role) {
    auto id = tokenizer_.role(role);
    if (id) ids_.push_back(*id);
    return id.has_value();
  }
  // A file of a repository, for models that were taught to see several.
  Status file(const std::string& name, const std::string& content) {
    bool marked = mark(TokenRole::fim_separator);
    return text(marked ? fmt::format("{}\n{}", name, content) : fmt::format("\n{}\n{}\n", name, content));
  }
  std::vector<TokenId> take() { return std::move(ids_); }

 private:
  const Tokenizer& tokenizer_;
  std::vector<TokenId> ids_;
};

Status write(const Infill& infill, InfillPrompt& prompt) {
  if (!infill.others.empty() && prompt.mark(TokenRole::fim_repository)) {
    TRY_STATUS(prompt.text("project\n"));
  }
  for (const auto& [name, content] : infill.others) TRY_STATUS(prompt.file(name, content));
  if (!infill.others.empty() && prompt.mark(TokenRole::fim_separator)) TRY_STATUS(prompt.text("filename\n"));
  prompt.mark(TokenRole::fim_prefix);
  TRY_STATUS(prompt.text(infill.prefix));
  prompt.mark(TokenRole::fim_suffix);
  TRY_STATUS(prompt.text(infill.suffix));
  prompt.mark(TokenRole::fim_middle);
  return {};
}

const FieldTable& file_fields() {
  static const FieldTable table("SourceFile", {{"filename", Kind::text(), "What it is called"},
                                               {"text", Kind::text(), "What stands in it", true}});
  return table;
}

const FieldTable& infill_fields() {
  static const FieldTable table(
      "Infill",
      {{"input_prefix", Kind::text(), "What stands before", true},
       {"input_suffix", Kind::text(), "What stands after"},
       {"prompt", Kind::text(), "What stands behind the prefix already and is to be gone on from"},
       {"input_extra", Kind::list(file_fields), "Files that may matter"}},
      {native_fields});
  return table;
}

std::optional<Problem> fill_in(const ModelLease& model, const Fields& fields, const HttpRequest& request,
                               const std::shared_ptr<Exchange>& exchange) {
  Infill infill{fields.required_text("input_prefix"), fields.text("input_suffix").value_or(""), {}};
  // What stands behind the prefix already and is to be gone on from.
  infill.prefix += fields.text("prompt").value_or("");
  const ChatJson* others = fields.array("input_extra");
  for (size_t i = 0; others && i < others->size() && !fields.failed(); ++i) {
    Fields file = fields.inside(fmt::format("input_extra[{}]", i), (*others)[i]);
    infill.others.emplace_back(file.text("filename").value_or("file"), file.required_text("text"));
  }
  if (fields.failed()) return fields.problem();
  std::vector<Prompt> prompts(1);
  if (auto problem = prompt_of(*model, infill, prompts[0])) return problem;
  return complete_natively(model, std::move(prompts), fields, request, exchange);
}

}  // namespace

std::optional<Problem> prompt_of(const ServedModel& model, const Infill& infill, Prompt& prompt) {
  const Tokenizer* tokenizer = model.tokenizer.get();
  if (!model.generates || !tokenizer || !tokenizer->role(TokenRole::fim_prefix) ||
      !tokenizer->role(TokenRole::fim_suffix) || !tokenizer->role(TokenRole::fim_middle)) {
    return Problem{
        400, fmt::format("{} was not taught to fill in the middle: it has no tokens for that", model.id()),
        "model"};
  }
  InfillPrompt writer(*tokenizer);
  if (Status status = write(infill, writer); !status.ok()) return Problem{400, status.error().message};
  prompt = {writer.take(), {}};
  return std::nullopt;
}

void add_infill_routes(const Site& site) {
  add_model_routes(site, {"/infill"}, "Fills in what stands between two texts", infill_fields(), fill_in);
}

}  // namespace hearth
