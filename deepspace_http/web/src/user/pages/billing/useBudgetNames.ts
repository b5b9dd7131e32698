/** What a budget is of, by the name that people gave it. */
import { useQuery } from '@tanstack/react-query';
import { useApiKeyNames } from '@/api/queries/apiKeys';
import { loadMembers, membersKey } from '@/api/queries/members';
import { useMembership, useProjects } from '@/api/queries/places';
import type { BudgetBody, MemberBody } from '@/api/schema';
import { usePlaceName } from '@/components/usePlaceName';

const MEMBERS_MAX = 200;

export function useMemberChoices(): MemberBody[] {
  const orgId = useMembership()?.organization.id ?? '';
  const { data } = useQuery({
    queryKey: [...membersKey(orgId), 'choices'],
    queryFn: () => loadMembers(orgId, { limit: MEMBERS_MAX }),
    enabled: orgId !== '',
  });
  return data?.data ?? [];
}

export function useBudgetNames(): (budget: Pick<BudgetBody, 'scope' | 'scope_id'>) => string {
  const membership = useMembership();
  const members = useMemberChoices();
  const placeName = usePlaceName();
  const { data: projects = [] } = useProjects(true);
  const { data: keys = [] } = useApiKeyNames();
  return ({ scope, scope_id }) => {
    const project = projects.find(({ id }) => id === scope_id);
    const names: Partial<Record<BudgetBody['scope'], string | undefined>> = {
      org: membership?.organization.name,
      project: project && placeName(project),
      key: keys.find(({ id }) => id === scope_id)?.name,
      user: members.find(({ user_id }) => user_id === scope_id)?.display_name,
    };
    return names[scope] ?? scope_id;
  };
}
