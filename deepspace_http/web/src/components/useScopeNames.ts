/** What a permission is called. i18next takes a colon for the end of a namespace, so the keys have a hyphen there. */
import type { Permission } from '@/api/schema';
import { apiKeys } from '@/i18n/apiKeys';
import type { Key } from '@/i18n/define';
import { useTexts } from '@/i18n/i18n';

type ScopeKey = Extract<Key<typeof apiKeys.en>, `scope.${string}`>;

export function useScopeNames(): (scope: Permission) => string {
  const t = useTexts(apiKeys);
  return (scope) => t(`scope.${scope.replace(':', '-')}` as ScopeKey);
}
