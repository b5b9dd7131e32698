import { act, renderHook, waitFor } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import * as chat from '@/api/queries/chat';
import { useDrafts } from '@/stores/drafts';
import { ENCLOSURES_MAX, useEnclosures } from './useEnclosures';

const FILE = new File(['x'], 'a.csv');
const STORED = { fileId: 'file_1', name: 'a.csv', projectId: 'proj_1' };

beforeEach(() => useDrafts.setState({ files: {} }));

type Upload = Parameters<typeof chat.uploadFile>[2] & { end: (id: string) => void; fail: (fault: unknown) => void };

function show() {
  const uploads: Upload[] = [];
  vi.spyOn(chat, 'uploadFile').mockImplementation(
    (_project, _file, uploading) =>
      new Promise((resolve, reject) => {
        uploads.push({ ...uploading, end: (id) => resolve({ id } as never), fail: reject });
        uploading.signal.addEventListener('abort', () => reject(uploading.signal.reason));
      }),
  );
  const onFault = vi.fn();
  const hook = renderHook(() => useEnclosures({ draftId: 'new', projectId: 'proj_1', onFault }));
  act(() => hook.result.current.add([FILE]));
  return { ...hook, uploads, onFault };
}

it('shows each step of an upload, and has the file at its end', async () => {
  const { result, uploads } = show();
  expect(result.current.files).toBeNull();
  act(() => uploads[0]?.onProgress(40));
  expect(result.current.enclosures[0]?.percent).toBe(40);
  act(() => uploads[0]?.end('file_1'));
  await waitFor(() => expect(result.current.files).toEqual([STORED]));
});

it('ends an upload whose file is taken out again, and tells of no fault', async () => {
  const { result, uploads, onFault } = show();
  act(() => result.current.remove(result.current.enclosures[0]?.key ?? ''));
  expect(uploads[0]?.signal.aborted).toBe(true);
  await waitFor(() => expect(result.current.files).toEqual([]));
  expect(onFault).not.toHaveBeenCalled();
});

it('ends what is under way when its page is left', () => {
  const { uploads, unmount } = show();
  unmount();
  expect(uploads[0]?.signal.aborted).toBe(true);
});

it('tells of an upload that failed', async () => {
  const { result, uploads, onFault } = show();
  act(() => uploads[0]?.fail('fault'));
  await waitFor(() => expect(result.current.enclosures[0]?.hasFailed).toBe(true));
  expect(onFault).toHaveBeenCalledWith('fault');
});

it('keeps what is uploaded with the draft, and shows it where it can be sent', async () => {
  const { uploads, unmount, onFault } = show();
  act(() => uploads[0]?.end('file_1'));
  await waitFor(() => expect(useDrafts.getState().files.new).toEqual([STORED]));
  unmount();
  const given = { draftId: 'new', onFault };
  const elsewhere = renderHook(() => useEnclosures({ ...given, projectId: 'proj_2' }));
  expect(elsewhere.result.current.files).toEqual([]);
  const { result } = renderHook(() => useEnclosures({ ...given, projectId: 'proj_1' }));
  expect(result.current.enclosures.map((one) => one.name)).toEqual(['a.csv']);
  act(() => result.current.remove('file_1'));
  expect(useDrafts.getState().files.new).toBeUndefined();
});

it('takes no more files than a message may have', () => {
  const { result, uploads } = show();
  act(() => result.current.add(Array.from({ length: ENCLOSURES_MAX }, () => FILE)));
  expect(uploads).toHaveLength(ENCLOSURES_MAX);
});

it('keeps a file that was given before it was known where it goes', () => {
  const { uploads, onFault } = show();
  const given = (projectId?: string) => ({ draftId: 'new', projectId, onFault });
  const { result, rerender } = renderHook(useEnclosures, { initialProps: given() });
  act(() => result.current.add([FILE]));
  expect([uploads.length, result.current.files]).toEqual([1, null]);
  rerender(given('proj_1'));
  expect(uploads).toHaveLength(2);
  expect(result.current.enclosures.map((one) => one.name)).toEqual(['a.csv']);
});
