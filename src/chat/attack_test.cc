// Templates that mean harm: each ends in an error, within the limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chat/template.h"

namespace hearth {
namespace {

using testing::HasSubstr;

std::string times(size_t count, std::string_view text) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

Result<Rendered> render_attack(const std::string& source, const RenderOptions& options = {}) {
  TRY(ChatTemplate chat, ChatTemplate::parse(source, "t"));
  return chat.render(options);
}

TEST(TemplateAttack, EachEndsInAnError) {
  const std::string internal = "cannot reach what Python keeps inside", deep = "nest", steps = "steps",
                    memory = "bytes of values", undefined = "undefined";
  const struct {
    std::string source, expected;
  } rows[] = {
      // Ways out of Python's sandboxes.
      {"{{ ''.__class__ }}", internal},
      {"{{ ''.__class__.__mro__ }}", internal},
      {"{{ ''['__class__'] }}", internal},
      {"{{ [].__class__.__base__.__subclasses__() }}", internal},
      {"{{ ''|attr('__class__') }}x{{ (''|attr('__class__')).x }}", "no attribute"},
      {"{{ [''] | map(attribute='__class__') | list }}", internal},
      {"{{ '{0.__class__}'.format('') }}", internal},
      {"{{ '{0[__class__]}'.format('') }}", internal},
      {"{{ '{x.__class__}'.format_map({'x': 1}) }}", internal},
      {"{{ range.__globals__ }}", internal},
      {"{{ ''.upper.__self__.__class__ }}", internal},
      {"{{ namespace.__init__.__globals__ }}", internal},
      {"{% macro m() %}{% endmacro %}{{ m.__func__ }}", internal},
      {"{% for x in [1] %}{{ loop.__class__ }}{% endfor %}", internal},
      {"{{ cycler.__init__ }}", internal},
      {"{{ self.__init__ }}", undefined},
      {"{{ config.items() }}", undefined},
      {"{{ lipsum.__globals__['os'].popen('id') }}", undefined},
      {"{{ ().__getattribute__('x') }}", internal},
      {"{% import 'os' as os %}", "cannot load others"},
      {"{% include '/etc/passwd' %}", "cannot load others"},
      {"{{ messages.append(1) }}", undefined},

      // Too much work.
      {"{{ range(10**9) }}", "range"},
      {"{% for i in range(1000000000) %}{% endfor %}", "range"},
      {"{{ range(-9223372036854775807, 9223372036854775807) }}", "range"},
      {"{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", ""},
      {"{% for i in range(100000) %}{% for j in range(1000) %}{% set x = i * j %}{% endfor %}{% endfor %}",
       steps},
      {"{{ range(100000) | map('string') | map('length') | select('odd') | list | sort | unique | list | "
       "length }}" +
           times(60, "{{ range(100000) | sort | length }}"),
       ""},
      {"{% set s = 'ab' * 1000000 %}" + times(1000, "{{ s | upper | length }}"), ""},
      {"{% set s = 'a' * 4000000 %}{% for i in range(100000) %}{{ s | length }}{% endfor %}", ""},
      {"{% set s = 'a' * 8000000 %}{% set t = 'a' * 4000000 ~ 'b' %}{{ s.find(t) }}{{ s.rfind(t) }}", ""},
      {"{% set s = 'a' * 1000000 %}{% for i in range(100000) %}{{ s.split('b') | length }}{% endfor %}", ""},
      {"{% set s = 'x y ' * 1000000 %}{{ s.split() | length }}{{ s.split(' ') | length }}", ""},
      {"{{ dict(range(100000) | batch(2)) | length }}", steps},

      // Too much memory.
      {"{{ 'x' * 50000000 }}", "longer than"},
      {"{{ 'x' * 1000000000000 }}", memory},
      {"{{ [0] * 1000000000000 }}", memory},
      {"{{ 'x' * 9223372036854775807 }}", memory},
      {"{{ ([0] * 1000) * 9223372036854775807 }}", memory},
      {"{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
       memory},
      {"{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", ""},
      {"{% for i in range(100000) %}" + times(1000, "0123456789") + "{% endfor %}", "longer than"},
      {"{{ 'x'.center(100000000000) }}", memory},
      {"{{ '%9999999999d' % 1 }}", "wide"},
      {"{{ '%.9999999999f' % 1.5 }}", "wide"},
      {"{{ '%*d' % (9999999999, 1) }}", "wide"},
      {"{{ '{:9999999999}'.format(1) }}", "wide"},
      {"{{ '{:.9999999}'.format(1.5) }}", "precise"},
      {"{{ '{:{}}'.format(1, 999999999) }}", "wide"},
      {"{{ ('{:999999}' * 1000).format(*range(1000)) }}", ""},
      {"{{ 'a'.replace('', 'x' * 1000000) * 1000 }}", memory},
      {"{{ ('a' * 100000).replace('a', 'x' * 100000) }}", memory},
      {"{{ 'x' | indent(100000000000) }}", ""},
      {"{{ ('\\n' * 100000) | indent(100000, true, true) }}", memory},
      {"{{ 'a'.ljust(9223372036854775807) }}", memory},
      {"{{ 'a'.zfill(9223372036854775807) }}", memory},
      {"{{ '\\t'.expandtabs(9223372036854775807) }}", memory},
      {"{{ [1] | batch(9223372036854775807, 0) | list }}", memory},
      {"{{ [1] | slice(9223372036854775807, 0) | list }}", ""},
      {"{{ [[1]] | tojson(indent=1000000000) }}", "indent"},
      {"{{ (' ' * 1000000) | wordwrap(1) | length }}" +
           times(50, "{{ ('a ' * 1000000) | wordwrap(1) | length }}"),
       ""},
      {"{{ 2 ** 100 }}", "64 bits"},
      {"{{ 10 ** 10 ** 10 }}", "64 bits"},
      {"{{ 9223372036854775807 + 1 }}", "64 bits"},
      {"{{ -9223372036854775807 - 2 }}", "64 bits"},
      {"{{ -(-9223372036854775807 - 1) }}", "64 bits"},
      {"{{ (-9223372036854775807 - 1) // -1 }}", "64 bits"},
      {"{{ (-9223372036854775807 - 1) | abs }}", "64 bits"},

      // Too deep.
      {"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", deep},
      {"{% macro m(x) %}{{ m(x ~ 'y') ~ m(x) }}{% endmacro %}{{ m('') }}", deep},
      {"{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{% call a() %}{% endcall %}{% endmacro %}{{ b() "
       "}}",
       ""},
      {"{% macro m(x=m()) %}{% endmacro %}{{ m() }}", ""},
      {"{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}", deep},
      {"{{ " + times(60000, "(") + " }}", "unexpected"},
      {"{{ " + times(60000, "(") + "1" + times(60000, ")") + " }}", deep},
      {"{{ " + times(60000, "[") + times(60000, "]") + " }}", deep},
      {"{{ " + times(60000, "{1:") + "1" + times(60000, "}") + " }}", deep},
      {"{{ " + times(60000, "-") + "1 }}", deep},
      {"{{ " + times(60000, "not ") + "1 }}", deep},
      {"{{ 1" + times(60000, " + 1") + " }}", deep},
      {"{{ 1" + times(60000, " ** 1") + " }}", deep},
      {"{{ 1" + times(60000, " and 1") + " }}", deep},
      {"{{ 1" + times(60000, " if 1") + " }}", deep},
      {"{{ 1" + times(60000, " if 1 else 1") + " }}", deep},
      {"{{ x" + times(60000, ".x") + " }}", deep},
      {"{{ x" + times(60000, "[0]") + " }}", deep},
      {"{{ x" + times(60000, "()") + " }}", deep},
      {"{{ x" + times(60000, "|upper") + " }}", deep},
      {"{{ x" + times(60000, " is odd is odd") + " }}", ""},
      {"{{ f" + times(60000, "(f") + times(60000, ")") + " }}", deep},
      {times(60000, "{% if 1 %}"), deep},
      {times(60000, "{% for x in y %}"), deep},
      {times(30000, "{% macro m() %}") + times(30000, "{% endmacro %}"), deep},
      {"{% set " + times(60000, "(") + "x" + times(60000, ")") + " = 1 %}", deep},
      {"{{ '" + times(60000, "{:") + times(60000, "}") + "'.format(*range(90000)) }}", deep},
      {"{% set ns = namespace(l=[1]) %}{% for i in range(2000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l "
       "| map(" +
           times(2000, "'map', ") + "'upper') | list }}",
       deep},
      {"{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l "
       "}}",
       deep},
      {"{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l | "
       "tojson }}",
       deep},
      {"{% set a = namespace(l=[]) %}{% set b = namespace(l=[]) %}{% for i in range(5000) %}{% set a.l = "
       "[a.l] %}"
       "{% set b.l = [b.l] %}{% endfor %}{{ a.l == b.l }}{{ a.l < b.l }}",
       deep},
      {"{% set ns = namespace() %}{% set ns.self = ns %}{{ ns }}", deep},
      {"{% set ns = namespace() %}{% set ns.l = [ns] %}{{ ns.l }}", deep},
      {std::string((size_t{1} << 20) + 1, ' '), "at most"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.source.substr(0, 120));
    auto rendered = render_attack(row.source);
    ASSERT_FALSE(rendered.ok()) << "rendered " << rendered->text.size() << " bytes";
    EXPECT_THAT(rendered.error().message, HasSubstr(row.expected));
    EXPECT_THAT(rendered.error().message, testing::StartsWith("t:"));
    EXPECT_LT(rendered.error().message.size(), 400u);
    EXPECT_EQ(rendered.error().message.find('\n'), std::string::npos);
  }
}

TEST(TemplateAttack, ListsOfDifferentLengthAreDifferent) {
  EXPECT_EQ(render_attack(
                "{{ [1,2] == [1] }}{{ [1] == [1,2] }}{{ [1,2] != [1] }}{{ [1] < [1,2] }}{{ {'a': 1} == {} }}")
                ->text,
            "FalseFalseTrueTrueFalse");
}

TEST(TemplateAttack, DeepValuesAreRefused) {
  std::string nested = times(5000, "[") + times(5000, "]");
  RenderOptions options;
  options.variables["x"] = ChatJson::parse(nested);
  EXPECT_FALSE(render_attack("{{ x }}", options).ok());
  EXPECT_TRUE(render_attack("{{ y }}", options).ok());  // who does not ask is not told
}

TEST(TemplateAttack, RefusesChangesToWhatItWasGiven) {
  RenderOptions options;
  options.variables["l"] = ChatJson::array({1});
  options.variables["d"] = ChatJson::object({{"a", 1}});
  for (const char* change :
       {"l.append(2)", "l.pop()", "l.clear()", "l.sort()", "l.reverse()", "l.insert(0, 1)", "l.remove(1)",
        "l.extend([1])", "d.update({})", "d.pop('a')", "d.clear()", "d.popitem()", "d.setdefault('b', 1)"}) {
    auto rendered = render_attack(std::string("{{ ") + change + " }}", options);
    ASSERT_FALSE(rendered.ok()) << change;
    EXPECT_THAT(rendered.error().message, HasSubstr("would change")) << change;
  }
}

}  // namespace
}  // namespace hearth
