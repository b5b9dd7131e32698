/** How movements are shown, in the list of everybody's and on a wallet's page. */

import { Button, Flex, type TableColumnsType, Tag, Typography } from 'antd';
import type { TransactionBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { Money } from '@/components/Money';
import { Purpose } from '@/components/Purpose';
import type { adminBilling } from '@/i18n/adminBilling';
import type { Translate } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { shortened } from '../../parts/IdText';
import { ActorName, OrgName } from '../../parts/Named';
import { traceColumn } from '../../parts/traceColumn';
import { WalletCommandButton } from './WalletCommandForm';

type T = Translate<typeof adminBilling.en>;

export const TYPES = ['top_up', 'hold', 'extend', 'capture', 'release', 'expire', 'refund', 'adjust'] as const;

const COLORS: Record<TransactionBody['type'], string> = {
  top_up: 'success',
  hold: 'default',
  extend: 'default',
  capture: 'processing',
  release: 'default',
  expire: 'warning',
  refund: 'processing',
  adjust: 'warning',
};

export function transactionColumns(t: T, { orgTitle }: { orgTitle?: string } = {}): TableColumnsType<TransactionBody> {
  const org: TableColumnsType<TransactionBody> = orgTitle
    ? [{ title: orgTitle, key: 'org', render: (_, row) => <OrgName id={row.org_id} /> }]
    : [];
  return [
    { title: t('transactions.at'), key: 'at', render: (_, row) => <DateTime at={row.at} withSeconds /> },
    ...org,
    { title: t('transactions.type'), key: 'type', render: (_, row) => <TypeTag t={t} row={row} /> },
    {
      title: t('transactions.amount'),
      key: 'amount',
      align: 'right',
      render: (_, row) => <Money nanos={row.amount_nanos} currency={row.currency} />,
    },
    {
      title: t('transactions.balanceAfter'),
      key: 'balance',
      align: 'right',
      render: (_, row) => <Money nanos={row.balance_after_nanos} currency={row.currency} />,
    },
    {
      title: t('transactions.ref'),
      key: 'ref',
      render: (_, row) => <Typography.Text code>{shortened(row.ref)}</Typography.Text>,
    },
    traceColumn(),
    {
      title: <ActionsTitle />,
      key: 'act',
      render: (_, row) =>
        row.type === 'capture' && row.amount_nanos > 0 ? (
          <WalletCommandButton
            kind="refund"
            orgId={row.org_id}
            currency={row.currency}
            capture={{ ref: row.ref, amount_nanos: row.amount_nanos }}
            trigger={(open) => (
              <Button size="small" onClick={open}>
                {t('wallet.refund')}
              </Button>
            )}
          />
        ) : null,
    },
  ];
}

function TypeTag({ t, row }: { t: T; row: TransactionBody }) {
  return (
    <Flex gap={4}>
      <Tag color={COLORS[row.type]}>{t(`transactions.types.${row.type}`)}</Tag>
      {row.late && <Tag color="warning">{t('transactions.late')}</Tag>}
    </Flex>
  );
}

/** What a row has no column for. */
export function TransactionDetails({ t, row }: { t: T; row: TransactionBody }) {
  return (
    <Flex vertical gap={4}>
      <span>
        {t('transactions.seq')} {row.seq} · {row.id}
      </span>
      <span>
        {t('transactions.ref')}: <Typography.Text copyable>{row.ref}</Typography.Text>
      </span>
      {row.capture_ref && (
        <span>
          {t('transactions.captureRef')}: <Typography.Text copyable>{row.capture_ref}</Typography.Text>
        </span>
      )}
      <span>
        {t('transactions.frozenAfter')}: <Money nanos={row.frozen_after_nanos} currency={row.currency} />
      </span>
      {row.description && (
        <span>
          {t('transactions.description')}: <Purpose row={row} />
        </span>
      )}
      <ActorName actor={row.actor} />
    </Flex>
  );
}
