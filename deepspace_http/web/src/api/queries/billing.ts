/** Money and what it went into: wallet, movements, budgets, statements, usage. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { languageTag } from '@/i18n/i18n';
import { api, apiFetch, unwrap } from '../client';
import type { Bucket, BudgetBody, Dimension, SetBudgetBody, TransactionType } from '../schema';

const HOLDS_MAX = 50;
const LIVE_MS = 5_000;

export const BALANCE = ['balance'];

export function useWallet() {
  return useQuery({ queryKey: [...BALANCE, 'wallet'], queryFn: () => unwrap(api.GET('/api/v1/wallet')) });
}

/** What open calls have set aside just now; looked at again every few seconds while somebody watches. */
export function useLiveHolds() {
  return useQuery({
    queryKey: [...BALANCE, 'holds'],
    queryFn: () =>
      unwrap(api.GET('/api/v1/wallet/holds', { params: { query: { limit: HOLDS_MAX, open_only: true } } })),
    refetchInterval: LIVE_MS,
  });
}

export function loadMovements(query: PageQuery, filters: FilterValues) {
  const { type, from, to, trace_id } = filters;
  return unwrap(
    api.GET('/api/v1/transactions', {
      params: {
        query: {
          ...query,
          ...(type && { type: [type as TransactionType] }),
          ...(from && { from }),
          ...(to && { to }),
          ...(trace_id && { trace_id }),
        },
      },
    }),
  );
}

export interface Span {
  from: string;
  to: string;
}

export interface UsageFilter {
  project_id?: string;
  api_key_id?: string;
  model?: string;
}

export function useUsageByPeriod(
  span: Span,
  timeZone: string,
  groupBy: Dimension,
  bucket: Bucket,
  filter: UsageFilter = {},
) {
  return useQuery({
    queryKey: ['usage', 'summary', span, timeZone, groupBy, bucket, filter],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/usage/summary', {
          params: { query: { ...span, ...filter, group_by: groupBy, bucket, time_zone: timeZone } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** What usage is made of, beside the equally long time before. */
export function useUsageBreakdown(span: Span, groupBy: Dimension, filter: UsageFilter = {}, enabled = true) {
  return useQuery({
    queryKey: ['usage', 'breakdown', span, groupBy, filter],
    queryFn: () =>
      unwrap(api.GET('/api/v1/usage/breakdown', { params: { query: { ...span, ...filter, group_by: groupBy } } })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useForecast(timeZone: string) {
  return useQuery({
    queryKey: ['usage', 'forecast', timeZone],
    queryFn: () => unwrap(api.GET('/api/v1/usage/forecast', { params: { query: { time_zone: timeZone } } })),
  });
}

export function useBudgets(enabled = true) {
  return useQuery({
    queryKey: [...BALANCE, 'budgets'],
    queryFn: async (): Promise<BudgetBody[]> => (await unwrap(api.GET('/api/v1/wallet/budgets'))).data,
    enabled,
  });
}

export function useSetBudget() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: SetBudgetBody) => unwrap(api.PUT('/api/v1/wallet/budgets', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: BALANCE }),
  });
}

export function useRemoveBudget() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ scope, scope_id, window }: BudgetBody) =>
      unwrap(api.DELETE('/api/v1/wallet/budgets', { params: { query: { scope, scope_id, window } } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: BALANCE }),
  });
}

export function useStatement(month: string, timeZone: string) {
  return useQuery({
    queryKey: [...BALANCE, 'statement', month, timeZone],
    queryFn: () => unwrap(api.GET('/api/v1/wallet/statement', { params: { query: { month, time_zone: timeZone } } })),
  });
}

/** Saves a month's statement. By fetch and not by a link, since a link can't say in which organization. */
export async function downloadStatement(month: string, timeZone: string, format: 'csv' | 'md'): Promise<void> {
  const query = new URLSearchParams({ month, time_zone: timeZone, language: languageTag() });
  const response = await apiFetch(`/api/v1/wallet/statement.${format}?${query}`);
  saveAs(await response.blob(), `statement-${month}.${format}`);
}

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), LIVE_MS);
}
