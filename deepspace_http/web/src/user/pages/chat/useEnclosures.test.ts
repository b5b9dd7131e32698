import { act, renderHook, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import * as chat from '@/api/queries/chat';
import { useEnclosures } from './useEnclosures';

const FILE = new File(['x'], 'a.csv');

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
  const hook = renderHook(() => useEnclosures(onFault));
  act(() => hook.result.current.add('proj_1', [FILE]));
  return { ...hook, uploads, onFault };
}

it('shows each step of an upload, and has the file at its end', async () => {
  const { result, uploads } = show();
  expect(result.current.fileIds).toBeNull();
  act(() => uploads[0]?.onProgress(40));
  expect(result.current.enclosures[0]?.percent).toBe(40);
  act(() => uploads[0]?.end('file_1'));
  await waitFor(() => expect(result.current.fileIds).toEqual(['file_1']));
});

it('ends an upload whose file is taken out again, and tells of no fault', async () => {
  const { result, uploads, onFault } = show();
  act(() => result.current.remove(result.current.enclosures[0]?.key ?? ''));
  expect(uploads[0]?.signal.aborted).toBe(true);
  await waitFor(() => expect(result.current.fileIds).toEqual([]));
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
