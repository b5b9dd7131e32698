/** Users and organizations of the installation, for its administrators. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import type { FilterValues } from '@/components/filters';
import { api, unwrap } from '../client';
import type { MemberBody, Permission, RegisterBody, UserOrder } from '../schema';

export type Role = MemberBody['role'];

import { because } from './adminLists';

const USER = '/api/v1/admin/users/{user_id}';
const ORG = '/api/v1/admin/orgs/{org_id}';

export const usersKey = ['people', 'users'];
export const orgsKey = ['people', 'orgs'];

export function loadUsers(page: PageQuery, filters: FilterValues) {
  const { state, administrator, order, ...rest } = filters;
  const query = {
    ...page,
    ...rest,
    ...(state && { disabled: state === 'disabled' }),
    ...(administrator && { administrator: administrator === 'yes' }),
    ...(order && { order: order as UserOrder }),
  };
  return unwrap(api.GET('/api/v1/admin/users', { params: { query } }));
}

export function loadOrgs(page: PageQuery, filters: FilterValues) {
  const { state, kind, ...rest } = filters;
  const query = {
    ...page,
    ...rest,
    ...(state && { suspended: state === 'suspended' }),
    ...(kind && { kind: kind as 'personal' | 'team' }),
  };
  return unwrap(api.GET('/api/v1/admin/orgs', { params: { query } }));
}

export function useUser(userId: string) {
  return useQuery({
    queryKey: [...usersKey, userId],
    queryFn: () => unwrap(api.GET(USER, { params: { path: { user_id: userId } } })),
  });
}

export function useUserOrgs(userId: string) {
  return useQuery({
    queryKey: [...usersKey, userId, 'orgs'],
    queryFn: () => unwrap(api.GET(`${USER}/orgs`, { params: { path: { user_id: userId }, query: { limit: 200 } } })),
  });
}

export function useUserKeys(userId: string) {
  return useQuery({
    queryKey: [...usersKey, userId, 'keys'],
    queryFn: () => unwrap(api.GET(`${USER}/keys`, { params: { path: { user_id: userId }, query: { limit: 200 } } })),
  });
}

export function useUserSessions(userId: string) {
  return useQuery({
    queryKey: [...usersKey, userId, 'sessions'],
    queryFn: () =>
      unwrap(api.GET(`${USER}/sessions`, { params: { path: { user_id: userId }, query: { limit: 200 } } })),
  });
}

export function useOrg(orgId: string) {
  return useQuery({
    queryKey: [...orgsKey, orgId],
    queryFn: () => unwrap(api.GET(ORG, { params: { path: { org_id: orgId } } })),
  });
}

export function loadMembers(orgId: string, page: PageQuery) {
  return unwrap(api.GET(`${ORG}/members`, { params: { path: { org_id: orgId }, query: page } }));
}

export function useOrgWallet(orgId: string) {
  return useQuery({
    queryKey: [...orgsKey, orgId, 'wallet'],
    queryFn: () => unwrap(api.GET('/api/v1/admin/wallets/{org_id}', { params: { path: { org_id: orgId } } })),
  });
}

/** The records of a user or of an organization, newest first. */
export function loadRecords(page: PageQuery, whose: { user_id?: string; org_id?: string }) {
  return unwrap(api.GET('/api/v1/admin/usage/records', { params: { query: { ...page, ...whose } } }));
}

export function useRoles() {
  return useQuery({
    queryKey: ['people', 'roles'],
    queryFn: () => unwrap(api.GET('/api/v1/admin/roles')),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What is asked of the preview: a stored key, or a role and scopes only thought of. */
export interface PermissionQuestion {
  userId: string;
  orgId: string;
  apiKeyId?: string | undefined;
  role?: Role | undefined;
  scopes?: Permission[] | undefined;
  isProjectBound?: boolean;
}

export function usePermissions(question: PermissionQuestion | null) {
  return useQuery({
    queryKey: ['people', 'permissions', question],
    enabled: question !== null,
    queryFn: () => askPermissions(question as PermissionQuestion),
  });
}

function askPermissions({ userId, orgId, apiKeyId, role, scopes, isProjectBound = false }: PermissionQuestion) {
  const path = { user_id: userId, org_id: orgId };
  if (scopes && scopes.length > 0) {
    const body = { scopes, project_bound: isProjectBound, ...(role && { role }) };
    return unwrap(api.POST(`${USER}/orgs/{org_id}/permissions/preview`, { params: { path }, body }));
  }
  const query = { ...(apiKeyId && { api_key_id: apiKeyId }), ...(role && { role }) };
  return unwrap(api.GET(`${USER}/orgs/{org_id}/permissions`, { params: { path, query } }));
}

/** What is done to a user; every one of these is audited. */
export function useUserSteps(userId: string) {
  const cache = useQueryClient();
  const path = { user_id: userId };
  const refresh = () => cache.invalidateQueries({ queryKey: ['people'] });
  async function done<Answer>(asked: Promise<Answer>): Promise<Answer> {
    const answer = await asked;
    await refresh();
    return answer;
  }
  return {
    disable: (reason: string) => done(unwrap(api.POST(`${USER}/disable`, { params: { path }, body: { reason } }))),
    enable: () => done(unwrap(api.POST(`${USER}/enable`, { params: { path } }))),
    grant: (isAdministrator: boolean, reason: string) =>
      done(
        unwrap(
          api.POST(`${USER}/administrator`, {
            params: { path },
            body: { is_administrator: isAdministrator, reason: reason || null },
          }),
        ),
      ),
    resetPassword: (password: string, reason: string) =>
      done(unwrap(api.POST(`${USER}/password`, { params: { path, query: because(reason) }, body: { password } }))),
    endSession: (sessionId: string, reason: string) =>
      done(
        unwrap(
          api.DELETE(`${USER}/sessions/{session_id}`, {
            params: { path: { ...path, session_id: sessionId }, query: because(reason) },
          }),
        ),
      ),
    endSessions: (reason: string) =>
      done(unwrap(api.POST(`${USER}/sessions/end-all`, { params: { path, query: because(reason) } }))),
  };
}

export function useOrgSteps(orgId: string) {
  const cache = useQueryClient();
  const path = { org_id: orgId };
  const refresh = () => cache.invalidateQueries({ queryKey: ['people'] });
  return {
    suspend: (reason: string) =>
      unwrap(api.POST(`${ORG}/suspend`, { params: { path }, body: { reason } })).then(refresh),
    resume: () => unwrap(api.POST(`${ORG}/resume`, { params: { path } })).then(refresh),
  };
}

export function useCreateUser() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: RegisterBody) => unwrap(api.POST('/api/v1/admin/users', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: usersKey }),
  });
}
