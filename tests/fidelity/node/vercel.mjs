// Vercel's AI SDK over its provider for OpenAI-compatible servers.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Output, embed, generateText, jsonSchema, streamText, tool } from "ai";
import { BRIEF_TOKENS, IMAGE, WEATHER, apiKey, baseURL, embedding, named, realModel, show } from "./observed.mjs";

const provider = createOpenAICompatible({ name: "compared", baseURL, apiKey, includeUsage: true });
const plain = createOpenAICompatible({ name: "compared", baseURL, apiKey });
const brief = realModel ? { temperature: 0, maxOutputTokens: BRIEF_TOKENS } : {};
const tools = { weather: tool({ description: "x", inputSchema: jsonSchema(WEATHER) }) };

const ask = (model = "ok", more = {}, by = provider) => ({
  model: by(named(model)),
  prompt: "hello",
  maxRetries: 0,
  onError: () => {},
  ...brief,
  ...more,
});

async function said(model, more) {
  const { text, finishReason, usage, toolCalls, reasoningText } = await generateText(ask(model, more));
  return { text, finishReason, usage, toolCalls, reasoningText };
}

async function streamed(model, more, by) {
  const answer = streamText(ask(model, more, by));
  const parts = [];
  for await (const part of answer.fullStream) parts.push(kept(part));
  return parts;
}

// Without what the SDK draws or measures for itself.
function kept(part) {
  const { id, response, request, headers, performance, callId, ...rest } = part;
  if (rest.error !== undefined) rest.error = { name: rest.error.name, status: rest.error.statusCode ?? null };
  return rest;
}

const look = () => ({
  prompt: undefined,
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "what is this?" },
        { type: "image", image: Buffer.from(IMAGE, "base64"), mediaType: "image/png" },
      ],
    },
  ],
});

async function aborted() {
  const controller = new AbortController();
  const answer = streamText(ask("slow-20", { abortSignal: controller.signal }));
  let first = null;
  for await (const text of answer.textStream) {
    first = text;
    controller.abort();
    break;
  }
  return [first, await said()];
}

async function embedded() {
  const { embedding: vector, usage } = await embed({ model: provider.embeddingModel(embedding), value: "a", maxRetries: 0 });
  return { embedding: vector, usage };
}

await show({
  chat: () => said(),
  stream: () => streamed(),
  stream_without_usage: () => streamed("ok", {}, plain),
  tools: () => said("tools", { tools }),
  tools_streamed: () => streamed("tools", { tools }),
  json_mode: () => said("json", { output: Output.json() }),
  vision: () => said("mirror", look()),
  embeddings: embedded,
  refused: () => said("status-400"),
  provider_down: () => said("status-500"),
  retried: () => said("flaky-503", { maxRetries: 2 }),
  abort: aborted,
});
