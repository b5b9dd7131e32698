/** A person's own: profile, password, and the devices that are logged in. */
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { noteEnding } from '@/shell/ending';
import { api, unwrap } from '../client';
import type { ChangePasswordBody, ProfileBody, UpdateProfileBody } from '../schema';
import { forgetPerson, meQuery } from './me';

const SESSIONS_MAX = 200;
const sessionsKey = ['me', 'sessions'];

export function useSessions() {
  return useQuery({
    queryKey: sessionsKey,
    queryFn: async () =>
      (await unwrap(api.GET('/api/v1/auth/sessions', { params: { query: { limit: SESSIONS_MAX } } }))).data,
  });
}

export function useEndSession() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) =>
      unwrap(api.DELETE('/api/v1/auth/sessions/{session_id}', { params: { path: { session_id: sessionId } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: sessionsKey }),
  });
}

export function useEndOtherSessions() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/auth/sessions/revoke-others')),
    onSuccess: () => cache.invalidateQueries({ queryKey: sessionsKey }),
  });
}

/** Ends this session, too: the page becomes a visitor's. */
export function useSignOutEverywhere() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/auth/sessions/revoke-all')),
    onSuccess: () => {
      noteEnding('signedOut');
      forgetPerson(cache);
    },
  });
}

export function useUpdateProfile() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: UpdateProfileBody) => unwrap(api.PATCH('/api/v1/me', { body })),
    onSuccess: (user) => {
      cache.setQueryData(meQuery.queryKey, (me: ProfileBody | null | undefined) => (me ? { ...me, user } : me));
    },
  });
}

export function useChangePassword() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: ChangePasswordBody) => unwrap(api.POST('/api/v1/auth/password', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: sessionsKey }),
  });
}

export const registrationQuery = queryOptions({
  queryKey: ['registration'],
  queryFn: () => unwrap(api.GET('/api/v1/auth/registration')),
  staleTime: Number.POSITIVE_INFINITY,
});

export function useRegistration() {
  return useQuery(registrationQuery);
}
