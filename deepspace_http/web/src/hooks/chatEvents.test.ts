import { expect, it } from 'vitest';
import { type Numbered, readEvents } from './chatEvents';

const TEXT = [
  'id: 1\nevent: message.started\ndata: {"trace_id":"t","question_id":"q","answer_id":"a"}\n\n',
  ': ping\n\n',
  'id: 2\ndata: {"choices":[{"delta":{"content":"星云 🌌"}}]}\n\n',
  'id: 3\ndata: {"choices":[{"delta":{"reasoning_content":"Hm: "}}]}\n\n',
  'id: 4\ndata: {"choices":[],"usage":{}}\n\n',
  'id: 5\nevent: message.stopped\ndata: {}\n\n',
  'id: 6\nevent: error\ndata: {"error":{"code":"upstream_cut","message":"broke","trace_id":"t"}}\n\n',
  'id: 7\nevent: message.completed\ndata: {"id":"a","content":"星云 🌌"}\n\n',
  'id: 8\ndata: [DONE]\n\n',
].join('');

function inPieces(text: string, size: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

async function read(text: string, size: number): Promise<Numbered[]> {
  const events: Numbered[] = [];
  for await (const event of readEvents(inPieces(text, size))) events.push(event);
  return events;
}

it.each([1, 2, 3, 7, 10_000])('reads the same in pieces of %i bytes, whatever letter they cut', async (size) => {
  expect(await read(TEXT, size)).toEqual([
    { id: 1, event: { kind: 'started', questionId: 'q', answerId: 'a', traceId: 't' } },
    { id: 2, event: { kind: 'piece', content: '星云 🌌', reasoning: '' } },
    { id: 3, event: { kind: 'piece', content: '', reasoning: 'Hm: ' } },
    { id: 4, event: { kind: 'piece', content: '', reasoning: '' } },
    { id: 5, event: { kind: 'stopped' } },
    { id: 6, event: { kind: 'broken', code: 'upstream_cut', message: 'broke', traceId: 't' } },
    { id: 7, event: { kind: 'completed', message: { id: 'a', content: '星云 🌌' } } },
    { id: 8, event: { kind: 'done' } },
  ]);
});

it('leaves out an event that is cut off, and what nobody understands', async () => {
  const cut = 'id: 9\ndata: not json\n\nid: 10\ndata: {"choices":[{"delta":{"content":"wo';
  expect(await read(cut, 5)).toEqual([]);
});
