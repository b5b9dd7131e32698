/** Channels: the upstreams that calls may be sent to. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '../client';
import type { AddChannelBody, EditChannelBody } from '../schema';
import { because } from './adminLists';

const CHANNEL = '/api/v1/admin/channels/{channel_name}';
export const channelsKey = ['channels'];
const REFRESH_MS = 30_000;

export function useChannels() {
  return useQuery({
    queryKey: channelsKey,
    queryFn: () => unwrap(api.GET('/api/v1/admin/channels')),
    refetchInterval: REFRESH_MS,
  });
}

export function useChannel(name: string) {
  return useQuery({
    queryKey: [...channelsKey, name],
    queryFn: () => unwrap(api.GET(CHANNEL, { params: { path: { channel_name: name } } })),
  });
}

export function useBreakers() {
  return useQuery({
    queryKey: [...channelsKey, 'breakers', 'all'],
    queryFn: () => unwrap(api.GET('/api/v1/admin/channels/breakers')),
    refetchInterval: REFRESH_MS,
  });
}

export function useCheckedHours(name: string, period: { from: string; to: string }) {
  return useQuery({
    queryKey: [...channelsKey, name, 'checks', period],
    placeholderData: keepPreviousData,
    queryFn: () => unwrap(api.GET(`${CHANNEL}/checks`, { params: { path: { channel_name: name }, query: period } })),
  });
}

export function useMargins(period: { from: string; to: string }) {
  return useQuery({
    queryKey: [...channelsKey, 'margins', period],
    placeholderData: keepPreviousData,
    queryFn: () => unwrap(api.GET('/api/v1/admin/channels/margins', { params: { query: period } })),
  });
}

export function useChannelSteps(name: string) {
  const cache = useQueryClient();
  const path = { channel_name: name };
  const onSuccess = () => cache.invalidateQueries({ queryKey: channelsKey });
  return {
    edit: useMutation({
      mutationFn: ({ reason = '', ...body }: EditChannelBody & { reason?: string }) =>
        unwrap(api.PATCH(CHANNEL, { params: { path, query: because(reason) }, body })),
      onSuccess,
    }),
    test: useMutation({ mutationFn: () => unwrap(api.POST(`${CHANNEL}/test`, { params: { path } })) }),
    remove: useMutation({
      mutationFn: (reason: string) => unwrap(api.DELETE(CHANNEL, { params: { path, query: because(reason) } })),
      // Its own page is still there for a moment, and must not ask for what is gone.
      onSuccess: () => cache.invalidateQueries({ queryKey: channelsKey, exact: true }),
    }),
  };
}

export function useAddChannel() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: AddChannelBody) => unwrap(api.POST('/api/v1/admin/channels', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: channelsKey }),
  });
}
