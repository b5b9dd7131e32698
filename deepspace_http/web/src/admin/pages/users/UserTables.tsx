/** What belongs to a user: organizations, sessions, API keys. */
import { Flex, Table, type TableColumnsType, Tag, Typography } from 'antd';
import { Link } from 'react-router';
import { useUserKeys, useUserOrgs, useUserSessions, useUserSteps } from '@/api/queries/people';
import type { ApiKeyBody, MembershipBody, SessionBody, UserBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { useScopeNames } from '@/components/useScopeNames';
import { adminUsers } from '@/i18n/adminUsers';
import { type Translate, useTexts } from '@/i18n/i18n';
import { OrgState } from './OrgsSection';

type T = Translate<typeof adminUsers.en>;

interface ListProps<Row extends object> {
  label: string;
  none: string;
  rowKey: string | ((row: Row) => string);
  columns: TableColumnsType<Row>;
  asked: { data?: { data: Row[] } | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
}

/** A user has dozens of these, not pages: the gateway gives the newest 200. */
function ShortList<Row extends object>({ label, none, rowKey, columns, asked }: ListProps<Row>) {
  if (asked.error) return <ErrorNotice error={asked.error} onRetry={() => asked.refetch()} />;
  const rows = asked.data?.data ?? [];
  return (
    <Table<Row>
      aria-label={label}
      size="middle"
      rowKey={rowKey}
      loading={asked.isPending}
      dataSource={rows}
      columns={columns}
      pagination={rows.length > 20 ? { pageSize: 20 } : false}
      scroll={{ x: 'max-content' }}
      locale={{ emptyText: asked.isPending ? ' ' : <EmptyState title={none} /> }}
    />
  );
}

export function OrgsTable({ userId }: { userId: string }) {
  const t = useTexts(adminUsers);
  return (
    <ShortList<MembershipBody>
      label={t('memberships.label')}
      none={t('memberships.none')}
      rowKey={(row) => row.organization.id}
      asked={useUserOrgs(userId)}
      columns={[
        {
          title: t('name'),
          render: (_, { organization }) => (
            <Link to={`/users/orgs/${organization.id}`}>
              <Given>{organization.name}</Given>
            </Link>
          ),
        },
        { title: t('memberships.role'), render: (_, { role }) => t(`roles.${role}`) },
        { title: t('orgs.kind'), render: (_, { organization }) => t(`orgs.kinds.${organization.kind}`) },
        { title: t('state'), render: (_, { organization }) => <OrgState org={organization} /> },
        { title: t('created'), render: (_, { organization }) => <DateTime at={organization.created_at} /> },
      ]}
    />
  );
}

export function SessionsTable({ user }: { user: UserBody }) {
  const t = useTexts(adminUsers);
  const steps = useUserSteps(user.id);
  const sessions = useUserSessions(user.id);
  const columns: TableColumnsType<SessionBody> = [
    { title: t('sessions.device'), ellipsis: true, render: (_, row) => deviceOf(row, t) },
    { title: t('sessions.address'), dataIndex: 'address' },
    { title: t('sessions.opened'), render: (_, row) => <DateTime at={row.created_at} /> },
    { title: t('sessions.refreshed'), render: (_, row) => <DateTime at={row.refreshed_at} /> },
    { title: t('sessions.expires'), render: (_, row) => <DateTime at={row.expires_at} /> },
    {
      key: 'end',
      render: (_, row) => (
        <ConfirmDanger
          trigger={t('sessions.end')}
          triggerProps={{ size: 'small' }}
          title={t('sessions.endTitle')}
          consequence={t('sessions.endConsequence')}
          verb={t('sessions.end')}
          reason="offered"
          onConfirm={(reason) => steps.endSession(row.id, reason)}
        />
      ),
    },
  ];
  return (
    <Flex vertical gap={12}>
      {(sessions.data?.data.length ?? 0) > 0 && (
        <div>
          <ConfirmDanger
            trigger={t('sessions.endAll')}
            title={t('sessions.endAllTitle', { name: user.display_name })}
            consequence={t('sessions.endAllConsequence')}
            verb={t('sessions.endAll')}
            reason="offered"
            onConfirm={steps.endSessions}
          />
        </div>
      )}
      <ShortList<SessionBody>
        label={t('sessions.label')}
        none={t('sessions.none')}
        rowKey="id"
        asked={sessions}
        columns={columns}
      />
    </Flex>
  );
}

function deviceOf(session: SessionBody, t: T) {
  return (
    <>
      {session.current && <Tag color="blue">{t('sessions.current')}</Tag>}
      <Given>{session.user_agent || '–'}</Given>
    </>
  );
}

export function KeysTable({ userId }: { userId: string }) {
  const t = useTexts(adminUsers);
  return (
    <ShortList<ApiKeyBody>
      label={t('keys.label')}
      none={t('keys.none')}
      rowKey="id"
      asked={useUserKeys(userId)}
      columns={[
        { title: t('name'), dataIndex: 'name', render: (name: string) => <Given>{name}</Given> },
        { title: t('keys.prefix'), render: (_, row) => <code>{row.prefix}…</code> },
        { title: t('state'), render: (_, row) => <KeyState apiKey={row} /> },
        {
          title: t('keys.org'),
          render: (_, row) => <Link to={`/users/orgs/${row.org_id}`}>{row.org_id.slice(-8)}</Link>,
        },
        { title: t('keys.scopes'), render: (_, row) => <Scopes scopes={row.scopes} /> },
        { title: t('keys.used'), render: (_, row) => <DateTime at={row.last_used_at} /> },
        { title: t('keys.expires'), render: (_, row) => <DateTime at={row.expires_at} /> },
      ]}
    />
  );
}

function KeyState({ apiKey }: { apiKey: ApiKeyBody }) {
  const t = useTexts(adminUsers);
  if (apiKey.revoked_at) return <Tag color="error">{t('keys.states.revoked')}</Tag>;
  const isExpired = apiKey.expires_at !== null && new Date(apiKey.expires_at) <= new Date();
  return (
    <Tag {...(isExpired && { color: 'warning' })}>{t(isExpired ? 'keys.states.expired' : 'keys.states.active')}</Tag>
  );
}

const SCOPES_SHOWN = 3;

function Scopes({ scopes }: { scopes: ApiKeyBody['scopes'] }) {
  const nameOf = useScopeNames();
  const words = scopes.map(nameOf);
  const rest = scopes.length - SCOPES_SHOWN;
  return (
    <Typography.Text title={words.join(', ')}>
      {words.slice(0, SCOPES_SHOWN).join(', ')}
      {rest > 0 && ` +${rest}`}
    </Typography.Text>
  );
}
