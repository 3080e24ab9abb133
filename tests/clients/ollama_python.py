import json
import httpx
import ollama
from checks import KEY, MODEL, SCHEMA, URL, raises, seen

client = ollama.Client(host=URL, headers={"Authorization": "Bearer " + KEY})
hello = [{"role": "user", "content": "Tell me a story about a fox."}]
options = {"temperature": 0, "num_predict": 24}

assert any(model.model.startswith(MODEL) for model in client.list().models)
answer = client.chat(MODEL, messages=hello, options=options)
assert answer.message.content and answer.eval_count > 0
assert "".join(p.message.content for p in client.chat(MODEL, messages=hello, options=options, stream=True)) == \
    answer.message.content
generated = client.generate(MODEL, "Once upon a time", options=options)
more = client.generate(MODEL, "And then?", context=generated.context, options=options)
assert more.prompt_eval_count > generated.prompt_eval_count
held = client.chat(MODEL, messages=hello, format=SCHEMA, options={"num_predict": 200})
assert set(json.loads(held.message.content)) == {"name", "age"}
assert client.show(MODEL).modelinfo["general.architecture"] and len(client.ps().models) == 1
seen("chat", "streaming", "generate", "structured output", "models")

def weather(city: str) -> str:
    """Tells the weather."""


told = hello + [{"role": "assistant", "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Rome"}}}]},
                {"role": "tool", "tool_name": "weather", "content": "rain"}]
assert client.chat(MODEL, messages=told, tools=[weather], options=options).prompt_eval_count > answer.prompt_eval_count
raises(ollama.ResponseError, lambda: client.embed(MODEL, "a"), "makes no embeddings")
assert raises(ollama.ResponseError, lambda: client.chat("llama9", messages=hello), "llama9").status_code == 404
raises(ollama.ResponseError, lambda: client.delete(MODEL))
seen("tools", "embeddings", "errors")

hurried = ollama.Client(host=URL, headers={"Authorization": "Bearer " + KEY}, timeout=0.001)
try:
    hurried.chat(MODEL, messages=hello)
    raise AssertionError("a time-out was expected")
except (httpx.TimeoutException, ConnectionError):
    pass
pieces = client.generate(MODEL, "Once", options={"num_predict": 900, "ignore_eos": True}, stream=True)
next(pieces)
pieces.close()
assert client.chat(MODEL, messages=hello, options=options).message.content == answer.message.content
seen("time-outs", "cancellation")
