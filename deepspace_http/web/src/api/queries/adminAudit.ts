/** Traces, requests and audited events of everybody, for administrators. */
import { useQuery } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import { asQuery } from './adminLists';

const AUDIT = ['admin', 'audit'] as const;
export const requestsKey = [...AUDIT, 'requests'] as const;
export const eventsKey = [...AUDIT, 'events'] as const;

export function loadRequests(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/audit/requests'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/audit/requests', { params: { query } }));
}

export function useRequestTotals(filters: FilterValues) {
  return useQuery({
    queryKey: [...requestsKey, 'totals', filters],
    queryFn: () => {
      const query = asQuery<'/api/v1/admin/audit/requests/totals'>(filters);
      return unwrap(api.GET('/api/v1/admin/audit/requests/totals', { params: { query } }));
    },
  });
}

export function loadEvents(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/audit/events'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/audit/events', { params: { query } }));
}

/** From what a customer has at hand to the traces that it stands in. */
export function useFoundTraces(name: string) {
  return useQuery({
    queryKey: [...AUDIT, 'find', name],
    queryFn: () =>
      unwrap(api.GET('/api/v1/admin/audit/find', { params: { query: { name } } })).then((found) => found.trace_ids),
    enabled: name !== '',
  });
}

export function useTraceStory(traceId: string) {
  return useQuery({
    queryKey: [...AUDIT, 'trace', traceId],
    queryFn: () =>
      unwrap(api.GET('/api/v1/admin/audit/traces/{trace_id}', { params: { path: { trace_id: traceId } } })),
  });
}
