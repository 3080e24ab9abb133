import assert from 'node:assert';
import OpenAI from 'openai';

const { HEARTH_URL: url, HEARTH_KEY: apiKey, HEARTH_MODEL: model } = process.env;
const client = new OpenAI({ baseURL: url + '/v1', apiKey, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Tell me a story about a fox.' }];
const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 0, maximum: 99 } }, required: ['age'],
                 additionalProperties: false };
const ask = { model, messages, max_tokens: 24, temperature: 0 };

const answer = await client.chat.completions.create(ask);
const text = answer.choices[0].message.content;
assert(text && answer.usage.completion_tokens > 0);
let streamed = '';
for await (const piece of await client.chat.completions.create({ ...ask, stream: true }))
  streamed += piece.choices[0]?.delta?.content ?? '';
assert.equal(streamed, text);
const held = await client.chat.completions.create({
  ...ask, max_tokens: 100, response_format: { type: 'json_schema', json_schema: { name: 'age', strict: true, schema } } });
assert.deepEqual(Object.keys(JSON.parse(held.choices[0].message.content)), ['age']);
const response = await client.responses.create({ model, input: 'Hello', max_output_tokens: 12 });
assert(response.output_text);
const kinds = [];
for await (const event of await client.responses.create({ model, input: 'Hello', max_output_tokens: 12, stream: true }))
  kinds.push(event.type);
assert.equal(kinds[0], 'response.created');
console.log('    chat, streaming, structured output, responses');

await assert.rejects(client.chat.completions.create({ ...ask, temperature: -1 }),
                     (error) => error instanceof OpenAI.BadRequestError && error.param === 'temperature');
await assert.rejects(client.chat.completions.create({ ...ask, model: 'gpt-9' }), OpenAI.NotFoundError);
await assert.rejects(client.embeddings.create({ model, input: 'a' }), OpenAI.BadRequestError);
const tools = [{ type: 'function', function: { name: 'older', parameters: schema } }];
const called = await client.chat.completions.create({ ...ask, max_tokens: 200, tools, tool_choice: 'required',
                                                      parallel_tool_calls: false });
assert('age' in JSON.parse(called.choices[0].message.tool_calls[0].function.arguments));
await assert.rejects(new OpenAI({ baseURL: url + '/v1', apiKey: 'no' }).models.list(), OpenAI.AuthenticationError);
await assert.rejects(client.chat.completions.create({ ...ask, max_tokens: 500 }, { timeout: 1 }),
                     OpenAI.APIConnectionTimeoutError);
const abort = new AbortController();
const endless = await client.completions.create({ model, prompt: 'Once', max_tokens: 900, stream: true, ignore_eos: true },
                                                { signal: abort.signal });
try {
  for await (const piece of endless) abort.abort();
} catch (error) {
  assert.match(error.name + error.message, /[Aa]bort/);
}
assert((await client.completions.create({ model, prompt: 'Once', max_tokens: 2 })).choices[0].text);
console.log('    tools, embeddings, errors, time-outs, cancellation');
