/** Risk and policy: what holds calls back, of everybody. */
import { adminPolicy } from '@/i18n/adminPolicy';
import { useTexts } from '@/i18n/i18n';
import { Sections } from '../../parts/Sections';

export function Component() {
  const t = useTexts(adminPolicy);
  const sections = (['limits', 'budgets', 'ip-rules'] as const).map((path) => ({ path, label: t(`sections.${path}`) }));
  return <Sections base="/policy" title={t('title')} description={t('description')} sections={sections} />;
}
