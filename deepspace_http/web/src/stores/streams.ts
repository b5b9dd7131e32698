/** The answers that this page is being told of just now, by conversation. They outlive the component that began them. */
import { create } from 'zustand';

export type Phase = 'waiting' | 'writing' | 'stopped' | 'reconnecting' | 'failed';

/** One answer under way, as far as this page has heard of it. */
export interface LiveAnswer {
  phase: Phase;
  /** What was asked, until the server has it in its list; null where an answer is asked for anew. */
  question: string | null;
  /** The message that the question, or the answer, follows: what stands behind it is not shown meanwhile. */
  parentId: string | null;
  answerId: string | null;
  content: string;
  reasoning: string;
  lastEventId: number;
  fault: unknown;
}

interface Streams {
  live: Record<string, LiveAnswer>;
  begin: (conversationId: string, answer: LiveAnswer) => void;
  change: (conversationId: string, changes: Partial<LiveAnswer>) => void;
  end: (conversationId: string) => void;
}

export const BEGUN: LiveAnswer = {
  phase: 'waiting',
  question: null,
  parentId: null,
  answerId: null,
  content: '',
  reasoning: '',
  lastEventId: 0,
  fault: null,
};

export const useStreams = create<Streams>()((set) => ({
  live: {},
  begin: (id, answer) => set(({ live }) => ({ live: { ...live, [id]: answer } })),
  change: (id, changes) =>
    set(({ live }) => {
      const now = live[id];
      return now ? { live: { ...live, [id]: { ...now, ...changes } } } : {};
    }),
  end: (id) => set(({ live: { [id]: _, ...rest } }) => ({ live: rest })),
}));
