/** Files on their way to a message: uploaded into the conversation's project as soon as they are given. */
import { useCallback, useState } from 'react';
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
}

let counted = 0;

export function useEnclosures(onFault: (fault: unknown) => void): Enclosures {
  const [enclosures, setEnclosures] = useState<Enclosure[]>([]);
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
        uploadFile(projectId, file, (percent) => change(key, { percent })).then(
          (stored) => change(key, { fileId: stored.id, percent: 100 }),
          (fault) => {
            change(key, { hasFailed: true });
            onFault(fault);
          },
        );
      }
    },
    [change, onFault],
  );
  const remove = useCallback((key: string) => setEnclosures((all) => all.filter((one) => one.key !== key)), []);
  const clear = useCallback(() => setEnclosures([]), []);
  const given = enclosures.filter((one) => !one.hasFailed);
  const isWhole = given.every((one) => one.fileId !== null);
  return {
    enclosures,
    fileIds: isWhole ? given.flatMap((one) => one.fileId ?? []) : null,
    add,
    remove,
    clear,
  };
}
