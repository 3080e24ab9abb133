import json
import anthropic
from checks import KEY, MODEL, SCHEMA, URL, WEATHER, raises, seen

client = anthropic.Anthropic(base_url=URL, api_key=KEY, max_retries=0)
hello = [{"role": "user", "content": "Tell me a story about a fox."}]
sampling = {"model": MODEL, "max_tokens": 24, "messages": hello, "extra_body": {"temperature": 0}}

answer = client.messages.create(**sampling, system=[{"type": "text", "text": "You tell stories."}])
assert answer.content[0].type == "text" and answer.content[0].text and answer.usage.output_tokens > 0
assert answer.stop_reason in ("end_turn", "max_tokens")
plain = client.messages.create(**sampling)
with client.messages.stream(**sampling) as stream:
    text = "".join(stream.text_stream)
    final = stream.get_final_message()
assert text == plain.content[0].text == final.content[0].text
assert final.usage.output_tokens == plain.usage.output_tokens
assert client.messages.count_tokens(model=MODEL, messages=hello).input_tokens > 5
stopped = client.messages.create(**sampling, stop_sequences=[text[4:8]])
assert stopped.stop_reason == "stop_sequence" and stopped.stop_sequence == text[4:8]
held = client.messages.create(model=MODEL, max_tokens=200, messages=hello,
                              extra_body={"output_format": {"type": "json_schema", "schema": SCHEMA}})
assert set(json.loads(held.content[0].text)) == {"name", "age"}
seen("chat", "streaming", "counting", "structured output")

ask = {**sampling, "max_tokens": 200, "tools": [{"name": "weather", "input_schema": WEATHER}],
       "tool_choice": {"type": "tool", "name": "weather"}}
called = client.messages.create(**ask)
block = called.content[-1]
assert called.stop_reason == "tool_use" and block.name == "weather" and "city" in block.input, called
with client.messages.stream(**ask) as stream:
    assert stream.get_final_message().content[-1].input == block.input
result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": block.id, "content": "rain"}]}
told = hello + [{"role": "assistant", "content": called.content}, result]
assert client.messages.count_tokens(model=MODEL, messages=told).input_tokens > \
    client.messages.count_tokens(model=MODEL, messages=hello).input_tokens + 10
assert client.messages.create(**{**sampling, "tools": ask["tools"], "messages": told}).usage.output_tokens > 0
raises(anthropic.BadRequestError, lambda: client.messages.create(**{**ask, "tool_choice": {"type": "tool", "name": "x"}}))
raises(anthropic.BadRequestError, lambda: client.messages.create(**{**sampling, "extra_body": {"temperature": 2}}), "temperature")
raises(anthropic.NotFoundError, lambda: client.messages.create(**{**sampling, "model": "claude-9"}), "claude-9")
raises(anthropic.AuthenticationError, lambda: client.with_options(api_key="no").messages.create(**sampling))
seen("tools", "errors")

raises(anthropic.APITimeoutError, lambda: client.with_options(timeout=0.001).messages.create(**sampling))
with client.messages.stream(**{**sampling, "max_tokens": 900}) as stream:
    next(iter(stream.text_stream))
assert client.messages.create(**sampling).content[0].text == text
seen("time-outs", "cancellation")
