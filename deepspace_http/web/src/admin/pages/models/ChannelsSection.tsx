/** The upstreams, how each was found, and what rests in this gateway. */
import { Card, Flex, type TableColumnsType, Tag, Typography } from 'antd';
import { Link } from 'react-router';
import { useBreakers, useChannels } from '@/api/queries/channels';
import type { BreakersBody, ChannelBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { Given } from '@/components/Given';
import { LoadedTable } from '@/components/LoadedTable';
import { formatCount } from '@/components/numbers';
import { adminModels } from '@/i18n/adminModels';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { ExportButton } from '../../parts/ExportButton';
import { shortLatency } from '../../parts/short';
import { AddChannel } from './ChannelForm';

type T = Translate<typeof adminModels.en>;
type Breaker = BreakersBody['data'][number];

export function Component() {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const channels = useChannels();
  return (
    <Flex vertical gap={16}>
      <Flex wrap gap={8} justify="space-between" align="center">
        <Typography.Text type="secondary" style={{ flex: '1 1 300px' }}>
          {t('channels.hint')}
        </Typography.Text>
        <Flex wrap gap={8}>
          <AddChannel />
          <ExportButton kind="channels" filters={{}} />
        </Flex>
      </Flex>
      <LoadedTable<ChannelBody>
        label={t('channels.label')}
        list={{ ...channels, data: channels.data?.data }}
        rowKey="name"
        columns={columnsOf(t, language)}
        empty={<EmptyState title={t('channels.none')} hint={t('channels.noneHint')} />}
      />
      <Breakers />
    </Flex>
  );
}

export function HealthTag({ channel }: { channel: ChannelBody }) {
  const t = useTexts(adminModels);
  const { health, enabled } = channel;
  if (!enabled) return <Tag>{t('states.disabled')}</Tag>;
  if (!health) return <Tag color="warning">{t('channels.unchecked')}</Tag>;
  return (
    <Tag color={health.healthy ? 'success' : 'error'} title={health.detail}>
      {t(health.healthy ? 'channels.healthy' : 'channels.failing')}
    </Tag>
  );
}

function columnsOf(t: T, language: Language): TableColumnsType<ChannelBody> {
  return [
    {
      title: t('name'),
      render: (_, { name, from_environment: isGiven }) => (
        <Flex gap={8} align="center">
          <Link to={`/models/channels/${encodeURIComponent(name)}`}>
            <Given>{name}</Given>
          </Link>
          {isGiven && <Tag>{t('channels.environment')}</Tag>}
        </Flex>
      ),
    },
    { title: t('channels.health'), render: (_, row) => <HealthTag channel={row} /> },
    {
      title: t('channels.latency'),
      align: 'right',
      render: (_, row) => shortLatency(row.health?.latency_ms, language),
    },
    { title: t('channels.checked'), render: (_, row) => row.health && <DateTime at={row.health.checked_at} /> },
    { title: t('channels.priority'), align: 'right', dataIndex: 'priority' },
    { title: t('channels.weight'), align: 'right', dataIndex: 'weight' },
    {
      title: t('channels.models'),
      render: (_, { models }) => (models === null ? t('channels.allModels') : models.join(', ')),
    },
    { title: t('channels.address'), render: (_, row) => <Typography.Text code>{row.base_url}</Typography.Text> },
  ];
}

function Breakers() {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const breakers = useBreakers();
  return (
    <Card size="small" title={t('channels.breakers')}>
      <Flex vertical gap={8}>
        <Typography.Text type="secondary">{t('channels.breakersHint')}</Typography.Text>
        <LoadedTable<Breaker>
          label={t('channels.breakers')}
          list={{ ...breakers, data: breakers.data?.data }}
          rowKey={(row) => `${row.channel} ${row.model}`}
          columns={breakerColumns(t, language)}
          empty={<EmptyState title={t('channels.breakersNone')} />}
        />
      </Flex>
    </Card>
  );
}

const STATES = { closed: 'default', open: 'error', half_open: 'warning' } as const;

function breakerColumns(t: T, language: Language): TableColumnsType<Breaker> {
  return [
    { title: t('channels.breakerOf'), render: (_, { channel, model }) => (model ? `${channel} · ${model}` : channel) },
    { title: t('state'), render: (_, { state }) => <Tag color={STATES[state]}>{t(`channels.breaker.${state}`)}</Tag> },
    {
      title: t('channels.failures'),
      align: 'right',
      render: (_, { failures, calls }) => `${formatCount(failures, language)} / ${formatCount(calls, language)}`,
    },
    {
      title: t('channels.rests'),
      align: 'right',
      render: (_, row) => (row.state === 'open' ? t('channels.seconds', { count: row.rests_seconds }) : '–'),
    },
  ];
}
