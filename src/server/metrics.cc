// /metrics: the text that Prometheus reads. Clean names, and beside them those that routers and autoscalers of
// inference look for (vllm:...). What it tells is kept as it happens, so it never waits for a model.
#include <algorithm>

#include "base/version.h"
#include "server/dialects.h"
#include "server/process_metrics.h"

namespace hearth {

namespace {

std::string label_value(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// One number of each model, under its own name and the one that vLLM has for it.
struct Row {
  const char *name, *also;  // also: null if there is no other
  const char *type, *help;
  double (*value)(const ServedModel&, const CoreCounts&);
};

// clang-format off
constexpr Row kRows[] = {
    {"hearth_requests_running", "vllm:num_requests_running", "gauge", "Requests that are being computed",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.running); }},
    {"hearth_requests_waiting", "vllm:num_requests_waiting", "gauge", "Requests that wait for room",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.waiting); }},
    {"hearth_cache_use_ratio", "vllm:kv_cache_usage_perc", "gauge", "Of the memory for keys and values, what requests hold that are being computed",
     [](const ServedModel&, const CoreCounts& counts) { return counts.memory_use.held; }},
    {"hearth_cache_reclaimable_ratio", nullptr, "gauge", "Of the memory for keys and values, what earlier requests left for others that begin alike, given up as soon as its room is wanted",
     [](const ServedModel&, const CoreCounts& counts) { return counts.memory_use.idle; }},
    {"hearth_prompt_tokens_total", "vllm:prompt_tokens_total", "counter", "Tokens of prompts that were computed",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.prompt_tokens); }},
    {"hearth_prompt_cached_tokens_total", "vllm:prefix_cache_hits_total", "counter", "Tokens of prompts that were there already",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.cached_tokens); }},
    {"hearth_prompt_looked_up_tokens_total", "vllm:prefix_cache_queries_total", "counter", "Tokens of prompts, computed or not",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.prompt_tokens + counts.cached_tokens); }},
    {"hearth_generated_tokens_total", "vllm:generation_tokens_total", "counter", "Tokens that were generated",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.tokens); }},
    {"hearth_preemptions_total", "vllm:num_preemptions_total", "counter", "Sequences that made room for others",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.preemptions); }},
    {"hearth_drafts_total", "vllm:spec_decode_num_drafts_total", "counter", "Times that a sequence had tokens guessed",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.drafts); }},
    {"hearth_draft_tokens_total", "vllm:spec_decode_num_draft_tokens_total", "counter", "Tokens that were guessed",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.drafted); }},
    {"hearth_draft_accepted_tokens_total", "vllm:spec_decode_num_accepted_tokens_total", "counter", "Of those that were guessed, the right ones",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.accepted); }},
    {"hearth_cache_disk_bytes", nullptr, "gauge", "Bytes that are kept on disk of what was computed",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.file_bytes); }},
    {"hearth_cache_disk_tokens_total", nullptr, "counter", "Tokens of prompts that were read from disk",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.file_tokens); }},
    {"hearth_reasoning_tokens_total", nullptr, "counter", "Of the generated tokens, those of reasoning",
     [](const ServedModel& model, const CoreCounts&) { return static_cast<double>(model.meters.reasoning_tokens); }},
    {"hearth_model_memory_bytes", nullptr, "gauge", "Memory that a model takes, with its draft model",
     [](const ServedModel& model, const CoreCounts&) { return static_cast<double>(model.engine->bytes()); }},
    {"hearth_steps_total", nullptr, "counter", "Batches that were computed",
     [](const ServedModel&, const CoreCounts& counts) { return static_cast<double>(counts.steps); }},
    {"hearth_context_tokens", nullptr, "gauge", "Tokens that a sequence may have",
     [](const ServedModel& model, const CoreCounts&) { return static_cast<double>(model.engine->context()); }},
};

struct Distribution {
  const char *name, *also, *help;
  Histogram Meters::*histogram;
};

constexpr Distribution kDistributions[] = {
    {"hearth_time_to_first_token_seconds", "vllm:time_to_first_token_seconds", "From a request to its first token", &Meters::first_token},
    {"hearth_inter_token_seconds", "vllm:inter_token_latency_seconds", "Between two tokens of a request, on average over it", &Meters::between_tokens},
    {"hearth_request_seconds", "vllm:e2e_request_latency_seconds", "From a request to its last token", &Meters::request},
    {"hearth_request_queue_seconds", "vllm:request_queue_time_seconds", "That a request waited", &Meters::queue},
    {"hearth_request_prompt_seconds", "vllm:request_prefill_time_seconds", "Reading a prompt", &Meters::reading},
    {"hearth_request_generation_seconds", "vllm:request_decode_time_seconds", "Writing an answer", &Meters::writing},
    {"hearth_request_prompt_tokens", "vllm:request_prompt_tokens", "Tokens of a prompt", &Meters::prompt_tokens},
    {"hearth_request_inference_seconds", "vllm:request_inference_time_seconds", "Reading a prompt and writing an answer", &Meters::inference},
    {"hearth_request_token_seconds", "vllm:request_time_per_output_token_seconds", "Between two tokens, on average over a request, each request once", &Meters::token_of_request},
    {"hearth_request_choices", "vllm:request_params_n", "Answers that a request asked for", &Meters::choices},
    {"hearth_request_most_tokens", "vllm:request_params_max_tokens", "Tokens that a request let an answer have", &Meters::most},
    {"hearth_request_generated_tokens", "vllm:request_generation_tokens", "Tokens of an answer", &Meters::tokens},
};
// clang-format on

void head(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

struct Reading {
  ModelLease model;
  CoreCounts counts;
  std::string label, vllm_label;
};

// How many rows the batches had: of prompts that are read and of sequences that go on.
void write_steps(std::string& out, const std::vector<Reading>& readings) {
  for (const char* name : {"hearth_step_rows", "vllm:iteration_tokens_total"}) {
    head(out, name, "histogram", "Rows of a batch");
    for (const Reading& reading : readings) {
      const std::string& label = name[0] == 'h' ? reading.label : reading.vllm_label;
      int64_t count = 0;
      const auto& steps = reading.counts.steps_by_rows;
      for (size_t i = 0; i < steps.size(); ++i) {
        count += steps[i];
        std::string limit = i + 1 < steps.size() ? std::to_string(uint64_t{1} << i) : "+Inf";
        out += fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", name, label, limit, count);
      }
      out +=
          fmt::format("{0}_sum{{{1}}} {2}\n{0}_count{{{1}}} {3}\n", name, label, reading.counts.rows, count);
    }
  }
}

// Routers that look for it take it to be constant.
void write_cache(std::string& out, const std::vector<Reading>& readings) {
  for (const char* name : {"hearth_cache_info", "vllm:cache_config_info"}) {
    head(out, name, "gauge", "The pages of keys and values: how many, and the tokens of each");
    for (const Reading& reading : readings) {
      const MemoryOptions& memory = reading.model->engine->memory().options;
      if (memory.pages.empty()) continue;
      const char* pages = name[0] == 'h' ? "pages" : "num_gpu_blocks";
      const char* tokens = name[0] == 'h' ? "page_tokens" : "block_size";
      out += fmt::format("{}{{{},{}=\"{}\",{}=\"{}\"}} 1\n", name,
                         name[0] == 'h' ? reading.label : reading.vllm_label, tokens, memory.page_tokens,
                         pages, memory.pages.front());
    }
  }
}

std::string metrics_text(const Site& site) {
  std::vector<Reading> readings;
  size_t known = 0;
  for (const auto& [card, state, model, seconds_left, bytes] : site.models.all()) {
    ++known;
    if (!model) continue;
    std::string name = label_value(model->id());
    readings.push_back({model, model->engine->counts(), fmt::format("model=\"{}\"", name),
                        fmt::format("model_name=\"{}\",engine=\"0\"", name)});
  }
  std::string out;
  for (const Row& row : kRows) {
    for (const char* name : {row.name, row.also}) {
      if (!name) continue;
      head(out, name, row.type, row.help);
      for (const Reading& reading : readings) {
        out += fmt::format("{}{{{}}} {}\n", name, name == row.name ? reading.label : reading.vllm_label,
                           row.value(*reading.model, reading.counts));
      }
    }
  }
  for (const Distribution& row : kDistributions) {
    for (const char* name : {row.name, row.also}) {
      head(out, name, "histogram", row.help);
      for (const Reading& reading : readings)
        (reading.model->meters.*row.histogram)
            .write(out, name, name == row.name ? reading.label : reading.vllm_label);
    }
  }
  bool joules = std::any_of(readings.begin(), readings.end(), [](const Reading& reading) {
    return reading.model->meters.counts_joules.load();
  });
  if (joules) {
    head(out, "hearth_request_energy_joules", "histogram",
         "Energy that a request took, by its part of each batch");
    for (const Reading& reading : readings)
      reading.model->meters.joules.write(out, "hearth_request_energy_joules", reading.label);
  }
  write_steps(out, readings);
  write_cache(out, readings);
  head(out, "hearth_requests_finished_total", "counter", "Requests that ended, by why");
  for (const Reading& reading : readings) {
    for (size_t i = 0; i < reading.model->meters.finished.size(); ++i) {
      out += fmt::format("hearth_requests_finished_total{{{},finish=\"{}\"}} {}\n", reading.label,
                         name(static_cast<Finish>(i)), reading.model->meters.finished[i].load());
    }
  }
  head(out, "vllm:request_success_total", "counter", "Requests that ended, by why");
  for (const Reading& reading : readings) {
    const auto& finished = reading.model->meters.finished;
    auto of = [&](Finish finish) { return finished[static_cast<size_t>(finish)].load(); };
    auto line = [&](const char* reason, uint64_t count) {
      out += fmt::format("vllm:request_success_total{{{},finished_reason=\"{}\"}} {}\n", reading.vllm_label,
                         reason, count);
    };
    line("stop", of(Finish::end) + of(Finish::stopped));
    line("length", of(Finish::length) + of(Finish::context));
    line("abort", of(Finish::cancelled) + of(Finish::deadline));
  }
  head(out, "hearth_models", "gauge", "Models, by where they are");
  for (auto [name, count] : {std::pair("loaded", readings.size()), {"away", known - readings.size()}})
    out += fmt::format("hearth_models{{state=\"{}\"}} {}\n", name, count);
  head(out, "hearth_build_info", "gauge", "The version of this program");
  out += "hearth_build_info{version=\"" HEARTH_VERSION "\"} 1\n";
  site.http_metrics(out);
  write_process_metrics(out);
  return out;
}

}  // namespace

void add_metrics_routes(const Site& site) {
  site.router.add(
      {"GET", "/metrics", "Numbers for Prometheus", [site](HttpRequest, std::shared_ptr<Exchange> exchange) {
         HttpResponse response;
         response.content_type = "text/plain; version=0.0.4; charset=utf-8";
         response.body = metrics_text(site);
         exchange->respond(std::move(response));
       }});
}

}  // namespace hearth
