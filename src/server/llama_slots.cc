// llama-server: POST /slots/N?action=save, restore or erase.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <filesystem>

#include "base/text.h"
#include "server/json_handler.h"

namespace hearth {

namespace {

struct SlotRequest {
  ModelLease model;
  size_t slot;
  std::string filename;
  std::filesystem::path path;
  std::string client;
};

using SlotAction = std::optional<Problem> (*)(const SlotRequest& request, ChatJson& answer);

double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

std::optional<Problem> save_slot(const SlotRequest& request, ChatJson& answer) {
  auto tokens = request.model->slots->get(request.slot, request.client);
  if (!tokens) return Problem{400, fmt::format("slot {} has no conversation", request.slot), "id_slot"};
  auto begin = std::chrono::steady_clock::now();
  auto saved = request.model->engine->save(request.path, *std::move(tokens), {}, salt_of(request.client));
  if (!saved.ok()) return Problem{500, saved.error().message};
  answer["filename"] = request.filename;
  answer["n_saved"] = saved->kept;
  answer["n_written"] = saved->bytes;
  answer["timings"] = {{"save_ms", milliseconds_since(begin)}};
  return std::nullopt;
}

std::optional<Problem> restore_slot(const SlotRequest& request, ChatJson& answer) {
  auto begin = std::chrono::steady_clock::now();
  auto restored = request.model->engine->restore(request.path, salt_of(request.client));
  if (!restored.ok()) return Problem{400, restored.error().message, "filename"};
  request.model->slots->set(request.slot, {request.client, std::move(restored->conversation)});
  answer["filename"] = request.filename;
  answer["n_restored"] = restored->kept;
  answer["n_read"] = restored->bytes;
  answer["timings"] = {{"restore_ms", milliseconds_since(begin)}};
  return std::nullopt;
}

std::optional<Problem> erase_slot(const SlotRequest& request, ChatJson& answer) {
  auto tokens = request.model->slots->get(request.slot, request.client);
  answer["n_erased"] = tokens ? request.model->engine->forget(*tokens, salt_of(request.client)) : 0;
  if (tokens) request.model->slots->set(request.slot, {});
  return std::nullopt;
}

struct SlotActionRow {
  std::string_view name;
  bool with_file;
  SlotAction act;
};
constexpr SlotActionRow kSlotActions[] = {
    {"save", true, save_slot}, {"restore", true, restore_slot}, {"erase", false, erase_slot}};

// One part of a path, that leads nowhere else and is no hidden file.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
         });
}

const FieldTable& slot_fields() {
  static const FieldTable table(
      "Slot", {{"filename", Kind::text(), "A name in the folder of --slot-save-path"}}, {model_fields});
  return table;
}

const FieldTable& slot_query_fields() {
  static const FieldTable table(
      "SlotQuery", {{"action", Kind::one_of({"save", "restore", "erase"}), "What is done", true}});
  return table;
}

std::optional<Problem> act_on_slot(const ModelLease& model, const Fields& fields, const HttpRequest& request,
                                   const std::shared_ptr<Exchange>& exchange) {
  const SlotActionRow* action = nullptr;
  for (const SlotActionRow& row : kSlotActions) {
    if (request.query == fmt::format("action={}", row.name)) action = &row;
  }
  if (!action) return Problem{400, "the query is action=save, action=restore or action=erase", "action"};
  size_t slot = 0;
  const std::string& id = request.parameter;
  auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), slot);
  if (error != std::errc() || end != id.data() + id.size() || slot >= model->slots->size()) {
    return Problem{400, fmt::format("there is no slot {}; there are {}", quote(id, 32), model->slots->size()),
                   "id_slot"};
  }
  std::string filename;
  if (action->with_file) {
    if (model->slot_folder.empty())
      return Problem{400, "this server keeps no conversations: it was started without --slot-save-path"};
    filename = fields.required_text("filename");
    if (!fields.failed() && !is_plain_name(filename))
      fields.refuse("filename", "is to be a name of letters, digits, and . _ - that does not begin with .");
  }
  if (fields.failed()) return fields.problem();
  ChatJson answer = {{"id_slot", slot}};
  SlotRequest asked{model, slot, filename, std::filesystem::path(model->slot_folder) / filename,
                    request.client};
  if (auto problem = action->act(asked, answer)) return problem;
  exchange->respond(json_response(answer));
  return std::nullopt;
}

}  // namespace

void add_llama_slots_routes(const Site& site) {
  site.router.add({"POST", "/slots/{ID}", "Saves, restores or erases what was computed of a conversation",
                   [read = model_handler(site, slot_fields(), act_on_slot)](
                       HttpRequest request, std::shared_ptr<Exchange> exchange) {
                     if (request.body.empty()) request.body = "{}";
                     read(std::move(request), std::move(exchange));
                   },
                   &slot_fields(), &slot_query_fields()});
}

}  // namespace hearth
