/** Who belongs to an organization, and who was invited. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageQuery } from '@/components/CursorTable';
import { api, unwrap } from '../client';
import type { InviteBody, MemberBody } from '../schema';
import { meQuery } from './me';

export type Role = MemberBody['role'];
export const ROLES: readonly Role[] = ['owner', 'admin', 'member', 'viewer'];

const path = (orgId: string) => ({ path: { org_id: orgId } });

export const membersKey = (orgId: string) => ['members', orgId];
export const invitationsKey = (orgId: string) => ['invitations', orgId];

export function loadMembers(orgId: string, query: PageQuery) {
  return unwrap(api.GET('/api/v1/orgs/{org_id}/members', { params: { ...path(orgId), query } }));
}

export function loadInvitations(orgId: string) {
  return unwrap(api.GET('/api/v1/orgs/{org_id}/invitations', { params: { ...path(orgId), query: { limit: 200 } } }));
}

export function useInvitations(orgId: string, enabled: boolean) {
  return useQuery({ queryKey: invitationsKey(orgId), queryFn: () => loadInvitations(orgId), enabled });
}

export function useInvite(orgId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: InviteBody) =>
      unwrap(api.POST('/api/v1/orgs/{org_id}/invitations', { params: path(orgId), body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: invitationsKey(orgId) }),
  });
}

export function useWithdrawInvitation(orgId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (invitationId: string) =>
      unwrap(
        api.DELETE('/api/v1/orgs/{org_id}/invitations/{invitation_id}', {
          params: { path: { org_id: orgId, invitation_id: invitationId } },
        }),
      ),
    onSuccess: () => cache.invalidateQueries({ queryKey: invitationsKey(orgId) }),
  });
}

export function useChangeRole(orgId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ userId, role }: { userId: string; role: Role }) =>
      unwrap(
        api.PATCH('/api/v1/orgs/{org_id}/members/{user_id}', {
          params: { path: { org_id: orgId, user_id: userId } },
          body: { role },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: membersKey(orgId) }),
        cache.invalidateQueries({ queryKey: meQuery.queryKey }),
      ]),
  });
}

export function useRemoveMember(orgId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (userId: string) =>
      unwrap(
        api.DELETE('/api/v1/orgs/{org_id}/members/{user_id}', {
          params: { path: { org_id: orgId, user_id: userId } },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: membersKey(orgId) }),
        cache.invalidateQueries({ queryKey: meQuery.queryKey }),
      ]),
  });
}

/** What a link says, to whoever holds it. */
export function useInvitation(token: string | null) {
  return useQuery({
    queryKey: ['me', 'invitation', token],
    queryFn: () => unwrap(api.POST('/api/v1/invitations/read', { body: { token: token ?? '' } })),
    enabled: token !== null,
  });
}

export function useAcceptInvitation() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => unwrap(api.POST('/api/v1/invitations/accept', { body: { token } })),
    // The profile alone: what the link says now is that it was accepted, and nobody needs to be told that.
    onSuccess: () => cache.invalidateQueries({ queryKey: meQuery.queryKey, exact: true }),
  });
}
