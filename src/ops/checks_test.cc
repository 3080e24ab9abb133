#include "ops/checks.h"

#include <gtest/gtest.h>

#include <functional>

#include "ops/conformance_cases.h"

namespace hearth {
namespace {

using namespace conformance;

// x [2, 3] for each token, changed, and an attention, so that there are views, weights, pages and a slot.
Plan plan() {
  CaseBuilder b("plan");
  View x = b.input(2, 3);
  View y = b.step(Op::silu, {of(x)}, 2, 3);
  b.last().layer = 4;
  b.last().line = 17;
  Attention a;
  a.q = a.k = a.v = y;
  attend(b, a, keys_values(b, y, y));
  y = b.step(Op::shift, {of(x)}, 2, 3);
  b.last().state = slot(b, 6);
  b.output(y);
  return std::move(b).finish().plan;
}

std::string refusal(const std::function<void(Plan&)>& change) {
  Plan changed = plan();
  change(changed);
  auto status = check_plan(changed, 1, 8);
  return status.ok() ? "" : status.error().message;
}

TEST(CheckPlan, TakesWhatIsWhole) {
  EXPECT_EQ(refusal([](Plan&) {}), "");
}

TEST(CheckPlan, ViewsStayInTheirBuffers) {
  auto view = [](auto change) {
    return refusal([&](Plan& plan) { change(plan.steps[1].arguments[0].view); });
  };
  EXPECT_EQ(view([](View& v) { v.buffer = 77; }), "silu in layer 4 (line 17): there is no buffer 77");
  EXPECT_EQ(view([](View& v) { v.width = 4; }),
            "silu in layer 4 (line 17): a view of [2, 4] leaves its buffer 0 of 6 numbers a row");
  EXPECT_EQ(view([](View& v) { v.offset = 1; }),
            "silu in layer 4 (line 17): a view of [2, 3] leaves its buffer 0 of 6 numbers a row");
  EXPECT_EQ(view([](View& v) { v.row_stride = INT64_MAX; }),
            "silu in layer 4 (line 17): a view of [2, 3] leaves its buffer 0 of 6 numbers a row");
  EXPECT_EQ(view([](View& v) { v.step = -1; }),
            "silu in layer 4 (line 17): a view of buffer 0 has negative or empty parts");
  EXPECT_EQ(view([](View& v) { v.heads = 0; }),
            "silu in layer 4 (line 17): a view of buffer 0 has negative or empty parts");
  EXPECT_EQ(view([](View& v) { v.rows = Rows::wanted; }),
            "silu in layer 4 (line 17): a view has other rows than its buffer 0");
  EXPECT_EQ(view([](View& v) { v.step = v.head_stride = v.row_stride = 0; }), "");  // repeats are views too
  EXPECT_EQ(refusal([](Plan& plan) { plan.outputs[0].view.width = 9; }).substr(0, 8), "output0:");
}

TEST(CheckPlan, BuffersStayInTheirArenas) {
  EXPECT_EQ(refusal([](Plan& plan) { plan.buffers[1].place = 1000; }),
            "a buffer of 6 numbers at 1000 is outside its arena");
  EXPECT_EQ(refusal([](Plan& plan) { plan.buffers[1].place = INT64_MAX; }),
            fmt::format("a buffer of 6 numbers at {} is outside its arena", INT64_MAX));
  EXPECT_EQ(refusal([](Plan& plan) { plan.arena_floats[0] = INT64_MAX; }),
            fmt::format("8 rows of {} numbers are too many", INT64_MAX));
}

TEST(CheckPlan, StepsNameWhatIsThere) {
  EXPECT_EQ(refusal([](Plan& plan) { plan.steps[0].arguments[0].weight = 1; }), "step: there is no weight 1");
  EXPECT_EQ(refusal([](Plan& plan) { plan.steps[2].state = 2; }), "attend: there is no state 2");
  EXPECT_EQ(refusal([](Plan& plan) { plan.steps[2].bias = ScoreBias{ScoreBias::relative}; }),
            "attend: there is no weight -1");
  EXPECT_EQ(refusal([](Plan& plan) { plan.steps[1].results.clear(); }),
            "silu in layer 4 (line 17): a step without a result");
  EXPECT_EQ(refusal([](Plan& plan) { plan.steps[1].results = {CaseBuilder::tokens()}; }),
            "silu in layer 4 (line 17): an input cannot be a result");
  EXPECT_EQ(refusal([](Plan& plan) {
              View& result = plan.steps[1].results[0];
              plan.buffers[result.buffer].rows = result.rows = Rows::wanted;
              plan.arena_floats[1] = 1000;
            }),
            "silu in layer 4 (line 17): argument 1 has other rows than its place wants");
}

struct TestBatch {
  std::vector<int32_t> tokens = {0, 1, 2, 3, 4}, positions = {0, 1, 2, 9, 10}, wanted = {2, 4};
  std::vector<std::vector<int32_t>> tables = {{3, 1, 2}};
  std::vector<Batch::Run> runs = {{0, 3, 0, tables, 1}, {3, 2, 9, tables, 0}};
};

std::string refusal(const std::function<void(TestBatch&)>& change) {
  TestBatch batch;
  change(batch);
  MemoryOptions memory{{4}, 4, 2, Type::f32, Type::f32};
  auto status = check_batch({batch.tokens, batch.positions, batch.runs, batch.wanted}, plan(), memory, 8);
  return status.ok() ? "" : status.error().message;
}

TEST(CheckBatch, TakesWhatIsWhole) {
  EXPECT_EQ(refusal([](TestBatch&) {}), "");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.wanted.clear(); }), "");
}

TEST(CheckBatch, RowsAreInRuns) {
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.tokens.resize(9); }), "a batch of 9 rows; 8 are the most");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.positions.pop_back(); }),
            "a batch of 5 tokens has 4 positions");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.runs.pop_back(); }), "rows 3 to 5 belong to no sequence");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.runs[1].first = 2; }),
            "rows 2 to 4 are a run; rows 3 to 5 are left");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.runs[1].count = INT32_MAX; }),
            fmt::format("rows 3 to {} are a run; rows 3 to 5 are left", int64_t{INT32_MAX} + 3));
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.runs[0].count = 0; }),
            "rows 0 to 0 are a run; rows 0 to 5 are left");
}

TEST(CheckBatch, PagesAndSlotsAreThere) {
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.runs[1].past = 11; }),
            "a sequence of 13 tokens needs 4 pages; it has 3");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.runs[1].past = INT32_MAX; }),
            fmt::format("a run of 2 tokens after {}", INT32_MAX));
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.tables[0][2] = 4; }), "there is no page 4 of 4");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.tables[0][0] = -1; }), "there is no page -1 of 4");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.runs[0].slot = 2; }), "there is no slot 2 of 2");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.runs[0].slot = 0; }),
            "two sequences of a batch have the same slot");
}

TEST(CheckBatch, WantedRowsAscend) {
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.wanted = {5}; }),
            "row 5 of 5 is wanted out of order or range");
  EXPECT_EQ(refusal([](TestBatch& batch) { batch.wanted = {-1}; }),
            "row -1 of 5 is wanted out of order or range");
  EXPECT_EQ(refusal([](TestBatch& batch) {
              batch.wanted = {3, 3};
            }),
            "row 3 of 5 is wanted out of order or range");
}

}  // namespace
}  // namespace hearth
