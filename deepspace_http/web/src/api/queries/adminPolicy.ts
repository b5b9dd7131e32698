/** Limits, budgets and address rules of everybody, and what they would have done: for administrators. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import type { AnyDryRunBody, OrgBudgetBody, SetBudgetBody, SetIpRuleBody, SetLimitBody } from '../schema';
import { asQuery, because } from './adminLists';

const POLICY = ['admin', 'policy'] as const;
export const limitsKey = [...POLICY, 'limits'] as const;
export const budgetsKey = [...POLICY, 'budgets'] as const;
export const ipRulesKey = [...POLICY, 'ip-rules'] as const;

/** Whose: the platform's own, or those that organizations have. */
export const PLATFORM = 'platform' as const;

export function loadLimits(page: PageQuery, { whose, ...filters }: FilterValues) {
  if (whose === PLATFORM) return unwrap(api.GET('/api/v1/admin/policy/limits', { params: { query: { ...page } } }));
  const query = asQuery<'/api/v1/admin/limits'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/limits', { params: { query } }));
}

export function loadIpRules(page: PageQuery, filters: FilterValues) {
  const query = asQuery<'/api/v1/admin/ip-rules'>(filters, page);
  return unwrap(api.GET('/api/v1/admin/ip-rules', { params: { query } }));
}

export function useBudgets(orgId: string | null) {
  return useQuery({
    queryKey: [...budgetsKey, orgId],
    queryFn: () =>
      unwrap(api.GET('/api/v1/admin/budgets', { params: { query: orgId ? { org_id: orgId } : {} } })).then(
        ({ data }) => data,
      ),
  });
}

export function useDryRun() {
  return useMutation({
    mutationFn: (body: AnyDryRunBody) => unwrap(api.POST('/api/v1/admin/policy/dry-runs', { body })),
  });
}

/** A change of policy, after which every list of it is read anew. */
function usePolicyChange<Input>(change: (input: Input) => Promise<unknown>) {
  const cache = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => cache.invalidateQueries({ queryKey: POLICY }) });
}

interface Removal<Whose> {
  orgId: Whose;
  id: string;
  reason: string;
}

/** `orgId` null: a limit of the platform. */
export function useSetLimit() {
  return usePolicyChange(({ orgId, body }: { orgId: string | null; body: SetLimitBody }) =>
    orgId === null
      ? unwrap(api.PUT('/api/v1/admin/policy/limits', { body }))
      : unwrap(api.PUT('/api/v1/admin/orgs/{org_id}/limits', { params: { path: { org_id: orgId } }, body })),
  );
}

export function useRemoveLimit() {
  return usePolicyChange(({ orgId, id, reason }: Removal<string | null>) =>
    orgId === null
      ? unwrap(
          api.DELETE('/api/v1/admin/policy/limits/{limit_id}', {
            params: { path: { limit_id: id }, query: because(reason) },
          }),
        )
      : unwrap(
          api.DELETE('/api/v1/admin/orgs/{org_id}/limits/{limit_id}', {
            params: { path: { org_id: orgId, limit_id: id }, query: because(reason) },
          }),
        ),
  );
}

export function useSetBudget() {
  return usePolicyChange(({ orgId, body }: { orgId: string; body: SetBudgetBody }) =>
    unwrap(api.PUT('/api/v1/admin/orgs/{org_id}/budgets', { params: { path: { org_id: orgId } }, body })),
  );
}

export function useRemoveBudget() {
  return usePolicyChange(
    ({ budget: { org_id, scope, scope_id, window }, reason }: { budget: OrgBudgetBody; reason: string }) =>
      unwrap(
        api.DELETE('/api/v1/admin/orgs/{org_id}/budgets', {
          params: { path: { org_id }, query: { scope, scope_id, window, ...because(reason) } },
        }),
      ),
  );
}

export function useAddIpRule() {
  return usePolicyChange(({ orgId, body }: { orgId: string; body: SetIpRuleBody }) =>
    unwrap(api.POST('/api/v1/admin/orgs/{org_id}/ip-rules', { params: { path: { org_id: orgId } }, body })),
  );
}

export function useRemoveIpRule() {
  return usePolicyChange(({ orgId, id, reason }: Removal<string>) =>
    unwrap(
      api.DELETE('/api/v1/admin/orgs/{org_id}/ip-rules/{rule_id}', {
        params: { path: { org_id: orgId, rule_id: id }, query: because(reason) },
      }),
    ),
  );
}
