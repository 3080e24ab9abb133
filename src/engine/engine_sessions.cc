// Conversations that leave an engine as files, and come back.
#include <future>

#include "engine/engine.h"
#include "engine/session_file.h"

namespace hearth {

void Engine::inside(std::function<void(Store&)> task) {
  auto done = std::make_shared<std::promise<void>>();
  {
    std::lock_guard lock(mutex_);
    tasks_.push_back([&task, done](Store& store) {
      task(store);
      done->set_value();
    });
    changed_.notify_all();
  }
  done->get_future().wait();
}

namespace {

Error not_here() {
  return fail("what this model computes cannot be saved: it reads texts whole, or from an encoder");
}

}  // namespace

Result<SavedSession> Engine::save(const std::filesystem::path& path, std::vector<TokenId> conversation,
                                  std::string text, uint64_t salt) {
  const std::optional<PageShape>& shape = core_->store().shape();
  if (!shape) return not_here();
  salt = salted(salt, adapter_scales());
  std::vector<PrefixTree::Node*> pages;
  inside([&](Store& store) { pages = store.hold(salt, conversation); });
  SavedSession saved;
  saved.tokens = static_cast<int64_t>(conversation.size());
  saved.kept = static_cast<int64_t>(pages.size()) * shape->page_tokens;
  auto write = [&]() -> Status {
    TRY(SessionWriter file, SessionWriter::create(path, *shape,
                                                  {std::move(conversation), std::move(text), salt,
                                                   static_cast<uint32_t>(pages.size())}));
    // A page at a time, so that others are served.
    for (size_t i = 0; i < pages.size(); ++i) {
      PageRecord record;
      inside([&](Store& store) { record = store.take_out(pages, i); });
      TRY_STATUS(file.add(record));
    }
    TRY(saved.bytes, file.finish());
    return {};
  };
  Status written = write();
  if (!pages.empty()) inside([&](Store& store) { store.let_go(pages.back()); });
  if (!written.ok()) return std::move(written).error();
  return saved;
}

Result<RestoredSession> Engine::restore(const std::filesystem::path& path, uint64_t salt) {
  const std::optional<PageShape>& shape = core_->store().shape();
  if (!shape) return not_here();
  salt = salted(salt, adapter_scales());
  TRY(MappedFile file, MappedFile::open(path));
  auto read = [&]() -> Result<RestoredSession> {
    TRY(SessionReader reader, SessionReader::open(file.bytes(), *shape, core_->options().vocabulary));
    const SessionHead& head = reader.head();
    if (head.salt != salt) return fail("was saved by somebody with another key, or with other adapters");
    RestoredSession restored;
    restored.tokens = static_cast<int64_t>(head.tokens.size());
    restored.bytes = file.bytes().size();
    PrefixTree::Node* at = nullptr;
    inside([&](Store& store) { at = store.hold_root(salt); });
    Status status;
    for (uint32_t i = 0; i < head.pages && status.ok(); ++i) {
      auto page = reader.next();
      if (!page.ok()) {
        status = std::move(page).error();
        break;
      }
      PrefixTree::Node* next = nullptr;
      inside([&](Store& store) { next = store.put_in(at, *page); });
      if (!next) break;  // there is no room for more; the rest is computed again
      at = next;
      restored.kept += shape->page_tokens;
    }
    inside([&](Store& store) { store.let_go(at); });
    if (!status.ok()) return std::move(status).error();
    restored.conversation = head.tokens;
    restored.text = head.text;
    return restored;
  };
  auto restored = read();
  if (!restored.ok()) return within(path.string(), std::move(restored).error());
  return restored;
}

int64_t Engine::forget(std::span<const TokenId> conversation, uint64_t salt) {
  int64_t tokens = 0;
  salt = salted(salt, adapter_scales());
  inside([&](Store& store) { tokens = store.forget(salt, conversation); });
  return tokens;
}

}  // namespace hearth
