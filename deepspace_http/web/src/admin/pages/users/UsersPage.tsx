/** Users: people, organizations, roles and permissions. */
import { adminUsers } from '@/i18n/adminUsers';
import { useTexts } from '@/i18n/i18n';
import { Sections } from '../../parts/Sections';

export function Component() {
  const t = useTexts(adminUsers);
  const sections = (['people', 'orgs', 'roles'] as const).map((path) => ({ path, label: t(`sections.${path}`) }));
  return <Sections base="/users" title={t('title')} description={t('description')} sections={sections} />;
}
