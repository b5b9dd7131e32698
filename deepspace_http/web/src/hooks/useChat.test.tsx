import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { useDrafts } from '@/stores/drafts';
import { useStreams } from '@/stores/streams';
import { refusal } from '@/testing/render';
import { useChat } from './useChat';

const MESSAGES = '/api/v1/conversations/c/messages';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const ALONE = { count: 1, nth: 1, previous_id: null, next_id: null };

function message(id: string, role: string, content: string, more: object = {}): object {
  return {
    id,
    role,
    content,
    conversation_id: 'c',
    parent_id: null,
    state: 'done',
    reasoning: null,
    trace_id: TRACE,
    siblings: ALONE,
    answer: null,
    ...more,
  };
}

const QUESTION = message('q', 'user', 'Why?', { trace_id: 'other' });
const RUNNING = message('a', 'assistant', 'Be', { parent_id: 'q', state: 'running', last_event_id: 2, answer: {} });
const WHOLE = message('a', 'assistant', 'Because.', { parent_id: 'q', answer: { ending: 'completed' } });

function word(id: number, content: string): string {
  return `id: ${id}\ndata: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
}

/** A gateway whose answers may change; what was asked of it. */
function gateway(answers: Record<string, () => Response>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    const key = `${request.method} ${new URL(request.url).pathname}`;
    asked.push(key);
    return answers[key]?.() ?? refusal(404, 'not_found', 'nothing here');
  });
  return asked;
}

function page(...newestFirst: object[]): Response {
  return Response.json({ data: newestFirst, next_cursor: null });
}

function open() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(() => useChat('c'), { wrapper });
}

beforeEach(() => {
  useStreams.setState({ live: {} });
  useDrafts.setState({ texts: {}, files: {} });
});

it('goes on with a running answer after a reload, to what is stored of it', async () => {
  let isOver = false;
  const asked = gateway({
    [`GET ${MESSAGES}`]: () => page(isOver ? WHOLE : RUNNING, QUESTION),
    [`GET ${MESSAGES}/a/events`]: () => {
      isOver = true;
      return new Response(
        `${word(3, 'cause.')}id: 4\nevent: message.completed\ndata: ${JSON.stringify(WHOLE)}\n\nid: 5\ndata: [DONE]\n\n`,
      );
    },
  });
  const { result } = open();
  await waitFor(() => expect(result.current.messages.at(-1)?.content).toBe('Because.'));
  await waitFor(() => expect(result.current.isRunning).toBe(false));
  expect(asked.filter((one) => one.endsWith('/events'))).toHaveLength(1);
  expect(result.current.messages.map((one) => one.phase)).toEqual([null, null]);
});

it('shows a question at once, before the gateway has said anything', async () => {
  gateway({ [`GET ${MESSAGES}`]: () => page(WHOLE, QUESTION), [`POST ${MESSAGES}`]: () => new Response('') });
  const { result } = open();
  await waitFor(() => expect(result.current.messages).toHaveLength(2));
  let sent: Promise<boolean> | null = null;
  act(() => {
    sent = result.current.send('c', 'And?', []);
  });
  expect(result.current.messages.slice(2).map((one) => [one.role, one.content])).toEqual([
    ['user', 'And?'],
    ['assistant', ''],
  ]);
  await act(async () => {
    await sent;
  });
});

it('gives text and files back when the question was refused and not stored', async () => {
  gateway({
    [`GET ${MESSAGES}`]: () => page(),
    [`POST ${MESSAGES}`]: () => refusal(409, 'conversation_full', 'begin another'),
  });
  const { result } = open();
  await waitFor(() => expect(result.current.query.isSuccess).toBe(true));
  const file = { fileId: 'file_1', name: 'a.csv', projectId: 'proj_1' };
  expect(await act(() => result.current.send('c', 'Hello', [file]))).toBe(false);
  expect(useDrafts.getState().files.c).toEqual([file]);
  expect(result.current.fault).toMatchObject({ code: 'conversation_full', traceId: TRACE });
  expect(useDrafts.getState().texts.c).toBe('Hello');
  act(() => result.current.forgetFault());
  expect(result.current.fault).toBeNull();
});

it('leaves a refusal to the list where the question was stored with it', async () => {
  let isAsked = false;
  const failed = message('a', 'assistant', '', { parent_id: 'q', answer: { error: { code: 'insufficient_quota' } } });
  gateway({
    [`GET ${MESSAGES}`]: () => (isAsked ? page(failed, QUESTION) : page()),
    [`POST ${MESSAGES}`]: () => {
      isAsked = true;
      return refusal(402, 'insufficient_quota', 'too poor');
    },
  });
  const { result } = open();
  await waitFor(() => expect(result.current.query.isSuccess).toBe(true));
  expect(await act(() => result.current.send('c', 'Why?', []))).toBe(true);
  expect(result.current.fault).toBeNull();
  expect(result.current.messages.at(-1)?.stored?.answer?.error?.code).toBe('insufficient_quota');
  expect(useDrafts.getState().texts.c).toBeUndefined();
});

it('stops the answer that is being written, and shows another branch', async () => {
  const asked = gateway({
    [`GET ${MESSAGES}`]: () => page(RUNNING, QUESTION),
    [`GET ${MESSAGES}/a/events`]: () => new Response(new ReadableStream()),
    [`POST ${MESSAGES}/a/stop`]: () => Response.json(RUNNING),
    'PUT /api/v1/conversations/c/branch': () => Response.json({ id: 'c' }),
  });
  const { result } = open();
  await waitFor(() => expect(result.current.isRunning).toBe(true));
  await act(() => result.current.stop());
  await act(() => result.current.show('other'));
  expect(asked).toContain(`POST ${MESSAGES}/a/stop`);
  expect(asked).toContain('PUT /api/v1/conversations/c/branch');
});
