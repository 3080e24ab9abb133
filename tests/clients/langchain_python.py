from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from checks import KEY, MODEL, SCHEMA, URL, WEATHER, raises, seen

models = {
    "openai": ChatOpenAI(model=MODEL, base_url=URL + "/v1", api_key=KEY, max_tokens=24, temperature=0, max_retries=0),
    "anthropic": ChatAnthropic(model=MODEL, base_url=URL, api_key=KEY, max_tokens=24, temperature=0, max_retries=0),
}
for name, model in models.items():
    said = model.invoke([("system", "You tell stories."), ("human", "Tell me a story about a fox.")])
    assert said.text and said.usage_metadata["output_tokens"] > 0, name
    pieces = list(model.stream([("system", "You tell stories."), ("human", "Tell me a story about a fox.")]))
    assert "".join(piece.text for piece in pieces) == said.text, name
    seen(name + ": chat, streaming")

held = ChatOpenAI(model=MODEL, base_url=URL + "/v1", api_key=KEY, max_tokens=200, max_retries=0)
person = held.with_structured_output({**SCHEMA, "title": "person"}, method="json_schema").invoke("Who are you?")
assert set(person) == {"name", "age"}
responses = ChatOpenAI(model=MODEL, base_url=URL + "/v1", api_key=KEY, max_tokens=24, use_responses_api=True)
assert responses.invoke("Hello").text


tool = {"type": "function", "function": {"name": "weather", "description": "Tells it.", "parameters": WEATHER}}
for name, model in models.items():
    called = model.bind_tools([tool], tool_choice="weather").bind(max_tokens=200).invoke("Hello")
    assert called.tool_calls[0]["name"] == "weather", called
    raises(Exception, lambda: model.bind(temperature=-3).invoke("Hello"), "temperature")
seen("structured output", "responses", "tools", "errors")
