// Small chat templates of our own, one for each way to write calls and reasoning that models have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth::roundtrip {

struct OwnTemplate {
  std::string_view name, source;
  std::string_view trigger;  // expected
  size_t shown;              // of roundtrip::turns(), how many it writes
};

inline const std::vector<OwnTemplate>& own_templates() {
  static const std::vector<OwnTemplate> all = {
      {"objects between tags",
       R"({%- if tools %}{{- '<sys>' + tools | tojson + '</sys>\n' }}{% endif -%}
{%- for m in messages -%}
{{- '<|im_start|>' + m.role + '\n' -}}
{%- if m.role == 'assistant' -%}
{%- if m.reasoning_content %}{{- '<think>\n' + m.reasoning_content + '\n</think>\n\n' }}{% endif -%}
{{- m.content -}}
{%- for c in m.tool_calls or [] -%}
{%- if not loop.first or m.content %}{{- '\n' }}{% endif -%}
{{- '<tool_call>\n{"name": "' + c.function.name + '", "arguments": ' + c.function.arguments | tojson + '}\n</tool_call>' -}}
{%- endfor -%}
{%- else -%}{{- m.content -}}{%- endif -%}
{{- '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{% if enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{% endif %}{% endif -%})",
       "<tool_call>", 10},

      {"a list with ids",
       R"({{- bos_token -}}
{%- for m in messages -%}
{%- if m.role == 'assistant' -%}
{{- m.content -}}
{%- if m.tool_calls -%}
{{- '[TOOL_CALLS][' -}}
{%- for c in m.tool_calls -%}
{{- '{"name": ' + c.function.name | tojson + ', "arguments": ' + c.function.arguments | tojson + ', "id": "' + c.id + '"}' -}}
{%- if not loop.last %}{{- ', ' }}{% endif -%}
{%- endfor -%}
{{- ']' -}}
{%- endif -%}
{{- eos_token -}}
{%- else -%}
{%- if tools and loop.last %}{{- '[AVAILABLE_TOOLS]' + tools | tojson + '[/AVAILABLE_TOOLS]' }}{% endif -%}
{{- '[INST]' + m.content + '[/INST]' -}}
{%- endif -%}
{%- endfor -%})",
       "[TOOL_CALLS]", 10},

      {"tagged parameters",
       R"({%- for m in messages -%}
{{- '<|im_start|>' + m.role + '\n' -}}
{%- if loop.first and tools %}{{- tools | tojson + '\n' }}{% endif -%}
{%- if m.role == 'assistant' -%}
{{- '<think>\n' + (m.reasoning_content or '') + '\n</think>\n' -}}
{%- endif -%}
{{- m.content -}}
{%- for c in m.tool_calls or [] -%}
{{- '\n<tool_call>\n<function=' + c.function.name + '>\n' -}}
{%- for k, v in c.function.arguments.items() -%}
{{- '<parameter=' + k + '>\n' + (v | tojson if v is mapping or (v is iterable and v is not string) else v | string) + '\n</parameter>\n' -}}
{%- endfor -%}
{{- '</function>\n</tool_call>' -}}
{%- endfor -%}
{{- '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n<think>\n' }}{% endif -%})",
       "<tool_call>", 10},

      {"keys and values",
       R"({%- if tools %}{{- '<|system|>' + tools | tojson }}{% endif -%}
{%- for m in messages -%}
{{- '<|' + m.role + '|>' -}}
{%- if m.role == 'assistant' -%}
{%- if m.reasoning_content %}{{- '<think>' + m.reasoning_content + '</think>' }}{% else %}{{- '</think>' }}{% endif -%}
{%- endif -%}
{{- m.content -}}
{%- for c in m.tool_calls or [] -%}
{{- '<tool_call>' + c.function.name -}}
{%- for k, v in c.function.arguments.items() -%}
{{- '<arg_key>' + k + '</arg_key><arg_value>' + (v if v is string else v | tojson) + '</arg_value>' -}}
{%- endfor -%}
{{- '</tool_call>' -}}
{%- endfor -%}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{{ '</think>' if enable_thinking is false else '<think>' }}{% endif -%})",
       "<tool_call>", 10},

      {"Python calls",
       R"({%- if tools %}{{- '<|tools|>' + tools | tojson + '<|end|>' }}{% endif -%}
{%- for m in messages -%}
{{- '<|' + m.role + '|>' + m.content -}}
{%- if m.tool_calls -%}
{{- '<|calls|>[' -}}
{%- for c in m.tool_calls -%}
{{- c.function.name + '(' -}}
{%- for k, v in c.function.arguments.items() %}{{- k + '=' + v | tojson }}{% if not loop.last %}{{- ', ' }}{% endif %}{% endfor -%}
{{- ')' -}}
{%- if not loop.last %}{{- ', ' }}{% endif -%}
{%- endfor -%}
{{- ']<|calls_end|>' -}}
{%- endif -%}
{{- '<|end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{% endif -%})",
       "<|calls|>", 10},

      {"Python texts without escapes",
       R"({%- if tools %}{{- 'tools: ' + tools | tojson + '\n' }}{% endif -%}
{%- for m in messages -%}
{{- '<|im_start|>' + m.role + '\n' -}}
{%- if m.thinking %}{{- '<think>' + m.thinking + '</think>' }}{% endif -%}
{{- m.content -}}
{%- if m.tool_calls -%}
{{- '<|tool_call_start|>[' -}}
{%- for c in m.tool_calls -%}
{{- c.function.name + '(' -}}
{%- for k, v in c.function.arguments.items() -%}
{{- k + '=' + ("'" + v + "'" if v is string else v | tojson if v is mapping else v | string) -}}
{%- if not loop.last %}{{- ', ' }}{% endif -%}
{%- endfor -%}
{{- ')' -}}
{%- if not loop.last %}{{- ', ' }}{% endif -%}
{%- endfor -%}
{{- ']<|tool_call_end|>' -}}
{%- endif -%}
{{- '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{% endif -%})",
       "<|tool_call_start|>", 10},

      {"a notation of its own",
       R"({%- macro show(v) -%}
{%- if v is string %}{{- '<|"|>' + v + '<|"|>' }}
{%- elif v is mapping %}{{- '{' }}{% for k, x in v.items() %}{{- k + ':' + show(x) }}{% if not loop.last %}{{- ',' }}{% endif %}{% endfor %}{{- '}' }}
{%- elif v is iterable %}{{- '[' }}{% for x in v %}{{- show(x) }}{% if not loop.last %}{{- ',' }}{% endif %}{% endfor %}{{- ']' }}
{%- else %}{{- v | tojson }}{% endif -%}
{%- endmacro -%}
{%- if tools %}{{- '<|tool>' + tools | tojson + '<tool|>' }}{% endif -%}
{%- for m in messages -%}
{{- '<|turn>' + m.role + '\n' -}}
{%- if m.reasoning %}{{- '<|channel>thought\n' + m.reasoning + '<channel|>' }}{% endif -%}
{%- for c in m.tool_calls or [] -%}
{{- '<|tool_call>call:' + c.function.name + show(c.function.arguments) + '<tool_call|>' -}}
{%- endfor -%}
{{- m.content + '<turn|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|turn>assistant\n' }}{% if enable_thinking is false %}{{- '<|channel>thought\n<channel|>' }}{% endif %}{% endif -%})",
       "<|tool_call>", 10},

      {"nested tags",
       R"({%- macro show(v) -%}
{%- if v is mapping %}{% for k, x in v.items() %}{{- '~<' + k + '>' + show(x) + '~</' + k + '>' }}{% endfor %}
{%- elif v is iterable and v is not string %}{% for x in v %}{{- '~<item>' + show(x) + '~</item>' }}{% endfor %}
{%- else %}{{- v if v is string else v | tojson }}{% endif -%}
{%- endmacro -%}
{%- if tools %}{{- '<tools>' + tools | tojson + '</tools>\n' }}{% endif -%}
{%- for m in messages -%}
{{- '<b>' + m.role + '\n' + m.content -}}
{%- if m.tool_calls -%}
{{- '~<calls>\n' -}}
{%- for c in m.tool_calls %}{{- '~<invoke name="' + c.function.name + '">' + show(c.function.arguments) + '~</invoke>\n' }}{% endfor -%}
{{- '~</calls>' -}}
{%- endif -%}
{{- '<e>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<b>assistant\n' }}{% endif -%})",
       "~<calls>", 10},

      {"the name as a key",
       R"({%- if tools %}{{- '<|dev|>' + tools | tojson }}{% endif -%}
{%- for m in messages -%}
{%- if m.role == 'assistant' -%}
{{- '<|assistant_start|>' + m.content -}}
{%- if m.tool_calls -%}
{{- '<|tools_prefix|>[' -}}
{%- for c in m.tool_calls %}{{- '{"' + c.function.name + '": ' + c.function.arguments | tojson + '}' }}{% if not loop.last %}{{- ', ' }}{% endif %}{% endfor -%}
{{- ']<|tools_suffix|>' -}}
{%- endif -%}
{{- '<|assistant_end|>' -}}
{%- else %}{{- '<|user_start|>' + m.content + '<|user_end|>' }}{% endif -%}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|assistant_start|>' }}{% endif -%})",
       "<|tools_prefix|>", 10},

      {"recipients, begun by the prompt",
       R"({%- if tools %}{{- '<|h|>system<|/h|>' + tools | tojson + '<|eot|>' }}{% endif -%}
{%- for m in messages -%}
{{- '<|h|>' + m.role + '<|/h|>\n\n' -}}
{%- if m.role == 'assistant' -%}
{%- if m.content %}{{- '>>>all\n' + m.content }}{% endif -%}
{%- for c in m.tool_calls or [] %}{{- '>>>' + c.function.name + '\n' + c.function.arguments }}{% endfor -%}
{%- else %}{{- m.content }}{% endif -%}
{{- '<|eot|>' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|h|>assistant<|/h|>\n\n>>>' }}{% endif -%})",
       ">>>", 10},

      {"an unmarked object, one at a time",
       R"({{- bos_token -}}{%- if tools %}{{- '<|h|>system<|/h|>' + tools | tojson + '<|eot|>' }}{% endif -%}
{%- for m in messages -%}
{{- '<|h|>' + m.role + '<|/h|>\n\n' -}}
{%- if m.tool_calls -%}
{%- if m.tool_calls | length != 1 %}{{- raise_exception('one call at a time') }}{% endif -%}
{{- '{"name": "' + m.tool_calls[0].function.name + '", "parameters": ' + m.tool_calls[0].function.arguments | tojson + '}' -}}
{%- else %}{{- m.content }}{% endif -%}
{{- '<|eot|>' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|h|>assistant<|/h|>\n\n' }}{% endif -%})",
       "", 7},

      {"messages in a turn, ids and counted calls",
       R"({%- if tools %}{{- '<|begin|>system' + tools | tojson + '<|end|>' }}{% endif -%}
{%- for m in messages -%}
{%- if m.role == 'assistant' -%}
{%- if m.reasoning_content %}{{- '<|begin|>assistant<|think|>' + m.reasoning_content + '<|end|>' }}{% endif -%}
{%- if m.content %}{{- '<|begin|>assistant<|content|>' + m.content + '<|end|>' }}{% endif -%}
{%- if m.tool_calls -%}
{{- '<|begin|>assistant<|tool_calls|>' -}}
{%- for c in m.tool_calls %}{{- '<|call|>' + c.id + '<|name|>' + c.function.name + '<|args|>' + c.function.arguments | tojson + '<|call_end|>' }}{% endfor -%}
{{- '<|calls|>' -}}
{%- endif -%}
{%- else %}{{- '<|begin|>' + m.role + '<|content|>' + m.content + '<|end|>' }}{% endif -%}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|begin|>assistant' }}{% endif -%})",
       "<|tool_calls|>", 10},

      {"a word and a list",
       R"({%- if tools %}{{- '<|S|>' + tools | tojson + '<|E|>' }}{% endif -%}
{%- for m in messages -%}
{{- '<|' + m.role + '|>' + m.content -}}
{%- if m.tool_calls -%}
{{- '\nAction:\n```json\n[\n' -}}
{%- for c in m.tool_calls %}{{- '    {"tool_name": "' + c.function.name + '", "parameters": ' + c.function.arguments | tojson(indent=4) + '}' }}{% if not loop.last %}{{- ',\n' }}{% endif %}{% endfor -%}
{{- '\n]```' -}}
{%- endif -%}
{{- '<|E|>' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{% endif -%})",
       "Action:", 10},

      {"typed and guarded parameters",
       R"({%- if tools %}{{- '<sys>' + tools | tojson + '</sys>' }}{% endif -%}
{%- for m in messages -%}
{{- '<|im_start|>' + m.role + '\n' + m.content -}}
{%- if m.tool_calls -%}
{{- '\n\n<|DSML|calls>\n' -}}
{%- for c in m.tool_calls -%}
{{- '<|DSML|invoke name="' + c.function.name + '">\n' -}}
{%- for k, v in c.function.arguments.items() -%}
{{- '<|DSML|parameter name="' + k + '" string="' + ('true' if v is string else 'false') + '">' -}}
{{- ('<![CDATA[' + v + ']]>' if '<' in v else v) if v is string else v | tojson -}}
{{- '</|DSML|parameter>\n' -}}
{%- endfor -%}
{{- '</|DSML|invoke>\n' -}}
{%- endfor -%}
{{- '</|DSML|calls>' -}}
{%- endif -%}
{{- '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{% endif -%})",
       "<|DSML|calls>", 10},
  };
  return all;
}

}  // namespace hearth::roundtrip
