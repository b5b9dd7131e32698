/** Everybody who can log in: searched, filtered, exported. */
import { type TableColumnsType, Tag } from 'antd';
import { useNavigate } from 'react-router';
import { loadUsers, usersKey } from '@/api/queries/people';
import type { ExportMatchBody, UserBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter, FilterValues } from '@/components/filters';
import { adminUsers } from '@/i18n/adminUsers';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ExportButton } from '../../parts/ExportButton';
import { IdText } from '../../parts/IdText';
import { CreateUser } from './CreateUser';

type T = Translate<typeof adminUsers.en>;

export function Component() {
  const t = useTexts(adminUsers);
  const navigate = useNavigate();
  return (
    <CursorTable<UserBody>
      label={t('users.label')}
      queryKey={usersKey}
      load={loadUsers}
      columns={columnsOf(t)}
      rowKey="id"
      filters={filtersOf(t)}
      empty={<EmptyState title={t('users.none')} hint={t('users.noneHint')} />}
      onRow={(row) => navigate(`/users/${row.id}`)}
      actions={(filters) => (
        <>
          <CreateUser />
          <ExportButton kind="users" filters={filters} matching={matchingOf} />
        </>
      )}
    />
  );
}

function columnsOf(t: T): TableColumnsType<UserBody> {
  return [
    {
      title: t('name'),
      dataIndex: 'display_name',
      ellipsis: true,
      onCell: () => ({ translate: 'no' }),
    },
    { title: t('email'), dataIndex: 'email' },
    { title: t('state'), render: (_, row) => <UserState user={row} /> },
    { title: t('created'), render: (_, row) => <DateTime at={row.created_at} /> },
    { title: t('id'), render: (_, row) => <IdText id={row.id} /> },
  ];
}

export function UserState({ user }: { user: UserBody }) {
  const t = useTexts(adminUsers);
  return (
    <>
      {user.disabled_at ? <Tag color="error">{t('users.states.disabled')}</Tag> : <Tag>{t('users.states.active')}</Tag>}
      {user.is_administrator && <Tag color="blue">{t('users.administrator')}</Tag>}
    </>
  );
}

/** The order of a list is not a filter. */
export function matchingOf({ search, state, administrator }: FilterValues): ExportMatchBody {
  return {
    ...(search && { search }),
    ...(state && { disabled: state === 'disabled' }),
    ...(administrator && { administrator: administrator === 'yes' }),
  };
}

function filtersOf(t: T): Filter[] {
  return [
    { key: 'search', label: t('users.search'), kind: 'text', width: 220 },
    {
      key: 'state',
      label: t('state'),
      kind: 'select',
      width: 130,
      options: (['active', 'disabled'] as const).map((value) => ({ value, label: t(`users.states.${value}`) })),
    },
    {
      key: 'administrator',
      label: t('users.administrator'),
      kind: 'select',
      options: (['yes', 'no'] as const).map((value) => ({ value, label: t(`users.administrators.${value}`) })),
    },
    {
      key: 'order',
      label: t('users.order'),
      kind: 'select',
      width: 150,
      options: (['newest', 'oldest', 'email'] as const).map((value) => ({ value, label: t(`users.orders.${value}`) })),
    },
  ];
}
