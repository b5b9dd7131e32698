/** The metered calls of a user or of an organization, the newest first. */
import { type TableColumnsType, Tag } from 'antd';
import { loadRecords } from '@/api/queries/people';
import type { UsageRecordBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { Given } from '@/components/Given';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { adminUsers } from '@/i18n/adminUsers';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { TraceLink } from '../../parts/TraceLink';

type T = Translate<typeof adminUsers.en>;

export function UsageTable({ whose }: { whose: { user_id?: string; org_id?: string } }) {
  const t = useTexts(adminUsers);
  const language = useLanguage();
  return (
    <CursorTable<UsageRecordBody>
      label={t('usage.label')}
      queryKey={['people', 'records', whose]}
      load={(page) => loadRecords(page, whose)}
      columns={columnsOf(t, language)}
      rowKey="id"
      empty={<EmptyState title={t('usage.none')} />}
    />
  );
}

function columnsOf(t: T, language: Language): TableColumnsType<UsageRecordBody> {
  return [
    { title: t('usage.time'), render: (_, row) => <DateTime at={row.ended_at} /> },
    { title: t('usage.model'), dataIndex: 'model', render: (name: string) => <Given>{name}</Given> },
    {
      title: t('usage.tokens'),
      align: 'right',
      render: (_, { tokens }) => formatCount(tokens.input_total + tokens.output_total, language),
    },
    {
      title: t('usage.cost'),
      align: 'right',
      render: (_, row) => <Money nanos={row.cost_nanos} currency={row.currency} />,
    },
    {
      title: t('usage.ending'),
      render: (_, { ending }) => <Tag color={ending === 'completed' ? 'default' : 'warning'}>{ending}</Tag>,
    },
    { title: t('usage.trace'), render: (_, row) => <TraceLink id={row.trace_id} /> },
  ];
}
