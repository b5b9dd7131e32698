/** Messages to webhooks, how they went, and the way to send one again. */

import { App, Flex, type TableColumnsType, Tag, Typography } from 'antd';
import { deliveriesKey, loadDeliveries, useReplayDelivery } from '@/api/queries/adminSystem';
import type { OrgDeliveryBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter } from '@/components/filters';
import { ProductName } from '@/components/ProductName';
import { adminParts } from '@/i18n/adminParts';
import { adminSystem } from '@/i18n/adminSystem';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { ExportButton } from '../../parts/ExportButton';
import { orgFilter } from '../../parts/filters';
import { IdText } from '../../parts/IdText';
import { JsonView } from '../../parts/JsonView';
import { OrgName } from '../../parts/Named';
import { traceColumn } from '../../parts/traceColumn';

type T = Translate<typeof adminSystem.en>;

const STATES = ['pending', 'delivered', 'failed'] as const;
const COLORS = { pending: 'processing', delivered: 'success', failed: 'error' } as const;

export function Component() {
  const t = useTexts(adminSystem);
  const parts = useTexts(adminParts);
  const filters: Filter[] = [
    orgFilter(parts('organization')),
    {
      key: 'state',
      kind: 'select',
      label: t('deliveries.state'),
      options: STATES.map((value) => ({ value, label: t(`deliveries.states.${value}`) })),
    },
    { key: 'webhook_id', kind: 'text', label: t('deliveries.webhook') },
    { key: 'period', kind: 'period', label: parts('period') },
  ];
  return (
    <CursorTable<OrgDeliveryBody>
      label={t('deliveries.label')}
      queryKey={deliveriesKey}
      load={loadDeliveries}
      columns={columnsOf(t)}
      rowKey="id"
      filters={filters}
      empty={<EmptyState title={t('deliveries.empty')} hint={t('deliveries.emptyHint')} />}
      expand={(row) => <DeliveryDetails t={t} delivery={row} />}
      actions={(wanted) => <ExportButton kind="deliveries" filters={wanted} />}
    />
  );
}

function columnsOf(t: T): TableColumnsType<OrgDeliveryBody> {
  return [
    { title: t('deliveries.created'), key: 'at', render: (_, row) => <DateTime at={row.created_at} withSeconds /> },
    { title: t('exports.whose'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    {
      title: t('deliveries.event'),
      key: 'event',
      render: (_, row) => <ProductName family="events" name={row.event_type} />,
    },
    {
      title: t('deliveries.state'),
      key: 'state',
      render: (_, row) => <Tag color={COLORS[row.state]}>{t(`deliveries.states.${row.state}`)}</Tag>,
    },
    { title: t('deliveries.attempts'), dataIndex: 'attempts', key: 'attempts', align: 'right' },
    { title: t('deliveries.answer'), key: 'answer', align: 'right', render: (_, row) => row.response_status ?? '–' },
    traceColumn(),
    {
      title: <ActionsTitle />,
      key: 'act',
      render: (_, row) => (row.state === 'pending' ? null : <Replay delivery={row} />),
    },
  ];
}

function Replay({ delivery }: { delivery: OrgDeliveryBody }) {
  const t = useTexts(adminSystem);
  const { message } = App.useApp();
  const replay = useReplayDelivery();
  return (
    <ConfirmDanger
      title={t('deliveries.replayTitle')}
      consequence={t('deliveries.replayBody')}
      verb={t('deliveries.replay')}
      trigger={t('deliveries.replay')}
      triggerProps={{ size: 'small' }}
      isCalm
      reason="offered"
      onConfirm={(reason) =>
        replay.mutateAsync({ delivery, reason }).then(() => message.success(t('deliveries.replayed')))
      }
    />
  );
}

function DeliveryDetails({ t, delivery }: { t: T; delivery: OrgDeliveryBody }) {
  return (
    <Flex vertical gap={8}>
      <IdText id={delivery.id} />
      {delivery.error && (
        <Typography.Text type="danger">
          {t('deliveries.error')}: <span lang="en">{delivery.error}</span>
        </Typography.Text>
      )}
      <span>{t('deliveries.sent')}</span>
      <JsonView value={delivery.data} />
      {delivery.response_text && (
        <>
          <span>{t('deliveries.answered')}</span>
          <JsonView value={delivery.response_text} />
        </>
      )}
    </Flex>
  );
}
