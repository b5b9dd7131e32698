/** Every metered call of everybody, filtered, summed, exported. */
import { Flex, type TableColumnsType, Tag } from 'antd';
import { loadUsage, usageKey, useUsageTotals } from '@/api/queries/adminBilling';
import type { UsageRecordBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { type Filter, type FilterValues, useFilters } from '@/components/filters';
import { Given } from '@/components/Given';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { ProductName } from '@/components/ProductName';
import { useProductNames } from '@/components/useProductNames';
import { adminBilling } from '@/i18n/adminBilling';
import { adminParts } from '@/i18n/adminParts';
import { type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { names } from '@/i18n/names';
import { duration } from '../../parts/durations';
import { ExportButton } from '../../parts/ExportButton';
import { endingFilter, orgFilter } from '../../parts/filters';
import { IdText } from '../../parts/IdText';
import { Named, OrgName } from '../../parts/Named';
import { Tiles } from '../../parts/Tiles';
import { traceColumn } from '../../parts/traceColumn';

type T = Translate<typeof adminBilling.en>;
const SOURCES = ['upstream', 'estimated', 'none'] as const;
const WELL_ENDED = new Set<string>(['completed', 'truncated']);

export function Component() {
  const t = useTexts(adminBilling);
  const parts = useTexts(adminParts);
  const language = useLanguage();
  const filters = filtersOf(t, parts, useTexts(names));
  const { values } = useFilters(filters);
  return (
    <>
      <UsageTotals values={values} />
      <CursorTable<UsageRecordBody>
        label={t('usage.label')}
        queryKey={usageKey}
        load={loadUsage}
        columns={columnsOf(t, parts('organization'), (count) => formatCount(count, language))}
        rowKey="id"
        filters={filters}
        empty={<EmptyState title={t('usage.empty')} hint={t('usage.emptyHint')} />}
        expand={(row) => <UsageDetails t={t} row={row} />}
        actions={(wanted) => <ExportButton kind="usage" filters={wanted} />}
      />
    </>
  );
}

function UsageTotals({ values }: { values: FilterValues }) {
  const t = useTexts(adminBilling);
  const language = useLanguage();
  const totals = useUsageTotals(values);
  const count = (number: number) => formatCount(number, language);
  const tiles = (totals.data ?? []).flatMap((one, index) => {
    const suffix = index === 0 ? '' : ` (${one.currency})`;
    return [
      { label: t('usage.calls') + suffix, value: count(one.requests) },
      { label: t('usage.cost') + suffix, value: <Money nanos={one.cost_nanos} currency={one.currency} /> },
      { label: t('usage.input') + suffix, value: count(one.tokens.input_total) },
      { label: t('usage.output') + suffix, value: count(one.tokens.output_total) },
    ];
  });
  if (totals.data?.length === 0) return null;
  return (
    <Tiles
      label={t('usage.totals')}
      tiles={totals.data ? tiles : [{ label: t('usage.calls'), value: null }]}
      isLoading={totals.isPending}
      error={totals.error}
      onRetry={() => totals.refetch()}
    />
  );
}

function filtersOf(t: T, parts: Translate<typeof adminParts.en>, named: Translate<typeof names.en>): Filter[] {
  return [
    orgFilter(parts('organization')),
    { key: 'model', kind: 'text', label: t('usage.model'), width: 150 },
    { key: 'project_id', kind: 'text', label: t('usage.projectId'), width: 150 },
    { key: 'api_key_id', kind: 'text', label: t('usage.keyId'), width: 150 },
    endingFilter(t('usage.ending'), named),
    {
      key: 'usage_source',
      kind: 'select',
      label: t('usage.source'),
      options: SOURCES.map((value) => ({ value, label: t(`usage.sources.${value}`) })),
    },
    { key: 'trace_id', kind: 'text', label: parts('traceId'), width: 150 },
    { key: 'period', kind: 'period', label: parts('period') },
  ];
}

function columnsOf(t: T, org: string, count: (number: number) => string): TableColumnsType<UsageRecordBody> {
  return [
    { title: t('usage.ended'), key: 'ended', render: (_, row) => <DateTime at={row.ended_at} withSeconds /> },
    { title: org, key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    { title: t('usage.key'), key: 'key', render: (_, row) => <Named id={row.api_key_id} /> },
    { title: t('usage.model'), dataIndex: 'model', key: 'model', render: (name: string) => <Given>{name}</Given> },
    {
      title: t('usage.ending'),
      key: 'ending',
      render: (_, row) => (
        <Tag color={WELL_ENDED.has(row.ending) ? 'default' : 'warning'}>
          <ProductName family="endings" name={row.ending} isPlain />
        </Tag>
      ),
    },
    {
      title: t('usage.input'),
      key: 'input',
      align: 'right',
      render: (_, row) => count(row.tokens.input_total),
    },
    {
      title: t('usage.output'),
      key: 'output',
      align: 'right',
      render: (_, row) => count(row.tokens.output_total),
    },
    {
      title: t('usage.cost'),
      key: 'cost',
      align: 'right',
      render: (_, row) => <Money nanos={row.cost_nanos} currency={row.currency} />,
    },
    { title: t('usage.latency'), key: 'latency', align: 'right', render: (_, row) => duration(row.latency_ms) },
    traceColumn(),
  ];
}

function UsageDetails({ t, row }: { t: T; row: UsageRecordBody }) {
  const nameOf = useProductNames();
  const leaves = Object.entries(row.tokens).filter(([name, tokens]) => tokens > 0 && !name.endsWith('_total'));
  return (
    <Flex vertical gap={4}>
      <IdText id={row.id} />
      <span>
        {t('usage.project')}: <Named id={row.project_id} />
      </span>
      <span>
        {t('usage.source')}: {t(`usage.sources.${row.usage_source}`)}
      </span>
      <span>
        {t('usage.exactCost')}: {row.cost_exact} {row.currency}
      </span>
      {row.first_token_ms !== null && (
        <span>
          {t('usage.firstToken')}: {duration(row.first_token_ms)}
        </span>
      )}
      <span>{leaves.map(([name, tokens]) => `${nameOf('leaves', name) ?? name} ${tokens}`).join(' · ')}</span>
    </Flex>
  );
}
