/** Keys for programs, and the limits that they have. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import { everyRow } from '../everyRow';
import type { ApiKeyBody, CreateApiKeyBody, SetIpRuleBody, UpdateApiKeyBody } from '../schema';

export const API_KEYS = ['api-keys'];
const ADDRESSES = ['ip-rules', 'choices'];
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

export function useUpdateApiKey() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ keyId, body }: { keyId: string; body: UpdateApiKeyBody }) =>
      unwrap(api.PUT('/api/v1/keys/{api_key_id}', { params: { path: { api_key_id: keyId } }, body })),
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

/** Limits of one key. */
export function useKeyLimits(keyId: string, enabled: boolean) {
  return useQuery({
    queryKey: ['limits', 'choices'],
    queryFn: () => everyRow((query) => unwrap(api.GET('/api/v1/policy/limits', { params: { query } }))),
    select: (limits) => limits.filter((limit) => limit.scope === 'key' && limit.scope_id === keyId),
    enabled,
  });
}

/** From where one key may be used. */
export function useKeyAddresses(keyId: string, enabled: boolean) {
  return useQuery({
    queryKey: ADDRESSES,
    queryFn: () => everyRow((query) => unwrap(api.GET('/api/v1/policy/ip-rules', { params: { query } }))),
    select: (rules) => rules.filter((rule) => rule.scope === 'key' && rule.scope_id === keyId),
    enabled,
  });
}

export function useAddKeyAddress() {
  return useAddressChange((body: SetIpRuleBody) => unwrap(api.POST('/api/v1/policy/ip-rules', { body })));
}

export function useRemoveKeyAddress() {
  return useAddressChange((ruleId: string) =>
    unwrap(api.DELETE('/api/v1/policy/ip-rules/{rule_id}', { params: { path: { rule_id: ruleId } } })),
  );
}

function useAddressChange<Input>(change: (input: Input) => Promise<unknown>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries({ queryKey: ADDRESSES }) });
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
