#include "base/reach.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

struct Host {
  const char* text;
  std::optional<Reach> reach;
};

constexpr auto kUnknown = std::nullopt;
const Host kHosts[] = {
    {"localhost", Reach::machine},
    {"LocalHost", Reach::machine},
    {"localhost.", Reach::machine},
    {"hearth.localhost", Reach::machine},
    {"localhost.example", kUnknown},
    {"notlocalhost", kUnknown},
    {"", kUnknown},
    {".", kUnknown},

    {"127.0.0.1", Reach::machine},
    {"127.9.9.9", Reach::machine},
    {"::1", Reach::machine},
    {"0:0:0:0:0:0:0:1", Reach::machine},
    {"::ffff:127.0.0.1", Reach::machine},
    {"::FFFF:7f00:1", Reach::machine},
    {"64:ff9b::127.0.0.1", Reach::machine},
    {"2002:7f00:1::", Reach::machine},

    {"10.0.0.1", Reach::network},
    {"172.31.0.1", Reach::network},
    {"192.168.1.1", Reach::network},
    {"100.64.0.1", Reach::network},
    {"fd00::1", Reach::network},
    {"::ffff:10.0.0.1", Reach::network},

    {"0.0.0.0", Reach::none},
    {"0.1.2.3", Reach::none},
    {"::", Reach::none},
    {"169.254.169.254", Reach::none},
    {"::ffff:169.254.169.254", Reach::none},
    {"64:ff9b::a9fe:a9fe", Reach::none},
    {"fe80::1", Reach::none},
    {"fe80::1%eth0", Reach::none},
    {"224.0.0.1", Reach::none},
    {"255.255.255.255", Reach::none},
    {"ff02::1", Reach::none},

    {"1.1.1.1", Reach::anywhere},
    {"128.0.0.1", Reach::anywhere},
    {"172.32.0.1", Reach::anywhere},
    {"2606:4700::1111", Reach::anywhere},
    {"64:ff9b::1.1.1.1", Reach::anywhere},

    // Names, whatever they look like: whoever looks them up may say anything.
    {"127.0.0.1.example", kUnknown},
    {"127.example", kUnknown},
    {"127.1", kUnknown},
    {"2130706433", kUnknown},
    {"0x7f.0.0.1", kUnknown},
    {"127.0.0.1 ", kUnknown},
    {"[::1]", kUnknown},
    {"::1::", kUnknown},
};

TEST(Reach, IsWhatAHostSaysOfItself) {
  for (const Host& host : kHosts) EXPECT_EQ(reach_of(host.text), host.reach) << host.text;
  using namespace std::string_view_literals;
  EXPECT_EQ(reach_of("127.0.0.1\0.example"sv), kUnknown);
}

TEST(Reach, OfNamesOnlyLocalhost) {
  EXPECT_TRUE(is_localhost("localhost"));
  EXPECT_TRUE(is_localhost("a.b.localhost"));
  EXPECT_FALSE(is_localhost("127.0.0.1"));
  EXPECT_FALSE(is_localhost("xlocalhost"));
}

}  // namespace
}  // namespace hearth
