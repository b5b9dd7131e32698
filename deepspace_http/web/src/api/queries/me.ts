/** Who is logged in, and the ways in and out. */
import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '../client';
import { ApiError } from '../errors';
import type { LogInBody, ProfileBody, RegisterBody } from '../schema';

/** The profile, or null for a visitor who has not logged in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<ProfileBody | null> => {
    try {
      return await unwrap(api.GET('/api/v1/me'));
    } catch (fault) {
      if (fault instanceof ApiError && fault.status === 401) return null;
      throw fault;
    }
  },
  staleTime: 60_000,
});

export function useMe() {
  return useQuery(meQuery);
}

export function useLogIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: Omit<LogInBody, 'delivery'>) =>
      unwrap(api.POST('/api/v1/auth/login', { body: { ...body, delivery: 'cookie' } })),
    onSuccess: () => cache.resetQueries(),
  });
}

export function useRegister() {
  return useMutation({ mutationFn: (body: RegisterBody) => unwrap(api.POST('/api/v1/auth/register', { body })) });
}

/** Makes the page a visitor's. Who watches the profile learns of it; all else that was answered to the person goes. */
export function forgetPerson(cache: QueryClient): void {
  cache.setQueryData(meQuery.queryKey, null);
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey.length > 1 || queryKey[0] !== 'me' });
}

export function useLogOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/auth/logout')),
    onSettled: () => {
      forgetPerson(cache);
    },
  });
}
