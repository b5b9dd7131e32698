import { MutationObserver, onlineManager } from '@tanstack/react-query';
import { afterEach, expect, it } from 'vitest';
import { makeQueryClient } from './queryClient';

afterEach(() => onlineManager.setOnline(true));

it('tries what somebody does while the network is away, so that it can be told to have failed', async () => {
  onlineManager.setOnline(false);
  const send = new MutationObserver(makeQueryClient(), {
    mutationFn: () => Promise.reject(new Error('no network')),
  });
  await expect(send.mutate()).rejects.toThrow('no network');
});
