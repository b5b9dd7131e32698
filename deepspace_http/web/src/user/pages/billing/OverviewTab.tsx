/** What is there, what the month will come to, and what is being spent at this moment. */
import { Alert, Col, Flex, Row, Skeleton, Typography } from 'antd';
import { useForecast, useLiveHolds, useWallet } from '@/api/queries/billing';
import type { ForecastBody, HoldBody, WalletBody } from '@/api/schema';
import { CopyButton } from '@/components/CopyButton';
import { DateTime, useTimeZone } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { LoadedTable } from '@/components/LoadedTable';
import { Money } from '@/components/Money';
import { formatMoney } from '@/components/numbers';
import { Section } from '@/components/Section';
import { billing } from '@/i18n/billing';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { daysBetween, formatDay } from './days';
import { roundedEstimate } from './estimate';
import { Figure } from './Figure';

/** From here on somebody should think of topping up. */
const LOW_DAYS = 7;

export function OverviewTab() {
  const zone = useTimeZone();
  const { data: wallet, error, refetch } = useWallet();
  const { data: forecast, error: unforeseen } = useForecast(zone);
  if (error) return <ErrorNotice error={error} onRetry={() => refetch()} />;
  if (!wallet) return <Skeleton active />;
  return (
    <Flex vertical gap={16}>
      <LowBalance wallet={wallet} forecast={forecast} />
      <Balances wallet={wallet} />
      {unforeseen && <ErrorNotice error={unforeseen} />}
      {forecast && <ThisMonth forecast={forecast} />}
      <LiveHolds currency={wallet.currency} />
    </Flex>
  );
}

function LowBalance({ wallet, forecast }: { wallet: WalletBody; forecast: ForecastBody | undefined }) {
  const t = useTexts(billing);
  const language = useLanguage();
  if (wallet.spendable_nanos <= 0) {
    return <Alert showIcon type="error" title={t('empty.title')} description={t('empty.body')} />;
  }
  const end = forecast?.empty_on;
  if (!end || daysBetween(forecast.today, end) > LOW_DAYS) return null;
  const day = formatDay(end, language, forecast.today);
  return <Alert showIcon type="warning" title={t('low.title')} description={t('low.body', { day })} />;
}

function Balances({ wallet }: { wallet: WalletBody }) {
  const t = useTexts(billing);
  const { currency } = wallet;
  const figures = [
    { label: t('balance'), nanos: wallet.balance_nanos, isMain: true },
    { label: t('frozen'), nanos: wallet.frozen_nanos },
    { label: t('spendable'), nanos: wallet.spendable_nanos },
    ...(wallet.credit_limit_nanos > 0 ? [{ label: t('credit'), nanos: wallet.credit_limit_nanos }] : []),
    ...(wallet.receivable_nanos > 0 ? [{ label: t('owed'), nanos: wallet.receivable_nanos }] : []),
  ];
  return (
    <Row gutter={[16, 16]}>
      {figures.map(({ label, nanos }) => (
        <Col key={label} xs={24} sm={12} lg={8}>
          <Figure label={label} value={<Money nanos={nanos} currency={currency} />} />
        </Col>
      ))}
    </Row>
  );
}

function ThisMonth({ forecast }: { forecast: ForecastBody }) {
  const t = useTexts(billing);
  const language = useLanguage();
  const { currency, today, history_days: days } = forecast;
  const money = (nanos: number) => formatMoney(nanos, currency, language);
  const about = (nanos: number) => money(roundedEstimate(nanos));
  const isTold = days > 0;
  return (
    <Section title={t('forecast')} hint={isTold ? t('basis', { count: days }) : t('noBasis')}>
      <Row gutter={[16, 16]}>
        <Col xs={24} sm={8}>
          <Figure bare label={t('toDate')} value={money(forecast.to_date_nanos)} />
        </Col>
        {isTold && (
          <>
            <Col xs={24} sm={8}>
              <Figure
                bare
                label={t('expected', { day: formatDay(forecast.month_ends_on, language) })}
                value={about(forecast.expected_nanos)}
                note={t('between', { low: about(forecast.low_nanos), high: about(forecast.high_nanos) })}
              />
            </Col>
            <Col xs={24} sm={8}>
              <Figure
                bare
                label={t('lasts')}
                value={forecast.empty_on ? formatDay(forecast.empty_on, language, today) : t('lastsLong')}
                note={
                  forecast.empty_on_earliest &&
                  forecast.empty_on_earliest !== forecast.empty_on &&
                  t('earliest', { day: formatDay(forecast.empty_on_earliest, language, today) })
                }
              />
            </Col>
          </>
        )}
      </Row>
    </Section>
  );
}

function LiveHolds({ currency }: { currency: string }) {
  const t = useTexts(billing);
  const holds = useLiveHolds();
  return (
    <Section title={t('liveHolds')} hint={t('liveHoldsHint')}>
      <LoadedTable<HoldBody>
        label={t('liveHolds')}
        list={{ ...holds, data: holds.data?.data }}
        rowKey="id"
        empty={<EmptyState title={t('noHolds')} />}
        columns={[
          { title: t('began'), dataIndex: 'created_at', render: (at: string) => <DateTime at={at} withSeconds /> },
          {
            title: t('held'),
            dataIndex: 'remaining_nanos',
            align: 'right',
            render: (nanos: number) => <Money nanos={nanos} currency={currency} />,
          },
          { title: t('endsLatest'), dataIndex: 'expires_at', render: (at: string) => <DateTime at={at} withSeconds /> },
          { title: t('trace'), dataIndex: 'trace_id', render: (id: string) => <Trace id={id} /> },
        ]}
      />
    </Section>
  );
}

function Trace({ id }: { id: string }) {
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      <Typography.Text code>{id.slice(0, 8)}…</Typography.Text>
      <CopyButton text={id} />
    </span>
  );
}
