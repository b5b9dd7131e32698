/** Keys for programs. */

import { useMay } from '@/api/queries/places';
import { PageHeader } from '@/components/PageHeader';
import { apiKeys } from '@/i18n/apiKeys';
import { useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { ApiKeyTable } from './ApiKeyTable';

export function Component() {
  const t = useTexts(apiKeys);
  const may = useMay();
  return (
    <Page>
      <PageHeader
        title={t('title')}
        description={may('api_keys:manage') ? t('description') : `${t('description')} ${t('ownOnly')}`}
      />
      <ApiKeyTable />
    </Page>
  );
}
