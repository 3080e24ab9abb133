#include "engine/speculation.h"

#include "base/text.h"
#include "engine/head_drafter.h"
#include "engine/model_drafter.h"

namespace hearth {

Status check_same_vocabulary(const Model& model, const Model& draft) {
  auto differs = [&](const std::string& how) {
    return fail("{}: cannot guess for {}, whose vocabulary is another: {}", draft.name(), model.name(), how);
  };
  TRY(auto ours, model.tokenizer());
  TRY(auto theirs, draft.tokenizer());
  if (!draft.vocabulary()) return fail("{}: does not generate text, so it cannot guess any", draft.name());
  if (!ours != !theirs) return differs("one of them has none");
  if (!ours) {
    if (model.vocabulary() == draft.vocabulary()) return {};
    return differs(fmt::format("{} tokens and {}", *draft.vocabulary(), *model.vocabulary()));
  }
  if (ours->size() != theirs->size())
    return differs(fmt::format("{} tokens and {}", theirs->size(), ours->size()));
  for (size_t i = 0; i < ours->size(); ++i) {
    auto id = static_cast<TokenId>(i);
    if (ours->piece(id) != theirs->piece(id)) {
      return differs(
          fmt::format("token {} is {} and {}", id, quote(theirs->piece(id)), quote(ours->piece(id))));
    }
    if (ours->kind(id) != theirs->kind(id))
      return differs(fmt::format("token {} is a control token in one of them alone", id));
  }
  return {};
}

Result<MemoryPlan> plan_draft_memory(const Model& draft, ServingOptions options, int64_t context) {
  options.context = context;
  options.speculation = Speculation::off;
  auto memory = plan_memory(draft, options);
  if (!memory.ok()) return within(draft.name(), std::move(memory).error());
  return memory;
}

namespace {

Result<std::unique_ptr<Drafter>> make_heads(const SpeculationOptions& options, const Model& model,
                                            Backend& backend, const std::shared_ptr<DeviceWeights>& weights,
                                            const ServingOptions& serving, const MemoryPlan& planned,
                                            SequenceMemory& memory, DraftPrograms& made) {
  if (!model.drafting())
    return fail("{}: has no draft layers to guess with; look-up or a draft model may do", model.name());
  std::vector<Program*> programs;
  for (const Plan& plan : model.drafting()->drafts) {
    for (const Step& step : plan.steps) {
      if (step.state >= 0 && plan.states[static_cast<size_t>(step.state)].memory == Memory::slot) {
        return fail("{}: its draft layers are recurrent, and their states cannot be taken back",
                    model.name());
      }
    }
    if (static_cast<int64_t>(programs.size()) == options.most) break;
    TRY(made.programs.emplace_back(), backend.compile(plan, weights, serving.batch_rows));
    programs.push_back(made.programs.back().get());
  }
  int64_t trained = trained_rotation(model.drafting()->plan);
  bool long_context = trained > 0 && planned.context > trained;
  return std::unique_ptr<Drafter>(new HeadDrafter(std::move(programs), memory, long_context));
}

Result<std::unique_ptr<Drafter>> make_model(const SpeculationOptions& options, const Model& model,
                                            Backend& backend, const ServingOptions& serving,
                                            const MemoryPlan& planned, DraftPrograms& made) {
  const Model& draft = *options.model;
  TRY_STATUS(check_same_vocabulary(model, draft));
  if (draft.encoder()) return fail("{}: is an encoder-decoder model, which cannot guess", draft.name());
  ServingOptions sizes = serving;
  sizes.cache_bytes = 0;  // what is given is for the model itself
  TRY(made.memory, plan_draft_memory(draft, sizes, planned.context));
  made.model = options.model;
  TRY(auto weights, backend.load(draft.weights()));
  TRY(made.programs.emplace_back(), backend.compile(draft.plan(), std::move(weights), serving.batch_rows));
  auto drafter = ModelDrafter::create(*made.programs.back(), draft.plan(), made.memory.options,
                                      {options.most, planned.context});
  if (!drafter.ok()) return within(draft.name(), std::move(drafter).error());
  return std::unique_ptr<Drafter>(*std::move(drafter));
}

}  // namespace

Result<std::unique_ptr<Drafter>> make_drafter(const SpeculationOptions& options, const Model& model,
                                              Backend& backend, std::shared_ptr<DeviceWeights> weights,
                                              const ServingOptions& serving, const MemoryPlan& planned,
                                              SequenceMemory& memory, DraftPrograms& programs) {
  if (options.kind == Speculation::off) return std::unique_ptr<Drafter>();
  if (options.most < 1 || options.most >= serving.batch_rows) {
    return fail("{} guesses at once; from 1 to {} are possible", options.most, serving.batch_rows - 1);
  }
  if (options.kind == Speculation::lookup) return std::unique_ptr<Drafter>(new LookupDrafter(options.most));
  if (options.kind == Speculation::heads)
    return make_heads(options, model, backend, weights, serving, planned, memory, programs);
  return make_model(options, model, backend, serving, planned, programs);
}

}  // namespace hearth
