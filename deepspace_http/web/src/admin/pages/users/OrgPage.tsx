/** One organization: its wallet, its members, its usage, and the switch that stops it. */
import { Button, Card, Descriptions, Flex, Skeleton, type TableColumnsType, Tabs } from 'antd';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { loadMembers, useOrg, useOrgSteps, useOrgWallet } from '@/api/queries/people';
import type { MemberBody, OrganizationBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { Money } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { useTellFault } from '@/components/useTellFault';
import { adminUsers } from '@/i18n/adminUsers';
import { type Translate, useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { IdText } from '../../parts/IdText';
import { Tiles } from '../../parts/Tiles';
import { OrgState } from './OrgsSection';
import { UsageTable } from './UsageTable';

type T = Translate<typeof adminUsers.en>;
const TABS = ['members', 'usage'] as const;

export function Component() {
  const { orgId = '' } = useParams();
  const { data: org, error, refetch } = useOrg(orgId);
  return (
    <Page>
      {error ? <ErrorNotice error={error} onRetry={() => refetch()} /> : null}
      {!org && !error && <Skeleton active />}
      {org && <Organization org={org} />}
    </Page>
  );
}

function Organization({ org }: { org: OrganizationBody }) {
  const t = useTexts(adminUsers);
  const [params, setParams] = useSearchParams();
  const tab = TABS.find((one) => one === params.get('tab')) ?? 'members';
  return (
    <>
      <PageHeader
        title={org.name}
        isGiven
        description={
          <>
            {t(`orgs.kinds.${org.kind}`)} <OrgState org={org} />
          </>
        }
        actions={<OrgActions org={org} />}
      />
      <Flex vertical gap={16}>
        <WalletTiles orgId={org.id} />
        <Card size="small">
          <Descriptions
            size="small"
            column={{ xs: 1, sm: 2, lg: 3 }}
            items={[
              { key: 'id', label: t('id'), children: <IdText id={org.id} /> },
              { key: 'created', label: t('created'), children: <DateTime at={org.created_at} /> },
              { key: 'abort', label: t('orgs.onAbort'), children: t(`orgs.onAborts.${org.on_abort}`) },
            ]}
          />
        </Card>
        <Tabs
          activeKey={tab}
          onChange={(wanted) => setParams({ tab: wanted })}
          destroyOnHidden
          items={[
            { key: 'members', label: t('orgs.members'), children: <Members orgId={org.id} /> },
            { key: 'usage', label: t('orgs.usage'), children: <UsageTable whose={{ org_id: org.id }} /> },
          ]}
        />
      </Flex>
    </>
  );
}

function OrgActions({ org }: { org: OrganizationBody }) {
  const t = useTexts(adminUsers);
  const tell = useTellFault();
  const steps = useOrgSteps(org.id);
  const resume = () => steps.resume().catch(tell);
  return (
    <>
      <Link to={`/billing/wallets/${org.id}`}>
        <Button>{t('orgs.openWallet')}</Button>
      </Link>
      {org.suspended_at ? (
        <Button type="primary" onClick={resume}>
          {t('orgs.resume')}
        </Button>
      ) : (
        <ConfirmDanger
          trigger={t('orgs.suspend')}
          title={t('orgs.suspendTitle', { name: org.name })}
          consequence={t('orgs.suspendConsequence')}
          verb={t('orgs.suspend')}
          reason="needed"
          onConfirm={steps.suspend}
        />
      )}
    </>
  );
}

function WalletTiles({ orgId }: { orgId: string }) {
  const t = useTexts(adminUsers);
  const { data: wallet, error, isPending, refetch } = useOrgWallet(orgId);
  const money = (nanos: number | undefined) => wallet && <Money nanos={nanos ?? 0} currency={wallet.currency} />;
  return (
    <Tiles
      label={t('orgs.wallet')}
      isLoading={isPending}
      error={error ?? undefined}
      onRetry={() => refetch()}
      tiles={[
        { label: t('orgs.available'), value: money(wallet?.available_nanos) },
        { label: t('orgs.balance'), value: money(wallet?.balance_nanos) },
        { label: t('orgs.frozen'), value: money(wallet?.frozen_nanos) },
        {
          label: t('orgs.receivable'),
          value: money(wallet?.receivable_nanos),
          isBad: (wallet?.receivable_nanos ?? 0) > 0,
        },
      ]}
    />
  );
}

function Members({ orgId }: { orgId: string }) {
  const t = useTexts(adminUsers);
  const navigate = useNavigate();
  return (
    <CursorTable<MemberBody>
      label={t('orgs.members')}
      queryKey={['people', 'orgs', orgId, 'members']}
      load={(page) => loadMembers(orgId, page)}
      columns={memberColumns(t)}
      rowKey="user_id"
      empty={<EmptyState title={t('orgs.noMembers')} />}
      onRow={(row) => navigate(`/users/${row.user_id}`)}
    />
  );
}

function memberColumns(t: T): TableColumnsType<MemberBody> {
  return [
    { title: t('name'), dataIndex: 'display_name', render: (name: string) => <Given>{name}</Given> },
    { title: t('email'), dataIndex: 'email' },
    { title: t('memberships.role'), render: (_, { role }) => t(`roles.${role}`) },
    { title: t('orgs.membersSince'), render: (_, row) => <DateTime at={row.created_at} /> },
  ];
}
