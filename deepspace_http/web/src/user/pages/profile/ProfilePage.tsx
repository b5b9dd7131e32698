/** A person's own account. */
import { Flex } from 'antd';
import { useMe } from '@/api/queries/me';
import { PageHeader } from '@/components/PageHeader';
import { PageLoading } from '@/components/PageLoading';
import { useTexts } from '@/i18n/i18n';
import { profile } from '@/i18n/profile';
import { Page } from '@/shell/Frame';
import { AboutYou } from './AboutYou';
import { Organizations } from './Organizations';
import { PasswordForm } from './PasswordForm';
import { Sessions } from './Sessions';

export function Component() {
  const t = useTexts(profile);
  const { data: me } = useMe();
  if (!me) return <PageLoading />;
  return (
    <Page>
      <PageHeader title={t('title')} />
      <Flex vertical gap={16}>
        <AboutYou user={me.user} />
        <PasswordForm user={me.user} />
        <Sessions />
        <Organizations memberships={me.organizations} />
      </Flex>
    </Page>
  );
}
