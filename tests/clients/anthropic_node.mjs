import assert from 'node:assert';
import Anthropic from '@anthropic-ai/sdk';

const { HEARTH_URL: baseURL, HEARTH_KEY: apiKey, HEARTH_MODEL: model } = process.env;
const client = new Anthropic({ baseURL, apiKey, maxRetries: 0 });
const ask = { model, max_tokens: 24, temperature: 0,
              messages: [{ role: 'user', content: [{ type: 'text', text: 'Tell me a story about a fox.' }] }] };

const answer = await client.messages.create(ask);
assert(answer.content[0].text && answer.usage.output_tokens > 0);
const final = await client.messages.stream(ask).finalMessage();
assert.equal(final.content[0].text, answer.content[0].text);
assert((await client.messages.countTokens({ model, messages: ask.messages })).input_tokens > 5);
console.log('    chat, streaming, counting');

await assert.rejects(client.messages.create({ ...ask, temperature: 2 }), Anthropic.BadRequestError);
await assert.rejects(client.messages.create({ ...ask, model: 'claude-9' }), Anthropic.NotFoundError);
const tools = [{ name: 'older', input_schema: { type: 'object', properties: { age: { type: 'integer', maximum: 99, minimum: 0 } },
                                                required: ['age'], additionalProperties: false } }];
const called = await client.messages.stream({ ...ask, max_tokens: 200, tools, tool_choice: { type: 'any' } }).finalMessage();
assert.equal(called.stop_reason, 'tool_use');
assert('age' in called.content.at(-1).input);
await assert.rejects(new Anthropic({ baseURL, apiKey: 'no' }).messages.create(ask), Anthropic.AuthenticationError);
await assert.rejects(client.messages.create(ask, { timeout: 1 }), Anthropic.APIConnectionTimeoutError);
const stream = client.messages.stream({ ...ask, max_tokens: 900 });
stream.on('text', () => stream.abort());
await assert.rejects(stream.done(), Anthropic.APIUserAbortError);
assert((await client.messages.create(ask)).content[0].text);
console.log('    tools, errors, time-outs, cancellation');
