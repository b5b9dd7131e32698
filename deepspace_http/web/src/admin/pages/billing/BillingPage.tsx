/** Billing: wallets, movements, usage and reconciliation of everybody. */
import { adminBilling } from '@/i18n/adminBilling';
import { useTexts } from '@/i18n/i18n';
import { Sections } from '../../parts/Sections';

export function Component() {
  const t = useTexts(adminBilling);
  const sections = (['wallets', 'transactions', 'usage', 'reconciliations'] as const).map((path) => ({
    path,
    label: t(`sections.${path}`),
  }));
  return <Sections base="/billing" title={t('title')} description={t('description')} sections={sections} />;
}
