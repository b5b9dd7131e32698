/**
 * Follows an answer: from the request that asks for it, or from where one left off, to its end.
 *
 * The server writes the answer whoever listens, so a broken connection is no error: it is opened again, behind the last
 * event that was heard, for as long as there is an answer to follow. What comes is put into the store a few times a
 * second and not word by word, which is as fast as anybody reads.
 */
import { useCallback } from 'react';
import { apiFetch } from '@/api/client';
import { ApiError, NetworkError } from '@/api/errors';
import type { MessageBody } from '@/api/schema';
import { BEGUN, type LiveAnswer, useStreams } from '@/stores/streams';
import { type ChatEvent, readEvents } from './chatEvents';

const SHOW_EVERY_MS = 60;
const RETRIES_MAX = 30;
const RETRY_FIRST_MS = 500;
const RETRY_LONGEST_MS = 15_000;

/** How a following ended: with the stored answer, by its user's word (the cost comes later), refused, or given up. */
export type Ending = { completed: MessageBody } | { stopped: true } | { fault: unknown };

export interface Asking {
  /** Below `/api/v1/conversations/{id}/messages`. */
  path: string;
  body: Record<string, unknown>;
  question: string | null;
  parentId: string | null;
}

export interface ChatStream {
  ask: (conversationId: string, asking: Asking) => Promise<Ending>;
  resume: (conversationId: string, running: MessageBody) => Promise<Ending>;
}

export function useChatStream(onStarted: (conversationId: string) => void): ChatStream {
  const ask = useCallback(
    (conversationId: string, { path, body, question, parentId }: Asking) => {
      useStreams.getState().begin(conversationId, { ...BEGUN, question, parentId });
      const open = () => post(messagesPath(conversationId) + path, body);
      return follow(conversationId, open, onStarted);
    },
    [onStarted],
  );
  const resume = useCallback(
    (conversationId: string, running: MessageBody) => {
      const { id: answerId, content, reasoning, last_event_id } = running;
      useStreams.getState().begin(conversationId, {
        ...BEGUN,
        phase: content ? 'writing' : 'waiting',
        parentId: running.parent_id,
        answerId,
        content,
        reasoning: reasoning ?? '',
        lastEventId: last_event_id ?? 0,
      });
      return follow(conversationId, () => again(conversationId), onStarted);
    },
    [onStarted],
  );
  return { ask, resume };
}

async function follow(
  conversationId: string,
  open: () => Promise<Response>,
  onStarted: (conversationId: string) => void,
): Promise<Ending> {
  const heard = new Hearing(conversationId, onStarted);
  let failures = 0;
  for (let connect = open; ; connect = () => again(conversationId)) {
    const before = heard.lastEventId;
    const fault = await listened(heard, connect);
    if (heard.completed) return heard.ended({ completed: heard.completed });
    if (heard.isStopped) return heard.ended({ stopped: true });
    failures = heard.lastEventId > before ? 0 : failures + 1;
    if (isFinal(fault, heard) || failures > RETRIES_MAX) return heard.failed(fault);
    heard.reconnect();
    await pause(Math.min(RETRY_FIRST_MS * 2 ** failures, RETRY_LONGEST_MS));
  }
}

/** One connection, to its end; why it ended before the answer did. */
async function listened(heard: Hearing, connect: () => Promise<Response>): Promise<unknown> {
  try {
    const response = await connect();
    if (response.body) await heard.all(response.body);
    return new NetworkError('the stream ended before the answer did');
  } catch (fault) {
    return fault;
  }
}

/** A refusal stays one; a network that is away, or a gateway that is busy, comes back: if there is an answer at all. */
function isFinal(fault: unknown, heard: Hearing): boolean {
  if (!heard.answerId) return true;
  return fault instanceof ApiError && fault.status < 500 && fault.status !== 429;
}

/** What one following has heard, on its way into the store. */
class Hearing {
  completed: MessageBody | null = null;
  isStopped = false;
  private now: LiveAnswer;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly conversationId: string,
    private readonly onStarted: (conversationId: string) => void,
  ) {
    this.now = useStreams.getState().live[conversationId] ?? BEGUN;
  }

  get answerId(): string | null {
    return this.now.answerId;
  }

  get lastEventId(): number {
    return this.now.lastEventId;
  }

  async all(body: ReadableStream<Uint8Array>): Promise<void> {
    for await (const { id, event } of readEvents(body)) {
      if (id !== null && id <= this.now.lastEventId && event.kind !== 'snapshot') continue;
      this.take(event);
      if (id !== null) this.change({ lastEventId: id });
      if (event.kind === 'done' || this.isStopped) return;
    }
  }

  reconnect(): void {
    this.change({ phase: 'reconnecting' });
    this.show();
  }

  ended(ending: Ending): Ending {
    this.show();
    return ending;
  }

  failed(fault: unknown): Ending {
    this.change({ phase: 'failed', fault });
    this.show();
    return { fault };
  }

  private take(event: ChatEvent): void {
    switch (event.kind) {
      case 'started':
        this.change({ answerId: event.answerId });
        this.show();
        this.onStarted(this.conversationId);
        break;
      case 'piece':
        this.add(event.content, event.reasoning);
        break;
      case 'snapshot':
        this.change({ content: event.content, reasoning: event.reasoning, phase: 'writing' });
        break;
      case 'stopped':
        // No more words: what is still to come is the cost, and the list of messages will have it.
        this.isStopped = true;
        this.change({ phase: 'stopped' });
        break;
      case 'completed':
        this.completed = event.message;
        this.change({ content: event.message.content, reasoning: event.message.reasoning ?? '' });
        break;
    }
  }

  private add(content: string, reasoning: string): void {
    if (!content && !reasoning) return;
    this.change({ content: this.now.content + content, reasoning: this.now.reasoning + reasoning, phase: 'writing' });
  }

  private change(changes: Partial<LiveAnswer>): void {
    this.now = { ...this.now, ...changes };
    this.timer ??= setTimeout(() => this.show(), SHOW_EVERY_MS);
  }

  private show(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    useStreams.getState().change(this.conversationId, this.now);
  }
}

function messagesPath(conversationId: string): string {
  return `/api/v1/conversations/${conversationId}/messages`;
}

function post(path: string, body: Record<string, unknown>): Promise<Response> {
  return apiFetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, stream: true }),
  });
}

/** The rest of the events, behind the last that was heard. */
function again(conversationId: string): Promise<Response> {
  const now = useStreams.getState().live[conversationId];
  if (!now?.answerId) throw new TypeError('there is no answer to follow');
  const headers: HeadersInit = now.lastEventId ? { 'last-event-id': String(now.lastEventId) } : {};
  return apiFetch(`${messagesPath(conversationId)}/${now.answerId}/events`, { headers });
}

/** So long, or until the network is back, whichever is later while it is away. */
async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  if (navigator.onLine) return;
  await new Promise((resolve) => window.addEventListener('online', resolve, { once: true }));
}
