/** Keys, webhooks, jobs, schedules and retention of the installation, for administrators. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import type { ApiKeyBody, ChangeScheduleBody, OrgDeliveryBody, WebhookBody } from '../schema';
import { asQuery, because } from './adminLists';

const SYSTEM = ['admin', 'system'] as const;
export const keysKey = [...SYSTEM, 'keys'] as const;
export const webhooksKey = [...SYSTEM, 'webhooks'] as const;
export const deliveriesKey = [...SYSTEM, 'deliveries'] as const;
export const jobsKey = [...SYSTEM, 'jobs'] as const;
const schedulesKey = [...SYSTEM, 'schedules'] as const;

const CENSUS_MS = 10_000;

export function loadKeys(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/keys'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/keys', { params: { query } }));
}

export function useRevokeKey() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ key, reason }: { key: ApiKeyBody; reason: string }) =>
      unwrap(
        api.POST('/api/v1/admin/orgs/{org_id}/keys/{api_key_id}/revoke', {
          params: { path: { org_id: key.org_id, api_key_id: key.id } },
          body: { reason },
        }),
      ),
    onSuccess: () => cache.invalidateQueries({ queryKey: keysKey }),
  });
}

export function loadWebhooks(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/webhooks'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/webhooks', { params: { query } }));
}

export function loadDeliveries(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/webhooks/deliveries'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/webhooks/deliveries', { params: { query } }));
}

export function usePingWebhook() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ org_id, id }: WebhookBody) =>
      unwrap(
        api.POST('/api/v1/admin/orgs/{org_id}/webhooks/{webhook_id}/ping', {
          params: { path: { org_id, webhook_id: id } },
        }),
      ),
    onSuccess: () => cache.invalidateQueries({ queryKey: deliveriesKey }),
  });
}

export function useReplayDelivery() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ delivery: { org_id, webhook_id, id }, reason }: { delivery: OrgDeliveryBody; reason: string }) =>
      unwrap(
        api.POST('/api/v1/admin/orgs/{org_id}/webhooks/{webhook_id}/deliveries/{delivery_id}/replay', {
          params: { path: { org_id, webhook_id, delivery_id: id }, query: because(reason) },
        }),
      ),
    onSuccess: () => cache.invalidateQueries({ queryKey: deliveriesKey }),
  });
}

export function loadJobs(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/jobs'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/jobs', { params: { query } }));
}

export function useCensus() {
  return useQuery({
    queryKey: [...jobsKey, 'census'],
    queryFn: () => unwrap(api.GET('/api/v1/admin/jobs/census')),
    refetchInterval: CENSUS_MS,
  });
}

/** A step of a job, after which every list of jobs is read anew. */
function useJobStep<Input>(step: (input: Input) => Promise<unknown>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: step, onSuccess: () => cache.invalidateQueries({ queryKey: jobsKey }) });
}

interface JobAndReason {
  id: string;
  reason: string;
}

export function useCancelJob() {
  return useJobStep(({ id, reason }: JobAndReason) =>
    unwrap(
      api.POST('/api/v1/admin/jobs/{job_id}/cancel', { params: { path: { job_id: id }, query: because(reason) } }),
    ),
  );
}

export function useRetryJob() {
  return useJobStep(({ id, reason }: JobAndReason) =>
    unwrap(api.POST('/api/v1/admin/jobs/{job_id}/retry', { params: { path: { job_id: id }, query: because(reason) } })),
  );
}

/** All dead letters, or those of one name; a page of them at a time. */
export function useRetryDead() {
  return useJobStep(({ name, reason }: { name: string | null; reason: string }) =>
    unwrap(
      api.POST('/api/v1/admin/jobs/retry-dead', { params: { query: because(reason) }, body: name ? { name } : {} }),
    ),
  );
}

export function useSchedules() {
  return useQuery({
    queryKey: schedulesKey,
    queryFn: () => unwrap(api.GET('/api/v1/admin/schedules')).then(({ data }) => data),
  });
}

export function useChangeSchedule() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ name, body, reason }: { name: string; body: ChangeScheduleBody; reason: string }) =>
      unwrap(
        api.PATCH('/api/v1/admin/schedules/{schedule_name}', {
          params: { path: { schedule_name: name }, query: because(reason) },
          body,
        }),
      ),
    onSuccess: () => cache.invalidateQueries({ queryKey: schedulesKey }),
  });
}

export function useRunSchedule() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ name, reason }: { name: string; reason: string }) =>
      unwrap(
        api.POST('/api/v1/admin/schedules/{schedule_name}/run', {
          params: { path: { schedule_name: name }, query: because(reason) },
        }),
      ),
    onSuccess: () => cache.invalidateQueries({ queryKey: SYSTEM }),
  });
}

export function useRetention() {
  return useQuery({ queryKey: [...SYSTEM, 'retention'], queryFn: () => unwrap(api.GET('/api/v1/admin/retention')) });
}
