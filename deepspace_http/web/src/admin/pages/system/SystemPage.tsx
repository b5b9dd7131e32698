import { PageHeader } from '@/components/PageHeader';
import { adminShell } from '@/i18n/adminShell';
import { useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';

export function Component() {
  const t = useTexts(adminShell);
  return (
    <Page>
      <PageHeader title={t('system')} description={t('soon')} />
    </Page>
  );
}
