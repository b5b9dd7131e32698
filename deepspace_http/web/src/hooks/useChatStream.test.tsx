import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import type { MessageBody } from '@/api/schema';
import { useStreams } from '@/stores/streams';
import { refusal } from '@/testing/render';
import { type Ending, useChatStream } from './useChatStream';

const STARTED = 'id: 1\nevent: message.started\ndata: {"trace_id":"t","question_id":"q","answer_id":"a"}\n\n';
const DONE = 'data: [DONE]\n\n';
const COMPLETED = { id: 'a', conversation_id: 'c', content: 'one two', reasoning: null } as MessageBody;

function word(id: number, content: string): string {
  return `id: ${id}\ndata: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
}

function end(id: number): string {
  return `id: ${id}\nevent: message.completed\ndata: ${JSON.stringify(COMPLETED)}\n\nid: ${id + 1}\n${DONE}`;
}

/** Answers one request after the other; what was asked. */
function gateway(...answers: (string | Response | Error)[]): Request[] {
  const asked: Request[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    asked.push(new Request(input instanceof Request ? input : new URL(String(input), window.location.origin), init));
    const answer = answers[asked.length - 1];
    if (answer instanceof Error) throw answer;
    return typeof answer === 'string' ? new Response(answer) : (answer ?? refusal(404, 'message_not_found', 'gone'));
  });
  return asked;
}

async function ask(): Promise<{ ending: Ending; started: string[] }> {
  const started: string[] = [];
  const { result } = renderHook(() => useChatStream((id) => started.push(id)));
  const asking = { path: '', body: { content: 'Hi' }, question: 'Hi', parentId: null };
  let ending: Ending | null = null;
  await act(async () => {
    const asked = result.current.ask('c', asking);
    await vi.runAllTimersAsync();
    ending = await asked;
  });
  if (!ending) throw new Error('it did not end');
  return { ending, started };
}

beforeEach(() => {
  vi.useFakeTimers();
  useStreams.setState({ live: {} });
});
afterEach(() => vi.useRealTimers());

it('hears an answer to its end', async () => {
  const asked = gateway(STARTED + word(2, 'one ') + word(3, 'two') + end(4));
  const { ending, started } = await ask();
  expect(ending).toEqual({ completed: COMPLETED });
  expect(started).toEqual(['c']);
  expect(asked.map((request) => `${request.method} ${new URL(request.url).pathname}`)).toEqual([
    'POST /api/v1/conversations/c/messages',
  ]);
  expect(await asked[0]?.json()).toEqual({ content: 'Hi', stream: true });
  expect(useStreams.getState().live.c).toMatchObject({ answerId: 'a', content: 'one two', lastEventId: 5 });
});

it('goes on behind the last event when the connection breaks, and hears nothing twice', async () => {
  const asked = gateway(STARTED + word(2, 'one '), new TypeError('offline'), word(2, 'one ') + word(3, 'two') + end(4));
  const { ending } = await ask();
  expect(ending).toEqual({ completed: COMPLETED });
  expect(asked.slice(1).map((request) => [request.method, request.headers.get('last-event-id')])).toEqual([
    ['GET', '2'],
    ['GET', '2'],
  ]);
  expect(asked[1]?.url).toMatch(/\/conversations\/c\/messages\/a\/events$/);
  expect(useStreams.getState().live.c?.content).toBe('one two');
});

it('takes a snapshot in place of what it heard', async () => {
  const snapshot = 'id: 9\nevent: message.snapshot\ndata: {"answer_id":"a","content":"one two three"}\n\n';
  gateway(STARTED + word(2, 'one '), snapshot + word(10, ' four') + DONE, end(11));
  await ask();
  expect(useStreams.getState().live.c?.lastEventId).toBe(12);
});

it('waits while a gateway is away', async () => {
  const asked = gateway(STARTED, refusal(503, 'unavailable', 'away'), refusal(429, 'rate_limited', 'slowly'), end(2));
  const { ending } = await ask();
  expect(ending).toEqual({ completed: COMPLETED });
  expect(asked).toHaveLength(4);
});

it.each([
  [402, 'insufficient_quota'],
  [429, 'rate_limited'],
  [503, 'unavailable'],
])('ends with a refusal of %i before anything began', async (status, code) => {
  const asked = gateway(refusal(status, code, 'no'));
  const { ending } = await ask();
  expect(asked).toHaveLength(1);
  expect('fault' in ending && ending.fault).toBeInstanceOf(ApiError);
  expect(useStreams.getState().live.c).toMatchObject({ phase: 'failed', fault: { status, code } });
});

it('gives up what is not there any more', async () => {
  gateway(STARTED, refusal(404, 'message_not_found', 'gone'));
  const { ending } = await ask();
  expect('fault' in ending && ending.fault).toMatchObject({ status: 404 });
});

it('ends with the word of its user, and leaves the cost to the list', async () => {
  const asked = gateway(`${STARTED}${word(2, 'one')}id: 3\nevent: message.stopped\ndata: {}\n\n${end(4)}`);
  const { ending } = await ask();
  expect(ending).toEqual({ stopped: true });
  expect(asked).toHaveLength(1);
  expect(useStreams.getState().live.c).toMatchObject({ phase: 'stopped', content: 'one' });
});

it('resumes a running answer from what is stored of it', async () => {
  const asked = gateway(word(8, ' two') + end(9));
  const { result } = renderHook(() => useChatStream(() => {}));
  const running = { ...COMPLETED, content: 'one', last_event_id: 7, parent_id: 'q' } as MessageBody;
  await act(async () => {
    const resumed = result.current.resume('c', running);
    expect(useStreams.getState().live.c).toMatchObject({ content: 'one', answerId: 'a', parentId: 'q' });
    await vi.runAllTimersAsync();
    await resumed;
  });
  expect(asked[0]?.headers.get('last-event-id')).toBe('7');
  expect(useStreams.getState().live.c?.content).toBe('one two');
});
