import json
import litellm
from checks import KEY, MODEL, SCHEMA, URL, WEATHER, raises, seen

litellm.suppress_debug_info = True
hello = [{"role": "user", "content": "Tell me a story about a fox."}]
routes = {
    "openai": {"model": "openai/" + MODEL, "api_base": URL + "/v1", "api_key": KEY},
    "anthropic": {"model": "anthropic/" + MODEL, "api_base": URL, "api_key": KEY},
    "ollama": {"model": "ollama_chat/" + MODEL, "api_base": URL, "api_key": KEY},
}
for name, route in routes.items():
    answer = litellm.completion(**route, messages=hello, max_tokens=24, temperature=0, num_retries=0)
    text = answer.choices[0].message.content
    assert text and answer.usage.completion_tokens > 0, name
    pieces = litellm.completion(**route, messages=hello, max_tokens=24, temperature=0, stream=True)
    assert "".join(p.choices[0].delta.content or "" for p in pieces) == text, name
    seen(name + ": chat, streaming")

tool = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
for name in ("openai", "anthropic"):
    called = litellm.completion(**routes[name], messages=hello, max_tokens=200, tools=[tool],
                                tool_choice={"type": "function", "function": {"name": "weather"}})
    call = called.choices[0].message.tool_calls[0].function
    assert call.name == "weather" and "city" in json.loads(call.arguments), called
held = litellm.completion(**routes["openai"], messages=hello, max_tokens=200, response_format={
    "type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}})
assert set(json.loads(held.choices[0].message.content)) == {"name", "age"}
raises(litellm.BadRequestError, lambda: litellm.completion(**routes["openai"], messages=hello, max_tokens=-5),
       "max_tokens")
raises(litellm.NotFoundError, lambda: litellm.completion(**{**routes["openai"], "model": "openai/gpt-9x"}, messages=hello))
raises(litellm.AuthenticationError, lambda: litellm.completion(**{**routes["openai"], "api_key": "no"}, messages=hello))
raises(litellm.BadRequestError, lambda: litellm.embedding(model="openai/" + MODEL, input=["a"], api_base=URL + "/v1",
                                                          api_key=KEY), "makes no embeddings")
raises(litellm.Timeout, lambda: litellm.completion(**routes["openai"], messages=hello, timeout=0.001, max_retries=0))
seen("tools", "structured output", "embeddings", "errors", "time-outs")
