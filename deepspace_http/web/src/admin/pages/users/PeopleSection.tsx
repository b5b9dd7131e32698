/** Everybody who can log in: searched, filtered, exported. */
import { type TableColumnsType, Tag } from 'antd';
import { useNavigate } from 'react-router';
import { loadUsers, usersKey } from '@/api/queries/people';
import type { UserBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter } from '@/components/filters';
import { adminUsers } from '@/i18n/adminUsers';
import { type Translate, useTexts } from '@/i18n/i18n';
import { CsvButton } from '../../parts/CsvButton';
import type { Column } from '../../parts/csv';
import { IdText } from '../../parts/IdText';
import { CreateUser } from './CreateUser';

type T = Translate<typeof adminUsers.en>;

const EXPORTED: Column<UserBody>[] = [
  { name: 'id', value: (row) => row.id },
  { name: 'email', value: (row) => row.email },
  { name: 'name', value: (row) => row.display_name },
  { name: 'administrator', value: (row) => row.is_administrator },
  { name: 'created_at', value: (row) => row.created_at },
  { name: 'disabled_at', value: (row) => row.disabled_at },
  { name: 'personal_org_id', value: (row) => row.personal_org_id },
];

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
          <CsvButton<UserBody> fileName="users.csv" columns={EXPORTED} load={(page) => loadUsers(page, filters)} />
        </>
      )}
    />
  );
}

function columnsOf(t: T): TableColumnsType<UserBody> {
  return [
    { title: t('name'), dataIndex: 'display_name', ellipsis: true },
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
