/** What calls brought in and cost, by channel and model. */
import { Flex, Segmented, type TableColumnsType, Typography } from 'antd';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { useMargins } from '@/api/queries/channels';
import type { MarginRowBody } from '@/api/schema';
import { EmptyState } from '@/components/EmptyState';
import { Given } from '@/components/Given';
import { LoadedTable } from '@/components/LoadedTable';
import { formatCount } from '@/components/numbers';
import { adminModels } from '@/i18n/adminModels';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { share, shortMoney } from '../../parts/short';

type T = Translate<typeof adminModels.en>;
const DAYS = ['7', '30', '90'] as const;
const HOUR_MS = 3_600_000;
const PICOS_PER_NANO = 1000;

export function Component() {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const [params, setParams] = useSearchParams();
  const days = DAYS.find((one) => one === params.get('days')) ?? '30';
  const hour = Math.ceil(Date.now() / HOUR_MS);
  const period = useMemo(
    () => ({
      from: new Date((hour - Number(days) * 24) * HOUR_MS).toISOString(),
      to: new Date(hour * HOUR_MS).toISOString(),
    }),
    [days, hour],
  );
  const margins = useMargins(period);
  return (
    <Flex vertical gap={12}>
      <Flex wrap gap={8} justify="space-between" align="center">
        <Typography.Text type="secondary">{t('margins.hint', { days })}</Typography.Text>
        <Segmented
          aria-label={t('margins.period')}
          value={days}
          onChange={(wanted) => setParams({ days: wanted })}
          options={DAYS.map((value) => ({ value, label: t('margins.days', { count: Number(value) }) }))}
        />
      </Flex>
      <LoadedTable<MarginRowBody>
        label={t('margins.label')}
        list={{ ...margins, data: margins.data?.data }}
        rowKey={(row) => `${row.channel} ${row.model} ${row.currency}`}
        columns={columnsOf(t, language)}
        empty={<EmptyState title={t('margins.none')} />}
      />
    </Flex>
  );
}

function columnsOf(t: T, language: Language): TableColumnsType<MarginRowBody> {
  const money = (picos: number | null, currency: string) =>
    picos === null ? t('margins.unknown') : shortMoney(picos / PICOS_PER_NANO, currency, language);
  return [
    { title: t('margins.channel'), render: (_, { channel }) => <Given>{channel ?? '–'}</Given> },
    { title: t('margins.model'), dataIndex: 'model', render: (name: string) => <Given>{name}</Given> },
    {
      title: t('margins.calls'),
      align: 'right',
      sorter: (one, other) => one.calls - other.calls,
      render: (_, row) => formatCount(row.calls, language),
    },
    {
      title: t('margins.price'),
      align: 'right',
      defaultSortOrder: 'descend',
      sorter: (one, other) => one.price_picos - other.price_picos,
      render: (_, row) => <span title={`${row.price} ${row.currency}`}>{money(row.price_picos, row.currency)}</span>,
    },
    { title: t('margins.cost'), align: 'right', render: (_, row) => money(row.cost_picos, row.currency) },
    {
      title: t('margins.margin'),
      align: 'right',
      render: (_, row) => <Margin row={row} />,
    },
    {
      title: t('margins.costed'),
      align: 'right',
      render: (_, row) => `${formatCount(row.costed_calls, language)} / ${formatCount(row.calls, language)}`,
    },
  ];
}

/** Its share is told only where the cost of every call is known: else it would be of another price than stands beside. */
function Margin({ row }: { row: MarginRowBody }) {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const { margin_picos: margin, price_picos: price, currency, calls, costed_calls: costed } = row;
  if (margin === null) return t('margins.unknown');
  const of = costed === calls && price > 0 ? ` · ${share(Math.floor((margin / price) * 1000), language)}` : '';
  return (
    <Typography.Text {...(margin < 0 && { type: 'danger' as const })}>
      {shortMoney(margin / PICOS_PER_NANO, currency, language)}
      {of}
    </Typography.Text>
  );
}
