import assert from 'node:assert';
import { Ollama } from 'ollama';

const { HEARTH_URL: host, HEARTH_KEY: key, HEARTH_MODEL: model } = process.env;
const client = new Ollama({ host, headers: { Authorization: 'Bearer ' + key } });
const messages = [{ role: 'user', content: 'Tell me a story about a fox.' }];
const options = { temperature: 0, num_predict: 24 };
const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 0, maximum: 99 } }, required: ['age'],
                 additionalProperties: false };

const answer = await client.chat({ model, messages, options });
let streamed = '';
for await (const piece of await client.chat({ model, messages, options, stream: true })) streamed += piece.message.content;
assert(streamed && streamed === answer.message.content);
const held = await client.chat({ model, messages, format: schema, options: { num_predict: 100 } });
assert.deepEqual(Object.keys(JSON.parse(held.message.content)), ['age']);
assert((await client.list()).models.some((each) => each.name.startsWith(model)));
console.log('    chat, streaming, structured output, models');

await assert.rejects(client.chat({ model: 'llama9', messages }), /llama9/);
await client.chat({ model, messages, tools: [{ type: 'function', function: { name: 'f', parameters: schema } }], options });
await assert.rejects(client.embed({ model, input: 'a' }), /makes no embeddings/);
const endless = await client.generate({ model, prompt: 'Once', stream: true, options: { num_predict: 900, ignore_eos: true } });
try {
  for await (const piece of endless) endless.abort();
} catch (error) {
  assert.equal(error.name, 'AbortError');
}
assert.equal((await client.chat({ model, messages, options })).message.content, streamed);
console.log('    tools, embeddings, errors, cancellation');
