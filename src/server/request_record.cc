#include "server/request_record.h"

#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "server/fields.h"

namespace hearth {

namespace {

constexpr size_t kTraceDigits = 32, kSpanDigits = 16;

bool is_id(std::string_view text, size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos &&
         text.find_first_not_of('0') != text.npos;
}

std::string draw_id(size_t digits) {
  std::string id;
  for (size_t i = 0; i < digits; i += 16) id += fmt::format("{:016x}", random_bits());
  return id.find_first_not_of('0') == id.npos ? draw_id(digits) : id;
}

std::string time_of(std::chrono::system_clock::time_point when) {
  auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
  std::time_t seconds = microseconds / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, microseconds % 1'000'000);
}

}  // namespace

// VERSION-TRACE-PARENT-FLAGS; later versions may say more behind that.
TraceContext trace_context(std::string_view given) {
  TraceContext trace;
  trace.span_id = draw_id(kSpanDigits);
  constexpr size_t kLength = 2 + 1 + kTraceDigits + 1 + kSpanDigits + 1 + 2;
  bool whole = given.size() == kLength || (given.size() > kLength && given[kLength] == '-');
  std::string_view version = given.substr(0, 2);
  bool known = whole && version.find_first_not_of("0123456789abcdef") == version.npos && version != "ff" &&
               (version != "00" || given.size() == kLength);
  if (known && given[2] == '-' && given[35] == '-' && given[52] == '-') {
    std::string_view id = given.substr(3, kTraceDigits), parent = given.substr(36, kSpanDigits),
                     flags = given.substr(53, 2);
    if (is_id(id, kTraceDigits) && is_id(parent, kSpanDigits) &&
        flags.find_first_not_of("0123456789abcdef") == flags.npos) {
      trace.trace_id = id;
      trace.parent_id = parent;
      trace.sampled = std::string_view("13579bdf").find(flags[1]) != std::string_view::npos;
      return trace;
    }
  }
  trace.trace_id = draw_id(kTraceDigits);
  return trace;
}

void RequestNotes::asked(RequestRecord::Answer answer) {
  std::lock_guard lock(mutex_);
  answer_ = std::move(answer);
}

void RequestNotes::ended(Finish finish, const Usage& usage, int64_t reasoning_tokens) {
  std::lock_guard lock(mutex_);
  if (!answer_) return;
  // Choices share their prompt: what the first of them read counts.
  if (static_cast<int64_t>(answer_->finishes.size()) % answer_->choices == 0) {
    answer_->prompt_tokens += usage.prompt_tokens;
    answer_->cached_tokens += usage.cached_tokens;
  }
  answer_->tokens += usage.tokens;
  answer_->reasoning_tokens += reasoning_tokens;
  answer_->queue_seconds = std::max(answer_->queue_seconds, usage.queue_seconds);
  answer_->prompt_seconds = std::max(answer_->prompt_seconds, usage.prompt_seconds);
  answer_->seconds = std::max(answer_->seconds, usage.seconds);
  if (usage.joules) answer_->joules = answer_->joules.value_or(0) + *usage.joules;
  answer_->finishes.emplace_back(name(finish));
}

std::optional<RequestRecord::Answer> RequestNotes::answer() const {
  std::lock_guard lock(mutex_);
  return answer_;
}

std::string text_line(const RequestRecord& record) {
  std::string line = fmt::format(
      "{} {} {} {} {:.0f} ms", record.id, escape(record.method, 20), escape(record.path, 200),
      record.status == kStatusGone ? "gone" : std::to_string(record.status), 1000 * record.seconds);
  if (record.answer) {
    line += fmt::format(" {} {}+{} tokens", escape(record.answer->model, 100), record.answer->prompt_tokens,
                        record.answer->tokens);
  }
  return line;
}

std::string json_line(const RequestRecord& record) {
  ChatJson line = {{"time", time_of(record.begun)},
                   {"level", "info"},
                   {"message", "request"},
                   {"request_id", record.id},
                   {"trace_id", record.trace.trace_id},
                   {"span_id", record.trace.span_id},
                   {"method", record.method},
                   {"path", record.path},
                   {"status", record.status},
                   {"seconds", record.seconds}};
  if (record.answer) {
    const RequestRecord::Answer& answer = *record.answer;
    line["model"] = answer.model;
    line["prompt_tokens"] = answer.prompt_tokens;
    line["cached_tokens"] = answer.cached_tokens;
    line["tokens"] = answer.tokens;
    line["queue_seconds"] = answer.queue_seconds;
    line["prompt_seconds"] = answer.prompt_seconds;
    line["generation_seconds"] = answer.seconds;
    if (answer.joules) line["energy_joules"] = *answer.joules;
    line["finish_reasons"] = answer.finishes;
  }
  return json_text(line);
}

}  // namespace hearth
