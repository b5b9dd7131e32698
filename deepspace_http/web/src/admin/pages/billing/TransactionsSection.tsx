/** Every movement of every wallet, filtered, summed by kind, exported. */
import { loadTransactions, transactionsKey, useTransactionTotals } from '@/api/queries/adminBilling';
import type { ExportMatchBody, TransactionBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { EmptyState } from '@/components/EmptyState';
import { type Filter, type FilterValues, useFilters } from '@/components/filters';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { adminBilling } from '@/i18n/adminBilling';
import { adminParts } from '@/i18n/adminParts';
import { type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { ExportButton } from '../../parts/ExportButton';
import { orgFilter } from '../../parts/filters';
import { Tiles } from '../../parts/Tiles';
import { TransactionDetails, TYPES, transactionColumns } from './transactionColumns';

export function Component() {
  const t = useTexts(adminBilling);
  const parts = useTexts(adminParts);
  const filters = filtersOf(t, parts);
  const { values } = useFilters(filters);
  return (
    <>
      <TransactionTotals values={values} />
      <CursorTable<TransactionBody>
        label={t('transactions.label')}
        queryKey={transactionsKey}
        load={loadTransactions}
        columns={transactionColumns(t, { orgTitle: parts('organization') })}
        rowKey="id"
        filters={filters}
        empty={<EmptyState title={t('transactions.empty')} />}
        expand={(row) => <TransactionDetails t={t} row={row} />}
        actions={(wanted) => <ExportButton kind="transactions" filters={wanted} matching={matchingOf} />}
      />
    </>
  );
}

function TransactionTotals({ values }: { values: FilterValues }) {
  const t = useTexts(adminBilling);
  const language = useLanguage();
  const totals = useTransactionTotals(values);
  const tiles = (totals.data ?? []).map((one) => ({
    label: t(`transactions.types.${one.type}`),
    value: <Money nanos={one.amount_nanos} currency={one.currency} />,
    note: `× ${formatCount(one.count, language)}`,
  }));
  if (totals.data?.length === 0) return null;
  return (
    <Tiles
      label={t('transactions.totals')}
      tiles={totals.data ? tiles : [{ label: t('transactions.amount'), value: null }]}
      isLoading={totals.isPending}
      error={totals.error}
      onRetry={() => totals.refetch()}
    />
  );
}

function filtersOf(t: Translate<typeof adminBilling.en>, parts: Translate<typeof adminParts.en>): Filter[] {
  return [
    orgFilter(parts('organization')),
    {
      key: 'type',
      kind: 'select',
      label: t('transactions.type'),
      options: TYPES.map((value) => ({ value, label: t(`transactions.types.${value}`) })),
    },
    { key: 'ref', kind: 'text', label: t('transactions.ref') },
    { key: 'trace_id', kind: 'text', label: parts('traceId') },
    { key: 'period', kind: 'period', label: parts('period') },
  ];
}

function matchingOf({ type, ref, trace_id }: FilterValues): ExportMatchBody {
  return {
    ...(type && { type: [type as TransactionBody['type']] }),
    ...(ref && { ref }),
    ...(trace_id && { trace_id }),
  };
}
