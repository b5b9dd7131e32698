/**
 * Files on their way to a message: uploaded into the conversation's project as soon as they are given. One that is taken
 * out again, or left behind with its page, is not sent to its end; one that is uploaded belongs to the draft and is kept
 * with it.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { uploadFile } from '@/api/queries/chat';
import type { Enclosure } from '@/components/ai/PromptInput';
import { type DraftFile, useDrafts } from '@/stores/drafts';

export const ENCLOSURES_MAX = 10;

export interface Enclosures {
  enclosures: Enclosure[];
  /** What goes with the message, once all is uploaded; null until then. */
  files: DraftFile[] | null;
  add: (files: File[]) => void;
  remove: (key: string) => void;
  /** Forgets what failed; the draft's own files go with the draft. */
  clear: () => void;
}

interface Given {
  draftId: string;
  projectId: string | undefined;
  onFault: (fault: unknown) => void;
}

const NONE: DraftFile[] = [];
let counted = 0;

export function useEnclosures({ draftId, projectId, onFault }: Given): Enclosures {
  const drafted = useDrafts((drafts) => drafts.files[draftId]) ?? NONE;
  // A file of another project can't be sent here; it shows again with its project.
  const kept = drafted.filter((file) => file.projectId === projectId);
  const [coming, setComing] = useState<Enclosure[]>([]);
  // Given before it was known where they go.
  const [early, setEarly] = useState<File[]>([]);
  const running = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const uploads = running.current;
    return () => {
      for (const one of uploads.values()) one.abort();
    };
  }, []);
  const change = useCallback((key: string, changes: Partial<Enclosure>) => {
    setComing((all) => all.map((one) => (one.key === key ? { ...one, ...changes } : one)));
  }, []);
  const forget = useCallback((key: string) => setComing((all) => all.filter((one) => one.key !== key)), []);

  function add(given: File[]) {
    if (projectId === undefined) {
      setEarly((all) => [...all, ...given]);
      return;
    }
    const room = Math.max(0, ENCLOSURES_MAX - kept.length - coming.length);
    for (const file of given.slice(0, room)) {
      counted += 1;
      const key = `file-${counted}`;
      const name = file.name || 'pasted.png';
      setComing((all) => [...all, { key, name, percent: 0, hasFailed: false }]);
      const cancelling = new AbortController();
      running.current.set(key, cancelling);
      const { signal } = cancelling;
      uploadFile(projectId, file, { signal, onProgress: (percent) => change(key, { percent }) })
        .then(
          ({ id: fileId }) => {
            const { files, enclose } = useDrafts.getState();
            enclose(draftId, [...(files[draftId] ?? NONE), { fileId, name, projectId }]);
            forget(key);
          },
          (fault) => {
            if (signal.aborted) return;
            change(key, { hasFailed: true });
            onFault(fault);
          },
        )
        .finally(() => running.current.delete(key));
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the project is known
  useEffect(() => {
    if (projectId === undefined || early.length === 0) return;
    setEarly([]);
    add(early);
  }, [projectId]);

  function remove(key: string) {
    running.current.get(key)?.abort();
    forget(key);
    const { files, enclose } = useDrafts.getState();
    enclose(
      draftId,
      (files[draftId] ?? NONE).filter((file) => file.fileId !== key),
    );
  }

  return {
    enclosures: [...kept.map(uploaded), ...coming],
    files: early.length === 0 && coming.every((one) => one.hasFailed) ? kept : null,
    add,
    remove,
    clear: () => setComing([]),
  };
}

function uploaded({ fileId, name }: DraftFile): Enclosure {
  return { key: fileId, name, percent: 100, hasFailed: false };
}
