/** The system: keys, webhooks, jobs, schedules, exports, retention. */
import { adminSystem } from '@/i18n/adminSystem';
import { useTexts } from '@/i18n/i18n';
import { Sections } from '../../parts/Sections';

const SECTIONS = ['keys', 'webhooks', 'deliveries', 'jobs', 'schedules', 'exports', 'retention'] as const;

export function Component() {
  const t = useTexts(adminSystem);
  const sections = SECTIONS.map((path) => ({ path, label: t(`sections.${path}`) }));
  return <Sections base="/system" title={t('title')} description={t('description')} sections={sections} />;
}
