/** The events of an answer's stream, read and told apart. Source of the chunks: OpenAI's chat completions. */
import XStream from '@ant-design/x-sdk/es/x-stream';
import type { MessageBody } from '@/api/schema';

export type ChatEvent =
  | { kind: 'started'; questionId: string; answerId: string; traceId: string }
  | { kind: 'piece'; content: string; reasoning: string }
  | { kind: 'snapshot'; content: string; reasoning: string }
  | { kind: 'stopped' }
  | { kind: 'broken'; code: string; message: string; traceId: string | null }
  | { kind: 'completed'; message: MessageBody }
  | { kind: 'done' };

export interface Numbered {
  id: number | null;
  event: ChatEvent;
}

/** Every whole event of a response; what is cut off at the end, or not understood, is left out. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<Numbered> {
  for await (const { id, event, data } of XStream({ readableStream: body })) {
    const told = typeof data === 'string' ? understood(typeof event === 'string' ? event : '', data) : null;
    if (told) yield { id: /^\d+$/.test(String(id)) ? Number(id) : null, event: told };
  }
}

function understood(name: string, data: string): ChatEvent | null {
  if (data === '[DONE]') return { kind: 'done' };
  try {
    return named(name, JSON.parse(data));
  } catch {
    return null;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what a model's provider writes is looked at field by field
function named(name: string, body: any): ChatEvent | null {
  switch (name) {
    case 'message.started':
      return { kind: 'started', questionId: body.question_id, answerId: body.answer_id, traceId: body.trace_id };
    case 'message.snapshot':
      return { kind: 'snapshot', content: text(body.content), reasoning: text(body.reasoning) };
    case 'message.stopped':
      return { kind: 'stopped' };
    case 'message.completed':
      return { kind: 'completed', message: body };
    case 'error':
      return broken(body.error ?? {});
    default:
      return piece(body?.choices?.[0]?.delta ?? {});
  }
}

function broken(error: Record<string, unknown>): ChatEvent {
  const traceId = typeof error.trace_id === 'string' ? error.trace_id : null;
  return { kind: 'broken', code: text(error.code), message: text(error.message), traceId };
}

function piece(delta: Record<string, unknown>): ChatEvent {
  const content = text(delta.content) + text(delta.refusal);
  return { kind: 'piece', content, reasoning: text(delta.reasoning_content) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
