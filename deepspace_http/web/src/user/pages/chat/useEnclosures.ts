/**
 * Files on their way to a message: uploaded into the conversation's project as soon as they are given. One that is taken
 * out again, or left behind with its page, is not sent to its end.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { uploadFile } from '@/api/queries/chat';
import type { Enclosure } from '@/components/ai/PromptInput';

export const ENCLOSURES_MAX = 10;

export interface Enclosures {
  enclosures: Enclosure[];
  /** The files themselves, once all are uploaded; null until then. */
  fileIds: string[] | null;
  add: (projectId: string, files: File[]) => void;
  remove: (key: string) => void;
  clear: () => void;
  /** What a refused question had with it. */
  putBack: (enclosures: Enclosure[]) => void;
}

let counted = 0;

export function useEnclosures(onFault: (fault: unknown) => void): Enclosures {
  const [enclosures, setEnclosures] = useState<Enclosure[]>([]);
  const running = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const uploads = running.current;
    return () => {
      for (const one of uploads.values()) one.abort();
    };
  }, []);
  const change = useCallback((key: string, changes: Partial<Enclosure>) => {
    setEnclosures((all) => all.map((one) => (one.key === key ? { ...one, ...changes } : one)));
  }, []);
  const add = useCallback(
    (projectId: string, files: File[]) => {
      for (const file of files.slice(0, ENCLOSURES_MAX)) {
        counted += 1;
        const key = `file-${counted}`;
        const name = file.name || 'pasted.png';
        setEnclosures((all) =>
          [...all, { key, name, percent: 0, fileId: null, hasFailed: false }].slice(0, ENCLOSURES_MAX),
        );
        const cancelling = new AbortController();
        running.current.set(key, cancelling);
        const { signal } = cancelling;
        uploadFile(projectId, file, { signal, onProgress: (percent) => change(key, { percent }) })
          .then(
            (stored) => change(key, { fileId: stored.id, percent: 100 }),
            (fault) => {
              if (signal.aborted) return;
              change(key, { hasFailed: true });
              onFault(fault);
            },
          )
          .finally(() => running.current.delete(key));
      }
    },
    [change, onFault],
  );
  const remove = useCallback((key: string) => {
    running.current.get(key)?.abort();
    setEnclosures((all) => all.filter((one) => one.key !== key));
  }, []);
  const clear = useCallback(() => setEnclosures([]), []);
  const given = enclosures.filter((one) => !one.hasFailed);
  const isWhole = given.every((one) => one.fileId !== null);
  return {
    enclosures,
    fileIds: isWhole ? given.flatMap((one) => one.fileId ?? []) : null,
    add,
    remove,
    clear,
    putBack: setEnclosures,
  };
}
