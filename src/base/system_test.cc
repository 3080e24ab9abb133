#include "base/system.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <thread>

namespace hearth {
namespace {

// Whether or not the system knows turns of a thread's own, nothing else about the thread is to change.
TEST(System, ShortTurnsLeaveAThreadItsPolicyAndItsShare) {
  std::thread([] {
    for (int nice : {0, 5}) {
      ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + nice), 0);
      const int policy = ::sched_getscheduler(0), share = ::getpriority(PRIO_PROCESS, 0);
      take_short_turns();
      EXPECT_EQ(::sched_getscheduler(0), policy);
      EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), share);
    }
  }).join();
}

TEST(System, AllFilesThatMayBeOpenAreAskedFor) {
  const OpenFiles before = open_files_limit(), after = raise_open_files_limit();
  EXPECT_EQ(after.now, before.most);
  EXPECT_EQ(after.most, before.most);
  EXPECT_EQ(open_files_limit().now, after.now);
}

TEST(System, MemoryThatIsLeftIsSomeOfWhatThereIs) {
  ASSERT_TRUE(available_memory());
  EXPECT_GT(*available_memory(), 0u);
}

}  // namespace
}  // namespace hearth
