/** Models: the catalogue with its prices, channels with their health, margins. */
import { adminModels } from '@/i18n/adminModels';
import { useTexts } from '@/i18n/i18n';
import { Sections } from '../../parts/Sections';

export function Component() {
  const t = useTexts(adminModels);
  const sections = (['catalogue', 'channels', 'margins'] as const).map((path) => ({
    path,
    label: t(`sections.${path}`),
  }));
  return <Sections base="/models" title={t('title')} description={t('description')} sections={sections} />;
}
