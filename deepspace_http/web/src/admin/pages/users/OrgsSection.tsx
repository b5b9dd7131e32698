/** Every organization: searched, filtered, exported. */
import { type TableColumnsType, Tag } from 'antd';
import { useNavigate } from 'react-router';
import { loadOrgs, orgsKey } from '@/api/queries/people';
import type { ExportMatchBody, OrganizationBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter, FilterValues } from '@/components/filters';
import { adminUsers } from '@/i18n/adminUsers';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ExportButton } from '../../parts/ExportButton';
import { IdText } from '../../parts/IdText';

type T = Translate<typeof adminUsers.en>;

export function Component() {
  const t = useTexts(adminUsers);
  const navigate = useNavigate();
  return (
    <CursorTable<OrganizationBody>
      label={t('orgs.label')}
      queryKey={orgsKey}
      load={loadOrgs}
      columns={columnsOf(t)}
      rowKey="id"
      filters={filtersOf(t)}
      empty={<EmptyState title={t('orgs.none')} />}
      onRow={(row) => navigate(`/users/orgs/${row.id}`)}
      actions={(filters) => <ExportButton kind="organizations" filters={filters} matching={matchingOf} />}
    />
  );
}

export function OrgState({ org }: { org: OrganizationBody }) {
  const t = useTexts(adminUsers);
  if (org.suspended_at) return <Tag color="error">{t('orgs.states.suspended')}</Tag>;
  return <Tag>{t('orgs.states.working')}</Tag>;
}

function columnsOf(t: T): TableColumnsType<OrganizationBody> {
  return [
    { title: t('name'), dataIndex: 'name', ellipsis: true, onCell: () => ({ translate: 'no' }) },
    { title: t('orgs.kind'), render: (_, row) => t(`orgs.kinds.${row.kind}`) },
    { title: t('state'), render: (_, row) => <OrgState org={row} /> },
    { title: t('created'), render: (_, row) => <DateTime at={row.created_at} /> },
    { title: t('id'), render: (_, row) => <IdText id={row.id} /> },
  ];
}

function matchingOf({ state, ...rest }: FilterValues): ExportMatchBody {
  return { ...rest, ...(state && { suspended: state === 'suspended' }) } as ExportMatchBody;
}

function filtersOf(t: T): Filter[] {
  return [
    { key: 'search', label: t('orgs.search'), kind: 'text', width: 220 },
    {
      key: 'kind',
      label: t('orgs.kind'),
      kind: 'select',
      width: 130,
      options: (['personal', 'team'] as const).map((value) => ({ value, label: t(`orgs.kinds.${value}`) })),
    },
    {
      key: 'state',
      label: t('state'),
      kind: 'select',
      width: 130,
      options: (['working', 'suspended'] as const).map((value) => ({ value, label: t(`orgs.states.${value}`) })),
    },
  ];
}
