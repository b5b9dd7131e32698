/** Keys for programs, and the limits that they have. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import type { ApiKeyBody, CreateApiKeyBody } from '../schema';

export const API_KEYS = ['api-keys'];
const CHOICES_MAX = 200;

export function loadApiKeys(query: PageQuery, filters: FilterValues) {
  const { project_id, state } = filters;
  return unwrap(
    api.GET('/api/v1/keys', {
      params: { query: { ...query, ...(project_id && { project_id }), with_revoked: state === 'all' } },
    }),
  );
}

/** For naming keys in charts and choosing one in a filter; members see their own. */
export function useApiKeyNames(enabled = true) {
  return useQuery({
    queryKey: [...API_KEYS, 'names'],
    queryFn: async (): Promise<ApiKeyBody[]> =>
      (await unwrap(api.GET('/api/v1/keys', { params: { query: { limit: CHOICES_MAX, with_revoked: true } } }))).data,
    enabled,
  });
}

export function useCreateApiKey() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: CreateApiKeyBody) => unwrap(api.POST('/api/v1/keys', { body })),
    onSuccess: refresh,
  });
}

export function useRotateApiKey() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ keyId, overlapSeconds }: { keyId: string; overlapSeconds: number }) =>
      unwrap(
        api.POST('/api/v1/keys/{api_key_id}/rotate', {
          params: { path: { api_key_id: keyId } },
          body: { overlap_seconds: overlapSeconds },
        }),
      ),
    onSuccess: refresh,
  });
}

export function useRevokeApiKey() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (keyId: string) =>
      unwrap(api.DELETE('/api/v1/keys/{api_key_id}', { params: { path: { api_key_id: keyId } } })),
    onSuccess: refresh,
  });
}

/** Limits of one key; only who may set limits may see them. */
export function useKeyLimits(keyId: string, enabled: boolean) {
  return useQuery({
    queryKey: ['limits', 'choices'],
    queryFn: async () =>
      (await unwrap(api.GET('/api/v1/policy/limits', { params: { query: { limit: CHOICES_MAX } } }))).data,
    select: (limits) => limits.filter((limit) => limit.scope === 'key' && limit.scope_id === keyId),
    enabled,
  });
}

export function useModels() {
  return useQuery({
    queryKey: ['models', 'choices'],
    queryFn: async () => (await unwrap(api.GET('/api/v1/models', { params: { query: { limit: CHOICES_MAX } } }))).data,
  });
}

function useRefresh(): () => Promise<unknown> {
  const cache = useQueryClient();
  return () =>
    Promise.all([cache.invalidateQueries({ queryKey: API_KEYS }), cache.invalidateQueries({ queryKey: ['limits'] })]);
}
