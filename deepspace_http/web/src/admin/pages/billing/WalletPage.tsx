/** One organization's wallet: its numbers, what is held, every movement, and what an administrator does to it. */
import { useQuery } from '@tanstack/react-query';
import { Button, Card, DatePicker, Flex, Table, Typography } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useParams } from 'react-router';
import { loadHolds, loadTransactions, transactionsKey, useAnyWallet, walletsKey } from '@/api/queries/adminBilling';
import { useName } from '@/api/queries/names';
import type { HoldBody, TransactionBody, WalletBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime, useTimeZone } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import type { Filter } from '@/components/filters';
import { Money } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { PageLoading } from '@/components/PageLoading';
import { adminBilling } from '@/i18n/adminBilling';
import { adminParts } from '@/i18n/adminParts';
import { languageTag, useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { BackLink } from '../../parts/BackLink';
import { ExportButton } from '../../parts/ExportButton';
import { IdText } from '../../parts/IdText';
import { ActorName } from '../../parts/Named';
import { Tiles } from '../../parts/Tiles';
import { traceColumn } from '../../parts/traceColumn';
import { TransactionDetails, TYPES, transactionColumns } from './transactionColumns';
import { WalletCommandButton } from './WalletCommandForm';

const HOLDS_SHOWN = 50;

export function Component() {
  const t = useTexts(adminBilling);
  const { orgId = '' } = useParams();
  const name = useName(orgId);
  const wallet = useAnyWallet(orgId);
  return (
    <Page>
      <BackLink to="/billing/wallets">{t('wallet.back')}</BackLink>
      <PageHeader
        title={name ?? orgId}
        isGiven
        description={<IdText id={orgId} />}
        actions={wallet.data && <Actions wallet={wallet.data} />}
      />
      {wallet.error && <ErrorNotice error={wallet.error} onRetry={() => wallet.refetch()} />}
      {wallet.isPending && <PageLoading />}
      {wallet.data && <WalletNumbers wallet={wallet.data} />}
      {wallet.data && <Holds orgId={orgId} />}
      {wallet.data && <Movements orgId={orgId} />}
    </Page>
  );
}

function Actions({ wallet }: { wallet: WalletBody }) {
  const t = useTexts(adminBilling);
  const common = { orgId: wallet.org_id, currency: wallet.currency };
  return (
    <>
      <WalletCommandButton
        kind="topUp"
        {...common}
        trigger={(open) => (
          <Button type="primary" onClick={open}>
            {t('wallet.topUp')}
          </Button>
        )}
      />
      <WalletCommandButton
        kind="adjust"
        {...common}
        trigger={(open) => <Button onClick={open}>{t('wallet.adjust')}</Button>}
      />
      <StatementDownload orgId={wallet.org_id} />
    </>
  );
}

function StatementDownload({ orgId }: { orgId: string }) {
  const t = useTexts(adminBilling);
  const zone = useTimeZone();
  const [month, setMonth] = useState<Dayjs>(() => dayjs());
  const query = `month=${month.format('YYYY-MM')}&time_zone=${encodeURIComponent(zone)}&language=${languageTag()}`;
  const address = (form: string) => `/api/v1/admin/wallets/${orgId}/statement.${form}?${query}`;
  return (
    <Flex gap={4} align="center" wrap>
      <span>{t('wallet.statement')}</span>
      <DatePicker
        picker="month"
        allowClear={false}
        aria-label={t('wallet.statementMonth')}
        value={month}
        maxDate={dayjs()}
        onChange={(chosen) => setMonth(chosen ?? dayjs())}
      />
      <Button href={address('csv')} download>
        {t('wallet.downloadCsv')}
      </Button>
      <Button href={address('md')} download>
        {t('wallet.downloadMarkdown')}
      </Button>
    </Flex>
  );
}

function WalletNumbers({ wallet }: { wallet: WalletBody }) {
  const t = useTexts(adminBilling);
  const money = (nanos: number) => <Money nanos={nanos} currency={wallet.currency} />;
  const tiles = [
    { label: t('wallets.balance'), value: money(wallet.balance_nanos) },
    { label: t('wallets.frozen'), value: money(wallet.frozen_nanos) },
    { label: t('wallets.available'), value: money(wallet.available_nanos), isBad: wallet.available_nanos < 0 },
    { label: t('wallets.spendable'), value: money(wallet.spendable_nanos) },
    { label: t('wallets.creditLimit'), value: money(wallet.credit_limit_nanos) },
    { label: t('wallets.receivable'), value: money(wallet.receivable_nanos), isBad: wallet.receivable_nanos > 0 },
  ];
  return <Tiles label={t('wallets.balance')} tiles={tiles} />;
}

function Holds({ orgId }: { orgId: string }) {
  const t = useTexts(adminBilling);
  const parts = useTexts(adminParts);
  const holds = useQuery({
    queryKey: [...walletsKey, 'holds', orgId],
    queryFn: () => loadHolds(orgId, { limit: HOLDS_SHOWN }),
    refetchInterval: 10_000,
  });
  if (holds.error) return <ErrorNotice error={holds.error} onRetry={() => holds.refetch()} />;
  const live = holds.data?.data ?? [];
  if (live.length === 0) return <Typography.Paragraph type="secondary">{t('wallet.noHolds')}</Typography.Paragraph>;
  return (
    <Card size="small" title={t('wallet.holds')} style={{ marginBlockEnd: 16 }}>
      <Table<HoldBody>
        size="small"
        rowKey="id"
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={live}
        columns={[
          {
            title: t('wallet.expires'),
            key: 'expires',
            render: (_, row) => <DateTime at={row.expires_at} withSeconds />,
          },
          {
            title: t('wallet.remaining'),
            key: 'remaining',
            align: 'right',
            render: (_, row) => <Money nanos={row.remaining_nanos} />,
          },
          { title: t('transactions.ref'), key: 'ref', render: (_, row) => <IdText id={row.ref} /> },
          { title: parts('actor'), key: 'actor', render: (_, row) => <ActorName actor={row.actor} /> },
          traceColumn(),
        ]}
      />
    </Card>
  );
}

function Movements({ orgId }: { orgId: string }) {
  const t = useTexts(adminBilling);
  const parts = useTexts(adminParts);
  const filters: Filter[] = [
    {
      key: 'type',
      kind: 'select',
      label: t('transactions.type'),
      options: TYPES.map((value) => ({ value, label: t(`transactions.types.${value}`) })),
    },
    { key: 'ref', kind: 'text', label: t('transactions.ref') },
    { key: 'period', kind: 'period', label: parts('period') },
  ];
  return (
    <section aria-label={t('wallet.movements')}>
      <Typography.Title level={2} style={{ fontSize: 16 }}>
        {t('wallet.movements')}
      </Typography.Title>
      <CursorTable<TransactionBody>
        label={t('wallet.movements')}
        queryKey={[...transactionsKey, orgId]}
        load={(page, values) => loadTransactions(page, { ...values, org_id: orgId })}
        columns={transactionColumns(t)}
        rowKey="id"
        filters={filters}
        empty={<EmptyState title={t('transactions.empty')} />}
        expand={(row) => <TransactionDetails t={t} row={row} />}
        actions={({ type, ...values }) => (
          <ExportButton
            kind="transactions"
            filters={{ ...values, org_id: orgId }}
            matching={({ ref }) => ({
              ...(type && { type: [type as TransactionBody['type']] }),
              ...(ref && { ref }),
            })}
          />
        )}
      />
    </section>
  );
}
