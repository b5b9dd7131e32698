/**
 * One conversation as its page needs it: what was said, what is being said, and everything that can be done with it.
 *
 * The server owns the messages. What this page is being told of an answer lies over them: at its place when the list has
 * it, behind its parent until then.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo } from 'react';
import { ApiError } from '@/api/errors';
import { showBranch, stopAnswer, useMessages } from '@/api/queries/chat';
import type { PlacedMessageBody } from '@/api/schema';
import { type DraftFile, useDrafts } from '@/stores/drafts';
import { type LiveAnswer, type Phase, useStreams } from '@/stores/streams';
import { type Asking, type Ending, useChatStream } from './useChatStream';

/** A message as it is shown; `phase` while words or the cost are still to come. */
export interface ShownMessage {
  key: string;
  /** Null until the server has stored it. */
  stored: PlacedMessageBody | null;
  role: 'user' | 'assistant';
  content: string;
  reasoning: string;
  phase: Phase | null;
}

export interface Chat {
  messages: ShownMessage[];
  /** An answer is being written: nothing else can be asked. */
  isRunning: boolean;
  /** What refused the last question before it was stored. */
  fault: unknown;
  query: ReturnType<typeof useMessages>;
  /** Whether the question is stored, whatever became of its answer. */
  send: (conversationId: string, text: string, files: DraftFile[]) => Promise<boolean>;
  edit: (message: PlacedMessageBody, text: string) => Promise<void>;
  regenerate: (message: PlacedMessageBody) => Promise<void>;
  stop: () => Promise<void>;
  show: (messageId: string) => Promise<void>;
  forgetFault: () => void;
}

export function useChat(id: string | null): Chat {
  const cache = useQueryClient();
  const query = useMessages(id);
  const live = useStreams((streams) => (id ? streams.live[id] : undefined));
  const refresh = useCallback(
    async (conversationId: string) => {
      await cache.invalidateQueries({ queryKey: ['messages', conversationId] });
      void cache.invalidateQueries({ queryKey: ['conversations'] });
      void cache.invalidateQueries({ queryKey: ['conversation', conversationId] });
    },
    [cache],
  );
  const stream = useChatStream(refresh);
  const end = useCallback(
    async (conversationId: string, ending: Ending, question: string | null, files: DraftFile[] = []) => {
      await refresh(conversationId);
      const isTaken = !('fault' in ending) || isStored(cache.getQueryData(['messages', conversationId]), ending.fault);
      if (isTaken) useStreams.getState().end(conversationId);
      else if (question) keepDraft(conversationId, question, files);
      return isTaken;
    },
    [cache, refresh],
  );
  const ask = useCallback(
    async (conversationId: string, asking: Asking, files: DraftFile[] = []) =>
      end(conversationId, await stream.ask(conversationId, asking), asking.question, files),
    [end, stream],
  );
  const stored = query.data ?? NOTHING;
  useResumed(id, stored, live, async (conversationId, running) =>
    end(conversationId, await stream.resume(conversationId, running), null),
  );
  const messages = useMemo(() => shown(stored, live), [stored, live]);
  return {
    messages,
    isRunning: live !== undefined && live.phase !== 'failed',
    fault: live?.phase === 'failed' ? live.fault : null,
    query,
    send: (conversationId, text, files) => {
      const parentId = conversationId === id ? (stored.at(-1)?.id ?? null) : null;
      const body = { content: text, attachments: files.map((file) => file.fileId) };
      return ask(conversationId, { path: '', body, question: text, parentId }, files);
    },
    edit: async (message, text) => {
      await ask(message.conversation_id, {
        path: `/${message.id}/edit`,
        body: { content: text },
        question: text,
        parentId: message.parent_id,
      });
    },
    regenerate: async (message) => {
      await ask(message.conversation_id, {
        path: `/${message.id}/regenerate`,
        body: {},
        question: null,
        parentId: message.role === 'user' ? message.id : message.parent_id,
      });
    },
    stop: async () => {
      if (id && live?.answerId) await stopAnswer(id, live.answerId);
    },
    show: async (messageId) => {
      if (!id) return;
      await showBranch(id, messageId);
      await refresh(id);
    },
    forgetFault: () => {
      if (id && live?.phase === 'failed') useStreams.getState().end(id);
    },
  };
}

const NOTHING: PlacedMessageBody[] = [];

/** A question that was refused is a draft again, with its files, wherever its page has gone meanwhile. */
function keepDraft(conversationId: string, text: string, files: DraftFile[]): void {
  const { write, enclose } = useDrafts.getState();
  write(conversationId, text);
  enclose(conversationId, files);
}

/** A page that is loaded in the middle of an answer goes on with it. */
function useResumed(
  id: string | null,
  stored: PlacedMessageBody[],
  live: LiveAnswer | undefined,
  resume: (conversationId: string, running: PlacedMessageBody) => Promise<unknown>,
): void {
  const last = stored.at(-1);
  const isOpen = last?.state === 'running' && !last.answer?.ending && last.conversation_id === id;
  const running = isOpen ? last : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each running answer that nobody follows here
  useEffect(() => {
    if (id && running && !live) void resume(id, running);
  }, [id, running?.id, live === undefined]);
}

/** Whether the refused request is in the list all the same: a question that no model answered. */
function isStored(data: unknown, fault: unknown): boolean {
  if (!(fault instanceof ApiError) || !fault.traceId) return false;
  const pages = (data as { pages?: { data: PlacedMessageBody[] }[] } | undefined)?.pages ?? [];
  return pages.some((page) => page.data.some((message) => message.trace_id === fault.traceId));
}

function shown(stored: PlacedMessageBody[], live: LiveAnswer | undefined): ShownMessage[] {
  const rows = stored.map((message) => asStored(message, live));
  if (!live || live.phase === 'failed' || stored.some((message) => message.id === live.answerId)) return rows;
  const at = live.parentId === null ? 0 : stored.findIndex((message) => message.id === live.parentId) + 1;
  return [...rows.slice(0, at), ...coming(live)];
}

function asStored(message: PlacedMessageBody, live: LiveAnswer | undefined): ShownMessage {
  const own = live?.answerId === message.id ? live : null;
  return {
    key: message.id,
    stored: message,
    role: message.role,
    content: own && own.content.length >= message.content.length ? own.content : message.content,
    reasoning: own?.reasoning || (message.reasoning ?? ''),
    phase: own && own.phase !== 'failed' && message.state === 'running' ? own.phase : phaseOf(message),
  };
}

function phaseOf(message: PlacedMessageBody): Phase | null {
  if (message.state === 'done') return null;
  return message.answer?.ending ? 'stopped' : 'writing';
}

/** What the list does not hold yet. */
function coming(live: LiveAnswer): ShownMessage[] {
  const question: ShownMessage[] =
    live.question === null
      ? []
      : [{ key: 'question', stored: null, role: 'user', content: live.question, reasoning: '', phase: null }];
  const { content, reasoning, phase } = live;
  return [...question, { key: live.answerId ?? 'answer', stored: null, role: 'assistant', content, reasoning, phase }];
}
