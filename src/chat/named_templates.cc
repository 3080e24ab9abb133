#include "chat/named_templates.h"

#include <algorithm>

namespace hearth {

namespace {

// Of formats that take what the system says with the first question.
#define HEARTH_SYSTEM_FIRST                                                  \
  "{%- set first = messages[0].content if messages and messages[0].role == " \
  "'system' else '' -%}\n"                                                   \
  "{%- set turns = messages[1:] if first else messages -%}\n"

constexpr NamedTemplate kTemplates[] = {
    {"chatml",
     R"({%- for message in messages -%}
{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%})"},
    {"llama2", HEARTH_SYSTEM_FIRST
     R"({%- for message in turns -%}
{%- if message.role == 'user' -%}
{{- bos_token + '[INST] ' -}}
{%- if loop.first and first -%}{{- '<<SYS>>\n' + first + '\n<</SYS>>\n\n' -}}{%- endif -%}
{{- message.content | trim + ' [/INST]' -}}
{%- else -%}
{{- ' ' + message.content | trim + ' ' + eos_token -}}
{%- endif -%}
{%- endfor -%})"},
    {"llama3",
     R"({{- bos_token -}}
{%- for message in messages -%}
{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' + message.content | trim + '<|eot_id|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}{%- endif -%})"},
    {"llama4",
     R"({{- bos_token -}}
{%- for message in messages -%}
{{- '<|header_start|>' + message.role + '<|header_end|>\n\n' + message.content | trim + '<|eot|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|header_start|>assistant<|header_end|>\n\n' -}}{%- endif -%})"},
    {"gemma", HEARTH_SYSTEM_FIRST
     R"({{- bos_token -}}
{%- for message in turns -%}
{{- '<start_of_turn>' + ('model' if message.role == 'assistant' else message.role) + '\n' -}}
{%- if loop.first and first -%}{{- first | trim + '\n\n' -}}{%- endif -%}
{{- message.content | trim + '<end_of_turn>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<start_of_turn>model\n' -}}{%- endif -%})"},
    {"mistral-v1", HEARTH_SYSTEM_FIRST
     R"({{- bos_token -}}
{%- for message in turns -%}
{%- if message.role == 'user' -%}
{{- ' [INST] ' + (first + '\n\n' if loop.first and first else '') + message.content + ' [/INST]' -}}
{%- else -%}
{{- ' ' + message.content + eos_token -}}
{%- endif -%}
{%- endfor -%})"},
    {"mistral-v3", HEARTH_SYSTEM_FIRST
     R"({{- bos_token -}}
{%- for message in turns -%}
{%- if message.role == 'user' -%}
{{- '[INST] ' + (first + '\n\n' if loop.first and first else '') + message.content + '[/INST]' -}}
{%- else -%}
{{- ' ' + message.content + eos_token -}}
{%- endif -%}
{%- endfor -%})"},
    {"mistral-v7",
     R"({{- bos_token -}}
{%- for message in messages -%}
{%- if message.role == 'system' -%}
{{- '[SYSTEM_PROMPT]' + message.content + '[/SYSTEM_PROMPT]' -}}
{%- elif message.role == 'user' -%}
{{- '[INST]' + message.content + '[/INST]' -}}
{%- else -%}
{{- message.content + eos_token -}}
{%- endif -%}
{%- endfor -%})"},
    {"phi3",
     R"({{- bos_token -}}
{%- for message in messages -%}
{{- '<|' + message.role + '|>\n' + message.content + '<|end|>\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>\n' -}}{%- endif -%})"},
    {"phi4",
     R"({%- for message in messages -%}
{{- '<|im_start|>' + message.role + '<|im_sep|>' + message.content + '<|im_end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant<|im_sep|>' -}}{%- endif -%})"},
    {"zephyr",
     R"({%- for message in messages -%}
{{- '<|' + message.role + '|>\n' + message.content + eos_token + '\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|assistant|>\n' -}}{%- endif -%})"},
    {"deepseek",
     R"({{- bos_token -}}
{%- for message in messages -%}
{%- if message.role == 'user' -%}
{{- '<｜User｜>' + message.content -}}
{%- elif message.role == 'assistant' -%}
{{- '<｜Assistant｜>' + message.content + eos_token -}}
{%- else -%}
{{- message.content -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<｜Assistant｜>' -}}{%- endif -%})"},
    {"command-r",
     R"({{- bos_token -}}
{%- set tokens = {'user': '<|USER_TOKEN|>', 'assistant': '<|CHATBOT_TOKEN|>'} -%}
{%- for message in messages -%}
{{- '<|START_OF_TURN_TOKEN|>' + tokens.get(message.role, '<|SYSTEM_TOKEN|>') -}}
{{- message.content | trim + '<|END_OF_TURN_TOKEN|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' -}}{%- endif -%})"},
    {"vicuna",
     R"({%- for message in messages -%}
{%- if message.role == 'user' -%}
{{- 'USER: ' + message.content + '\n' -}}
{%- elif message.role == 'assistant' -%}
{{- 'ASSISTANT: ' + message.content + eos_token + '\n' -}}
{%- else -%}
{{- message.content + '\n\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- 'ASSISTANT:' -}}{%- endif -%})"},
    {"alpaca",
     R"({%- for message in messages -%}
{%- if message.role == 'user' -%}
{{- '### Instruction:\n' + message.content + '\n\n' -}}
{%- elif message.role == 'assistant' -%}
{{- '### Response:\n' + message.content + eos_token + '\n\n' -}}
{%- else -%}
{{- message.content + '\n\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '### Response:\n' -}}{%- endif -%})"},
};

#undef HEARTH_SYSTEM_FIRST

}  // namespace

std::span<const NamedTemplate> named_templates() { return kTemplates; }

const NamedTemplate* find_named_template(std::string_view name) {
  auto found = std::find_if(std::begin(kTemplates), std::end(kTemplates),
                            [&](const NamedTemplate& known) { return known.name == name; });
  return found == std::end(kTemplates) ? nullptr : found;
}

std::string template_names() {
  std::string names;
  for (const NamedTemplate& known : kTemplates) {
    if (!names.empty()) names += ", ";
    names += known.name;
  }
  return names;
}

}  // namespace hearth
