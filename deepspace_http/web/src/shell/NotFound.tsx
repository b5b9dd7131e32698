/** An address that leads nowhere. */
import { Link } from 'react-router';
import { FullPageNotice } from '@/components/FullPageNotice';
import { useDocumentTitle } from '@/components/PageHeader';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

export function Component() {
  const t = useTexts(common);
  useDocumentTitle(t('notFound.title'));
  return (
    <FullPageNotice title={t('notFound.title')} body={t('notFound.body')}>
      <Link to="/">{t('notFound.home')}</Link>
    </FullPageNotice>
  );
}
