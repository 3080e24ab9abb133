// The harness tested on the reference itself: its cases are sound, the reference does not depend on how a
// sequence is run, and a backend that leaves something out is noticed.
#include "ops/conformance.h"

#include <gtest/gtest.h>

#include <set>

#include "ops/reference.h"

namespace hearth::conformance {
namespace {

TEST(Conformance, TheReferenceAgreesWithItself) {
  auto backend = make_reference_backend();
  for (const Case& each : cases()) {
    auto error = compare(each, *backend);
    ASSERT_TRUE(error.ok()) << error.error().message;
    EXPECT_EQ(*error, 0) << each.name;
  }
}

TEST(Conformance, TheReferenceGivesTheSameBitsHoweverASequenceIsRun) {
  auto backend = make_reference_backend();
  for (const Case& each : cases()) {
    auto status = check_invariance(each, *backend);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
}

TEST(Conformance, CasesHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Case& each : cases()) EXPECT_TRUE(names.insert(each.name).second) << each.name;
}

}  // namespace
}  // namespace hearth::conformance
