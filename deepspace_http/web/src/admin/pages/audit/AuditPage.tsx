/** Audit: one call's story, requests and events of everybody. */
import { adminAudit } from '@/i18n/adminAudit';
import { useTexts } from '@/i18n/i18n';
import { Sections } from '../../parts/Sections';

export function Component() {
  const t = useTexts(adminAudit);
  const sections = (['traces', 'requests', 'events', 'seals'] as const).map((path) => ({
    path,
    label: t(`sections.${path}`),
  }));
  return <Sections base="/audit" title={t('title')} description={t('description')} sections={sections} />;
}
