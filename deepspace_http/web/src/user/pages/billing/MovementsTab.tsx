/** Every row of the wallet's books. */
import { type TableColumnsType, Tag, Typography } from 'antd';
import { loadMovements, useWallet } from '@/api/queries/billing';
import type { TransactionBody } from '@/api/schema';
import { CopyButton } from '@/components/CopyButton';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter, FilterValues } from '@/components/filters';
import { Money } from '@/components/Money';
import { Purpose } from '@/components/Purpose';
import { billing } from '@/i18n/billing';
import { useTexts } from '@/i18n/i18n';
import { ExportButton } from './ExportButton';
import type { Wanted } from './useExport';

const TYPES = ['top_up', 'hold', 'extend', 'capture', 'release', 'expire', 'refund', 'adjust'] as const;

export function MovementsTab() {
  const t = useTexts(billing);
  const { data: wallet } = useWallet();
  const filters: Filter[] = [
    {
      key: 'type',
      label: t('type'),
      kind: 'select',
      options: TYPES.map((value) => ({ value, label: t(`types.${value}`) })),
    },
    { key: 'period', label: t('period'), kind: 'period' },
    { key: 'trace_id', label: t('traceId'), kind: 'text' },
  ];
  return (
    <CursorTable<TransactionBody>
      label={t('movements')}
      queryKey={['balance', 'movements']}
      load={loadMovements}
      rowKey="id"
      filters={filters}
      columns={useColumns(wallet?.currency ?? 'USD')}
      actions={(values) => <ExportButton wanted={wantedOf(values)} />}
      empty={<EmptyState title={t('noMovements')} />}
    />
  );
}

function useColumns(currency: string): TableColumnsType<TransactionBody> {
  const t = useTexts(billing);
  const money = (nanos: number) => <Money nanos={nanos} currency={currency} />;
  return [
    { title: t('time'), dataIndex: 'at', render: (at: string) => <DateTime at={at} withSeconds /> },
    { title: t('type'), dataIndex: 'type', render: (type: TransactionBody['type']) => <Tag>{t(`types.${type}`)}</Tag> },
    { title: t('amount'), dataIndex: 'amount_nanos', responsive: ['md'], align: 'right', render: money },
    {
      title: t('change'),
      dataIndex: 'balance_delta_nanos',
      align: 'right',
      render: (nanos: number) => (nanos === 0 ? '–' : <Money nanos={nanos} currency={currency} signed />),
    },
    { title: t('after'), dataIndex: 'balance_after_nanos', align: 'right', render: money },
    { title: t('frozenAfter'), dataIndex: 'frozen_after_nanos', responsive: ['md'], align: 'right', render: money },
    {
      title: t('about'),
      key: 'about',
      render: (_, row) => (
        <Typography.Text ellipsis={{ tooltip: <Purpose row={row} /> }} style={{ maxWidth: 160 }}>
          <Purpose row={row} />
        </Typography.Text>
      ),
    },
    {
      title: t('trace'),
      dataIndex: 'trace_id',
      render: (id: string) => (
        <span style={{ whiteSpace: 'nowrap' }}>
          <Typography.Text code>{id.slice(0, 8)}…</Typography.Text>
          <CopyButton text={id} />
        </span>
      ),
    },
  ];
}

/** What the table is filtered to. */
function wantedOf({ type, from, to, trace_id }: FilterValues): Wanted {
  const matching = { ...(type && { type: [type] }), ...(trace_id && { trace_id }) };
  return { kind: 'transactions', since: from, until: to, matching };
}
