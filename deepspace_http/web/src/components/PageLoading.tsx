/** The outline of a page that is on its way. */
import { Skeleton } from 'antd';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

export function PageLoading() {
  const t = useTexts(common);
  return (
    <div role="status" aria-label={t('loading')} style={{ padding: 24 }}>
      <Skeleton active title paragraph={{ rows: 6 }} />
    </div>
  );
}
