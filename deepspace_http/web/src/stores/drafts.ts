/** What was typed and not sent yet, and the files to go with it, by conversation: kept across reloads, on this device. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

/** The draft of a conversation that has not begun. */
export const NEW = 'new';
const DRAFTS_MAX = 50;

/** A file that is uploaded already, into the project that it can be sent in. */
export interface DraftFile {
  fileId: string;
  name: string;
  projectId: string;
}

interface Drafts {
  texts: Record<string, string>;
  files: Record<string, DraftFile[]>;
  write: (conversationId: string, text: string) => void;
  enclose: (conversationId: string, files: DraftFile[]) => void;
}

export const useDrafts = create<Drafts>()(
  persist(
    (set) => ({
      texts: {},
      files: {},
      write: (conversationId, text) =>
        set(({ texts }) => ({ texts: latestFirst(texts, conversationId, text || null) })),
      enclose: (conversationId, files) =>
        set((all) => ({ files: latestFirst(all.files, conversationId, files.length > 0 ? files : null) })),
    }),
    { name: 'deepspace.drafts' },
  ),
);

function latestFirst<Value>(
  all: Record<string, Value>,
  conversationId: string,
  value: Value | null,
): Record<string, Value> {
  const { [conversationId]: _, ...others } = all;
  if (value === null) return others;
  return { [conversationId]: value, ...Object.fromEntries(Object.entries(others).slice(0, DRAFTS_MAX - 1)) };
}
