import { PageHeader } from '@/components/PageHeader';
import { useTexts } from '@/i18n/i18n';
import { userShell } from '@/i18n/userShell';
import { Page } from '@/shell/Frame';

export function Component() {
  const t = useTexts(userShell);
  return (
    <Page>
      <PageHeader title={t('profile')} description={t('soon')} />
    </Page>
  );
}
