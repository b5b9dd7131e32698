/** What was typed and not sent yet, by conversation: kept across reloads, on this device. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

/** The draft of a conversation that has not begun. */
export const NEW = 'new';
const DRAFTS_MAX = 50;

interface Drafts {
  texts: Record<string, string>;
  write: (conversationId: string, text: string) => void;
}

export const useDrafts = create<Drafts>()(
  persist(
    (set) => ({
      texts: {},
      write: (conversationId, text) =>
        set(({ texts }) => {
          const { [conversationId]: _, ...others } = texts;
          const kept = Object.entries(others).slice(0, DRAFTS_MAX - 1);
          return { texts: text ? { [conversationId]: text, ...Object.fromEntries(kept) } : others };
        }),
    }),
    { name: 'deepspace.drafts' },
  ),
);
