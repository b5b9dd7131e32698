/** Every wallet: searched, sorted, summed; and above them, whether the books are sound. */
import { Flex, type TableColumnsType, Tag } from 'antd';
import { useNavigate } from 'react-router';
import { loadWallets, useWalletTotals, walletsKey } from '@/api/queries/adminBilling';
import type { ExportMatchBody, OrgWalletBody, WalletTotalBody } from '@/api/schema';
import { nanosOf } from '@/components/amount';
import { CursorTable, type PageQuery } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { type Filter, type FilterValues, useFilters } from '@/components/filters';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { adminBilling } from '@/i18n/adminBilling';
import { adminParts } from '@/i18n/adminParts';
import { type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { ExportButton } from '../../parts/ExportButton';
import { OrgName } from '../../parts/Named';
import { type Tile, Tiles } from '../../parts/Tiles';
import { BooksCard } from './BooksCard';

type T = Translate<typeof adminBilling.en>;
const SORTS = ['newest', 'highest_balance', 'lowest_balance', 'most_frozen', 'most_owed'] as const;

export function Component() {
  const t = useTexts(adminBilling);
  const parts = useTexts(adminParts);
  const navigate = useNavigate();
  const filters = filtersOf(t);
  const { values } = useFilters(filters);
  return (
    <>
      <BooksCard />
      <WalletTotals values={values} />
      <CursorTable<OrgWalletBody>
        label={t('wallets.label')}
        queryKey={walletsKey}
        load={(page: PageQuery, wanted) => loadWallets(page, inNanos(wanted))}
        columns={columnsOf(t, parts('organization'))}
        rowKey="id"
        filters={filters}
        empty={<EmptyState title={t('wallets.none')} hint={t('wallets.noneHint')} />}
        onRow={(row) => navigate(`/billing/wallets/${row.org_id}`)}
        actions={(wanted) => <ExportButton kind="wallets" filters={wanted} matching={matchingOf} />}
      />
    </>
  );
}

function WalletTotals({ values }: { values: FilterValues }) {
  const t = useTexts(adminBilling);
  const language = useLanguage();
  const totals = useWalletTotals(inNanos(values));
  const tiles = (totals.data ?? []).flatMap((one, index) => tilesOf(t, one, formatCount(one.wallets, language), index));
  return (
    <Tiles
      label={t('wallets.totals')}
      tiles={totals.data ? tiles : [{ label: t('wallets.balance'), value: null }]}
      isLoading={totals.isPending}
      error={totals.error}
      onRetry={() => totals.refetch()}
    />
  );
}

function tilesOf(t: T, total: WalletTotalBody, count: string, index: number): Tile[] {
  const { currency } = total;
  const suffix = index === 0 ? '' : ` (${currency})`;
  const money = (nanos: number) => <Money nanos={nanos} currency={currency} />;
  return [
    { label: t('wallets.count') + suffix, value: count },
    { label: t('wallets.balance') + suffix, value: money(total.balance_nanos) },
    { label: t('wallets.frozen') + suffix, value: money(total.frozen_nanos) },
    { label: t('wallets.available') + suffix, value: money(total.available_nanos) },
    {
      label: t('wallets.receivable') + suffix,
      value: money(total.receivable_nanos),
      isBad: total.receivable_nanos > 0,
    },
  ];
}

function filtersOf(t: T): Filter[] {
  return [
    { key: 'search', kind: 'text', label: t('wallets.search') },
    {
      key: 'sort',
      kind: 'select',
      label: t('wallets.sort'),
      options: SORTS.map((value) => ({ value, label: t(`wallets.sorts.${value}`) })),
    },
    {
      key: 'is_owing',
      kind: 'select',
      label: t('wallets.owing'),
      width: 150,
      options: [
        { value: 'true', label: t('wallets.isOwing') },
        { value: 'false', label: t('wallets.isNotOwing') },
      ],
    },
    { key: 'below', kind: 'text', label: t('wallets.below'), width: 150 },
  ];
}

function columnsOf(t: T, org: string): TableColumnsType<OrgWalletBody> {
  const money = (title: string, key: 'balance_nanos' | 'frozen_nanos' | 'available_nanos' | 'receivable_nanos') => ({
    title,
    key,
    align: 'right' as const,
    render: (_: unknown, row: OrgWalletBody) => <Money nanos={row[key]} currency={row.currency} />,
  });
  return [
    {
      title: org,
      key: 'org',
      render: (_, row) => (
        <Flex gap={8} align="center">
          <OrgName id={row.org_id} />
          {row.suspended_at && <Tag color="warning">{t('wallets.suspended')}</Tag>}
        </Flex>
      ),
    },
    money(t('wallets.balance'), 'balance_nanos'),
    money(t('wallets.frozen'), 'frozen_nanos'),
    money(t('wallets.available'), 'available_nanos'),
    money(t('wallets.receivable'), 'receivable_nanos'),
    { title: t('wallets.updated'), key: 'updated', render: (_, row) => <DateTime at={row.updated_at} /> },
  ];
}

/** People type an amount; the gateway wants nano-units. What is no amount filters nothing. */
function inNanos({ below, ...rest }: FilterValues): FilterValues {
  const nanos = below ? nanosOf(below) : null;
  return nanos === null ? rest : { ...rest, available_below_nanos: String(nanos) };
}

function matchingOf({ search, is_owing: owing, below }: FilterValues): ExportMatchBody {
  const nanos = below ? nanosOf(below) : null;
  return {
    ...(search && { search }),
    ...(owing && { is_owing: owing === 'true' }),
    ...(nanos !== null && { available_below_nanos: nanos }),
  };
}
