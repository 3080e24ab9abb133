#include "chat/jinja/text.h"

#include <gtest/gtest.h>

#include "chat/jinja/text_functions.h"

namespace hearth::jinja {
namespace {

// A text as its bytes, each with who wrote it: "aaBBaa", capitals for input.
class TextTest : public testing::Test {
 protected:
  Text build(std::initializer_list<std::pair<std::string_view, Origin>> parts) {
    TextBuilder out(heap);
    for (auto [bytes, origin] : parts) out.add(bytes, origin);
    return out.finish();
  }

  std::string origins(const Text& text) {
    std::string shown;
    for_each_run(text, 0, text.size(), [&](size_t begin, size_t end, Origin origin) {
      shown += std::string(end - begin, origin == Origin::author ? 'a' : 'i');
    });
    return shown;
  }

  Heap heap{Limits()};
  Text mixed = build({{"ab", Origin::author}, {"cde", Origin::input}, {"f", Origin::author}});
};

TEST_F(TextTest, NeighboursOfOneOriginAreOneRun) {
  TextBuilder out(heap);
  out.add("a", Origin::input);
  out.add("b", Origin::input);
  out.add("", Origin::author);
  out.add("c", Origin::input);
  EXPECT_EQ(out.runs().size(), 1u);
  EXPECT_EQ(out.finish().bytes, "abc");
}

TEST_F(TextTest, CutsKeepTheOriginOfEachByte) {
  EXPECT_EQ(origins(mixed), "aaiiia");
  std::string whole = origins(mixed);
  for (size_t begin = 0; begin <= mixed.size(); ++begin) {
    for (size_t end = begin; end <= mixed.size(); ++end) {
      Text part = cut(heap, mixed, begin, end);
      EXPECT_EQ(part.bytes, mixed.bytes.substr(begin, end - begin));
      EXPECT_EQ(origins(part), whole.substr(begin, end - begin));
      EXPECT_EQ(origins(cut(heap, part, 0, part.size() / 2)), whole.substr(begin, (end - begin) / 2));
    }
  }
}

TEST_F(TextTest, FunctionsKeepTheOriginOfEachByte) {
  EXPECT_EQ(origins(to_upper(heap, mixed)), "aaiiia");
  EXPECT_EQ(to_upper(heap, mixed).bytes, "ABCDEF");
  Text grown = build({{"ß", Origin::input}, {"x", Origin::author}});
  EXPECT_EQ(to_upper(heap, grown).bytes, "SSX");
  EXPECT_EQ(origins(to_upper(heap, grown)), "iia");

  Text padded = build({{"  ", Origin::author}, {" x ", Origin::input}});
  EXPECT_EQ(origins(strip(heap, padded, Side::both)), "i");

  // What is put in keeps its own origin, what it replaces loses it.
  Text with("+++", Origin::input);
  EXPECT_EQ(origins(replace(heap, mixed, Text("b", Origin::author), with)), "aiiiiiia");
  EXPECT_EQ(replace(heap, mixed, Text("bc", Origin::author), Text("-", Origin::author)).bytes, "a-def");
  EXPECT_EQ(origins(replace(heap, mixed, Text("bc", Origin::author), Text("-", Origin::author))), "aaiia");
}

TEST_F(TextTest, AFullHeapFailsAndSaysSo) {
  Heap small{Limits{.memory = 100}};
  TextBuilder out(small);
  out.fill(1'000'000'000'000, "abc");
  EXPECT_EQ(out.size(), 0u);
  EXPECT_TRUE(small.failed());
  EXPECT_NE(small.failure().find("100 bytes"), std::string::npos) << small.failure();
}

TEST_F(TextTest, ALongRunListIsWorkThatCounts) {
  TextBuilder out(heap);
  for (int i = 0; i < 1000; ++i) out.add("x", i % 2 ? Origin::author : Origin::input);
  Text text = out.finish();
  uint64_t before = heap.steps();
  cut(heap, text, 998, 1000);
  EXPECT_GT(heap.steps(), before);
}

}  // namespace
}  // namespace hearth::jinja
