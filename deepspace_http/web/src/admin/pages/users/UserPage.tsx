/** One user: profile, what can be done to them, and all that belongs to them. */
import { Button, Card, Descriptions, Flex, Skeleton, Tabs } from 'antd';
import { Link, useParams, useSearchParams } from 'react-router';
import { useMe } from '@/api/queries/me';
import { useUser } from '@/api/queries/people';
import type { UserBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { PageHeader } from '@/components/PageHeader';
import { adminUsers } from '@/i18n/adminUsers';
import { useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { IdText } from '../../parts/IdText';
import { UserState } from './PeopleSection';
import { PermissionsPanel } from './PermissionsPanel';
import { UsageTable } from './UsageTable';
import { UserActions } from './UserActions';
import { KeysTable, OrgsTable, SessionsTable } from './UserTables';

const TABS = ['orgs', 'permissions', 'sessions', 'keys', 'usage'] as const;
type Tab = (typeof TABS)[number];

export function Component() {
  const { userId = '' } = useParams();
  const { data: user, error, refetch } = useUser(userId);
  if (error) {
    return (
      <Page>
        <ErrorNotice error={error} onRetry={() => refetch()} action={<BackLink />} />
      </Page>
    );
  }
  return <Page>{user ? <User user={user} /> : <Skeleton active />}</Page>;
}

function BackLink() {
  const t = useTexts(adminUsers);
  return (
    <Link to="/users">
      <Button size="small">{t('back')}</Button>
    </Link>
  );
}

function User({ user }: { user: UserBody }) {
  const t = useTexts(adminUsers);
  const { data: me } = useMe();
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((one) => one === params.get('tab')) ?? 'orgs';
  return (
    <>
      <PageHeader
        title={user.display_name}
        isGiven
        description={
          <>
            {user.email} <UserState user={user} />
          </>
        }
        actions={me?.user.id === user.id ? t('user.you') : <UserActions user={user} />}
      />
      <Flex vertical gap={16}>
        <Facts user={user} />
        <Tabs
          activeKey={tab}
          onChange={(wanted) => setParams({ tab: wanted })}
          destroyOnHidden
          items={TABS.map((key) => ({
            key,
            label: t(`user.tabs.${key}`),
            children: <TabBody tab={key} user={user} />,
          }))}
        />
      </Flex>
    </>
  );
}

function Facts({ user }: { user: UserBody }) {
  const t = useTexts(adminUsers);
  return (
    <Card size="small" title={t('user.facts')}>
      <Descriptions
        size="small"
        column={{ xs: 1, sm: 2, lg: 3 }}
        items={[
          { key: 'id', label: t('id'), children: <IdText id={user.id} /> },
          { key: 'created', label: t('created'), children: <DateTime at={user.created_at} /> },
          { key: 'zone', label: t('user.timeZone'), children: user.time_zone },
          {
            key: 'org',
            label: t('user.personalOrg'),
            children: <Link to={`/users/orgs/${user.personal_org_id}`}>{user.personal_org_id.slice(-8)}</Link>,
          },
          ...(user.disabled_at
            ? [{ key: 'disabled', label: t('user.disabledAt'), children: <DateTime at={user.disabled_at} /> }]
            : []),
        ]}
      />
    </Card>
  );
}

function TabBody({ tab, user }: { tab: Tab; user: UserBody }) {
  switch (tab) {
    case 'orgs':
      return <OrgsTable userId={user.id} />;
    case 'permissions':
      return <PermissionsPanel userId={user.id} />;
    case 'sessions':
      return <SessionsTable user={user} />;
    case 'keys':
      return <KeysTable userId={user.id} />;
    case 'usage':
      return <UsageTable whose={{ user_id: user.id }} />;
  }
}
