// OpenAI's Node SDK.

import OpenAI, { toFile } from "openai";
import { BRIEF_TOKENS, HELLO, LOOK, WEATHER, apiKey, baseURL, embedding, named, realModel, show } from "./observed.mjs";

const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const retrying = new OpenAI({ baseURL, apiKey, maxRetries: 2 });
const brief = realModel ? { temperature: 0, max_tokens: BRIEF_TOKENS } : {};
const briefResponse = realModel ? { temperature: 0, max_output_tokens: BRIEF_TOKENS } : {};
const TOOL = { type: "function", function: { name: "weather", parameters: WEATHER } };

const chat = (model = "ok", more = {}, by = client) =>
  by.chat.completions.create({ model: named(model), messages: HELLO, ...brief, ...more });

const respond = (more = {}) =>
  client.responses.create({ model: named("ok"), input: "hello", ...briefResponse, ...more });

async function all(stream) {
  const seen = [];
  for await (const one of await stream) seen.push(one);
  return seen;
}

async function aborted() {
  const stream = await chat("slow-20", { stream: true });
  const seen = [];
  for await (const chunk of stream) {
    seen.push(chunk);
    if (seen.length === 2) break;
  }
  return [seen, await chat()];
}

async function transcript() {
  const file = await toFile(Buffer.from("RIFF" + "x".repeat(999)), "a.wav");
  // The file before the model, as the SDK's own documentation writes it.
  return client.audio.transcriptions.create({ file, model: "ok" });
}

await show({
  chat,
  stream: () => all(chat("ok", { stream: true })),
  stream_with_usage: () => all(chat("ok", { stream: true, stream_options: { include_usage: true } })),
  tools: () => chat("tools", { tools: [TOOL] }),
  tools_streamed: () => all(chat("tools", { tools: [TOOL], stream: true })),
  json_mode: () => chat("json", { response_format: { type: "json_object" } }),
  vision: () => chat("mirror", { messages: LOOK }),
  unknown_fields: () => chat("mirror", { own: { x: [1.5, null] }, seed: 7 }),
  embeddings: () => client.embeddings.create({ model: embedding, input: ["a"], encoding_format: "float" }),
  responses: () => respond(),
  responses_streamed: () => all(respond({ stream: true })),
  transcript,
  refused: () => chat("status-400"),
  not_found: () => chat("status-404"),
  provider_down: () => chat("status-500"),
  retried: () => chat("flaky-503", {}, retrying),
  abort: aborted,
});
