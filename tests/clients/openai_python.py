import json
import openai
from checks import KEY, MODEL, SCHEMA, URL, WEATHER, raises, seen

client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)
hello = [{"role": "user", "content": "Tell me a story about a fox."}]

assert MODEL in [model.id for model in client.models.list()]
answer = client.chat.completions.create(model=MODEL, messages=hello, max_tokens=24, temperature=0, logprobs=True,
                                        top_logprobs=2, seed=1)
text = answer.choices[0].message.content
assert text and answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
assert len(answer.choices[0].logprobs.content[0].top_logprobs) == 2

stream = client.chat.completions.create(model=MODEL, messages=hello, max_tokens=24, temperature=0, stream=True,
                                        stream_options={"include_usage": True})
pieces = list(stream)
assert "".join(p.choices[0].delta.content or "" for p in pieces if p.choices) == text
assert pieces[-1].usage.completion_tokens == answer.usage.completion_tokens

held = client.chat.completions.create(
    model=MODEL, messages=hello, max_tokens=200,
    response_format={"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": SCHEMA}})
assert set(json.loads(held.choices[0].message.content)) == {"name", "age"}

completion = client.completions.create(model=MODEL, prompt="Once upon a time", max_tokens=4, echo=True, logprobs=1)
assert completion.choices[0].text.startswith("Once upon a time")
assert completion.choices[0].logprobs.token_logprobs[0] is None

response = client.responses.create(model=MODEL, input="Hello", max_output_tokens=12)
assert response.output_text and response.usage.output_tokens > 0
again = client.responses.create(model=MODEL, input="And then?", previous_response_id=response.id,
                                max_output_tokens=12)
assert again.previous_response_id == response.id
with client.responses.stream(model=MODEL, input="Hello", max_output_tokens=12) as events:
    kinds = [event.type for event in events]
assert kinds[0] == "response.created" and kinds[-1] in ("response.completed", "response.incomplete")
assert client.responses.retrieve(response.id).id == response.id
client.responses.delete(response.id)
seen("chat", "streaming", "structured output", "completions", "responses")

tool = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
ask = {"model": MODEL, "messages": hello, "tools": [tool], "max_tokens": 200, "temperature": 0}
for choice in ("required", {"type": "function", "function": {"name": "weather"}}):
    called = client.chat.completions.create(**ask, tool_choice=choice, parallel_tool_calls=False).choices[0]
    call = called.message.tool_calls[0]
    assert called.finish_reason == "tool_calls" and "city" in json.loads(call.function.arguments), called
streamed = "".join(
    delta.function.arguments or "" for piece in client.chat.completions.create(
        **ask, tool_choice="required", parallel_tool_calls=False, stream=True)
    for choice in piece.choices for delta in choice.delta.tool_calls or [])
assert "city" in json.loads(streamed)
told = hello + [called.message, {"role": "tool", "tool_call_id": call.id, "content": "rain"}]
assert client.chat.completions.create(model=MODEL, messages=told, tools=[tool], max_tokens=4).usage.prompt_tokens > 5

# The built-in model makes no embeddings; that is told in a way that clients understand.
raises(openai.BadRequestError, lambda: client.embeddings.create(model=MODEL, input="a"), "makes no embeddings")
error = raises(openai.BadRequestError,
               lambda: client.chat.completions.create(model=MODEL, messages=hello, temperature=-1), "temperature")
assert error.param == "temperature"
raises(openai.NotFoundError, lambda: client.chat.completions.create(model="gpt-9", messages=hello), "gpt-9")
raises(openai.AuthenticationError, lambda: client.with_options(api_key="no").models.list())
seen("tools", "embeddings", "errors")

raises(openai.APITimeoutError, lambda: client.with_options(timeout=0.001).chat.completions.create(
    model=MODEL, messages=hello, max_tokens=500))
endless = client.completions.create(model=MODEL, prompt="Once", max_tokens=900, stream=True,
                                    extra_body={"ignore_eos": True})
next(iter(endless))
endless.close()
assert client.completions.create(model=MODEL, prompt="Once", max_tokens=2).choices[0].text
seen("time-outs", "cancellation")
