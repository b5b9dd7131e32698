/** Wallets, movements, usage and reconciliations of everybody, for administrators. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import type { AdjustBody, RefundBody, RunReconciliationBody, TopUpBody } from '../schema';
import { asQuery } from './adminLists';

const BILLING = ['admin', 'billing'] as const;
export const walletsKey = [...BILLING, 'wallets'] as const;
export const transactionsKey = [...BILLING, 'transactions'] as const;
export const usageKey = [...BILLING, 'usage'] as const;
export const reconciliationsKey = [...BILLING, 'reconciliations'] as const;

export function loadWallets(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/wallets'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/wallets', { params: { query } }));
}

export function useWalletTotals({ sort: _, ...filters }: FilterValues) {
  return useQuery({
    queryKey: [...walletsKey, 'totals', filters],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/admin/wallets/totals', {
          params: { query: asQuery<'/api/v1/admin/wallets/totals'>(filters) },
        }),
      ).then(({ totals }) => totals),
  });
}

export function useAnyWallet(orgId: string) {
  return useQuery({
    queryKey: [...walletsKey, 'one', orgId],
    queryFn: () => unwrap(api.GET('/api/v1/admin/wallets/{org_id}', { params: { path: { org_id: orgId } } })),
  });
}

export function loadHolds(orgId: string, page: PageQuery) {
  return unwrap(
    api.GET('/api/v1/admin/wallets/{org_id}/holds', { params: { path: { org_id: orgId }, query: { ...page } } }),
  );
}

export function loadTransactions(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/transactions'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/transactions', { params: { query } }));
}

export function useTransactionTotals(filters: FilterValues) {
  return useQuery({
    queryKey: [...transactionsKey, 'totals', filters],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/admin/transactions/totals', {
          params: { query: asQuery<'/api/v1/admin/transactions/totals'>(filters) },
        }),
      ).then(({ totals }) => totals),
  });
}

export function loadUsage(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/usage/records'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/usage/records', { params: { query } }));
}

export function useUsageTotals(filters: FilterValues) {
  return useQuery({
    queryKey: [...usageKey, 'totals', filters],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/admin/usage/totals', { params: { query: asQuery<'/api/v1/admin/usage/totals'>(filters) } }),
      ).then(({ totals }) => totals),
  });
}

/** What is asked of a wallet; its `ref` makes a second click, or a second try, the same as the first. */
export type WalletCommand =
  | { kind: 'topUp'; body: TopUpBody }
  | { kind: 'adjust'; body: AdjustBody }
  | { kind: 'refund'; body: RefundBody };

export function useWalletCommand(orgId: string) {
  const cache = useQueryClient();
  const params = { path: { org_id: orgId } };
  return useMutation({
    mutationFn: (command: WalletCommand) => {
      switch (command.kind) {
        case 'topUp':
          return unwrap(api.POST('/api/v1/admin/wallets/{org_id}/top-ups', { params, body: command.body }));
        case 'adjust':
          return unwrap(api.POST('/api/v1/admin/wallets/{org_id}/adjustments', { params, body: command.body }));
        case 'refund':
          return unwrap(api.POST('/api/v1/admin/wallets/{org_id}/refunds', { params, body: command.body }));
      }
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: BILLING }),
  });
}

/** What the nightly audit of the books said last; null before there was one. */
export interface BooksAudit {
  at: string;
  sound: boolean;
  wallets: number;
  holds: number;
  rows: number;
  calls: number;
  findings: number;
  first_findings: { invariant: string; where: string; message: string }[];
  trial_balance: { currency: string; account: string; balance_nanos: number }[];
}

export function loadReconciliations(page: PageQuery) {
  return unwrap(api.GET('/api/v1/admin/reconciliations', { params: { query: { ...page } } }));
}

export function useReconciliation(id: string | null) {
  return useQuery({
    queryKey: [...reconciliationsKey, 'one', id],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/admin/reconciliations/{reconciliation_id}', {
          params: { path: { reconciliation_id: id as string } },
        }),
      ),
    enabled: id !== null,
  });
}

export function useRunReconciliation() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: RunReconciliationBody) => unwrap(api.POST('/api/v1/admin/reconciliations', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: reconciliationsKey }),
  });
}
