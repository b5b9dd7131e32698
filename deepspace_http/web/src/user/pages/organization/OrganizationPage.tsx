/** The organization that the person works in: people, workspaces, settings. */
import { Tabs, Tag } from 'antd';
import { useNavigate, useParams } from 'react-router';
import { useMembership } from '@/api/queries/places';
import { PageHeader } from '@/components/PageHeader';
import { PageLoading } from '@/components/PageLoading';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';
import { Page } from '@/shell/Frame';
import { MembersTab } from './MembersTab';
import { SettingsTab } from './SettingsTab';
import { WorkspacesTab } from './WorkspacesTab';

const TABS = ['members', 'workspaces', 'settings'] as const;

export function Component() {
  const t = useTexts(places);
  const navigate = useNavigate();
  const { tab = 'members' } = useParams();
  const membership = useMembership();
  if (!membership) return <PageLoading />;
  const { organization, role } = membership;
  const content = {
    members: <MembersTab key={organization.id} organization={organization} />,
    workspaces: <WorkspacesTab key={organization.id} />,
    settings: <SettingsTab key={organization.id} organization={organization} />,
  };
  return (
    <Page>
      <PageHeader
        title={organization.name}
        isGiven
        description={t('description')}
        actions={<Tag>{t('yourRole', { role: t(`roles.${role}`) })}</Tag>}
      />
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(key) => navigate(`/organization/${key}`)}
        items={TABS.map((key) => ({ key, label: t(`tabs.${key}`), children: content[key] }))}
      />
    </Page>
  );
}
