/** Organizations to choose from. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../client';

const CHOICES = 20;

export function useOrgChoices(search: string) {
  return useQuery({
    queryKey: ['admin', 'org-choices', search],
    queryFn: () =>
      unwrap(
        api.GET('/api/v1/admin/orgs', { params: { query: { limit: CHOICES, ...(search ? { search } : {}) } } }),
      ).then((page) => page.data),
    placeholderData: keepPreviousData,
  });
}
