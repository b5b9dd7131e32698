/** Webhooks of everybody: where to, of what, and whether they are heard. */

import { App, Button, Flex, type TableColumnsType, Tag, Typography } from 'antd';
import { Link } from 'react-router';
import { loadWebhooks, usePingWebhook, webhooksKey } from '@/api/queries/adminSystem';
import type { ExportMatchBody, WebhookBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter, FilterValues } from '@/components/filters';
import { Given } from '@/components/Given';
import { ProductName } from '@/components/ProductName';
import { useTellFault } from '@/components/useTellFault';
import { adminParts } from '@/i18n/adminParts';
import { adminSystem } from '@/i18n/adminSystem';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { ExportButton } from '../../parts/ExportButton';
import { orgFilter } from '../../parts/filters';
import { IdText } from '../../parts/IdText';
import { OrgName } from '../../parts/Named';

type T = Translate<typeof adminSystem.en>;

export function Component() {
  const t = useTexts(adminSystem);
  const parts = useTexts(adminParts);
  const filters: Filter[] = [
    orgFilter(parts('organization')),
    {
      key: 'enabled',
      kind: 'select',
      label: t('webhooks.state'),
      options: [
        { value: 'true', label: t('webhooks.enabled') },
        { value: 'false', label: t('webhooks.disabled') },
      ],
    },
  ];
  return (
    <CursorTable<WebhookBody>
      label={t('webhooks.label')}
      queryKey={webhooksKey}
      load={loadWebhooks}
      columns={columnsOf(t)}
      rowKey="id"
      filters={filters}
      empty={<EmptyState title={t('webhooks.empty')} hint={t('webhooks.emptyHint')} />}
      actions={(wanted) => <ExportButton kind="webhooks" filters={wanted} matching={matchingOf} />}
      expand={(row) => <WebhookDetails t={t} webhook={row} />}
    />
  );
}

function matchingOf({ enabled }: FilterValues): ExportMatchBody {
  return enabled ? { enabled: enabled === 'true' } : {};
}

function columnsOf(t: T): TableColumnsType<WebhookBody> {
  return [
    {
      title: t('webhooks.url'),
      key: 'url',
      render: (_, row) => (
        <Typography.Text style={{ maxWidth: 320 }} ellipsis={{ tooltip: row.url }}>
          {row.url}
        </Typography.Text>
      ),
    },
    { title: t('exports.whose'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    {
      title: t('webhooks.state'),
      key: 'state',
      render: (_, row) => (
        <Tag color={row.enabled ? 'success' : 'error'}>{t(row.enabled ? 'webhooks.enabled' : 'webhooks.disabled')}</Tag>
      ),
    },
    {
      title: t('webhooks.failing'),
      key: 'failing',
      render: (_, row) =>
        row.failing_since ? (
          <Flex gap={8} align="center">
            <DateTime at={row.failing_since} />
            <Tag color="warning">{t('webhooks.failures', { count: row.failures })}</Tag>
          </Flex>
        ) : (
          '–'
        ),
    },
    {
      title: <ActionsTitle />,
      key: 'act',
      render: (_, row) => (
        <Flex gap={8}>
          <Ping webhook={row} />
          <Link to={`/system/deliveries?webhook_id=${row.id}`}>
            <Button size="small">{t('webhooks.deliveries')}</Button>
          </Link>
        </Flex>
      ),
    },
  ];
}

function Ping({ webhook }: { webhook: WebhookBody }) {
  const t = useTexts(adminSystem);
  const tell = useTellFault();
  const { message } = App.useApp();
  const ping = usePingWebhook();
  return (
    <Button
      size="small"
      disabled={!webhook.enabled}
      loading={ping.isPending}
      onClick={() =>
        ping.mutate(webhook, {
          onSuccess: () => message.success(t('webhooks.pinged')),
          onError: tell,
        })
      }
    >
      {t('webhooks.ping')}
    </Button>
  );
}

function WebhookDetails({ t, webhook }: { t: T; webhook: WebhookBody }) {
  return (
    <Flex vertical gap={6}>
      <IdText id={webhook.id} />
      {webhook.description && (
        <span>
          {t('webhooks.description')}: <Given>{webhook.description}</Given>
        </span>
      )}
      <Flex gap={4} wrap align="center">
        {t('webhooks.events')}:
        {webhook.event_types.length === 0
          ? t('webhooks.allEvents')
          : webhook.event_types.map((type) => (
              <Tag key={type}>
                <ProductName family="events" name={type} isPlain />
              </Tag>
            ))}
      </Flex>
      {webhook.disabled_reason && (
        <span>
          {t('webhooks.why')}: <Given>{webhook.disabled_reason}</Given> (<DateTime at={webhook.disabled_at} />)
        </span>
      )}
    </Flex>
  );
}
