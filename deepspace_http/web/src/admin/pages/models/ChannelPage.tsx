/** One upstream: how it is used, how it has been, what it charges. */
import { Alert, App, Button, Card, Descriptions, Flex, Skeleton, Tag, Typography } from 'antd';
import { useNavigate, useParams } from 'react-router';
import { useChannel, useChannelSteps, useChannels } from '@/api/queries/channels';
import type { ChannelBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { PageHeader } from '@/components/PageHeader';
import { useTellFault } from '@/components/useTellFault';
import { adminModels } from '@/i18n/adminModels';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { shortLatency } from '../../parts/short';
import { ChannelCosts } from './ChannelCosts';
import { EditChannel } from './ChannelForm';
import { ChannelHistory } from './ChannelHistory';
import { HealthTag } from './ChannelsSection';

export function Component() {
  const { channelName = '' } = useParams();
  const { data: channel, error, refetch } = useChannel(channelName);
  return (
    <Page>
      {error ? <ErrorNotice error={error} onRetry={() => refetch()} /> : null}
      {!channel && !error && <Skeleton active />}
      {channel && <Channel channel={channel} />}
    </Page>
  );
}

function Channel({ channel }: { channel: ChannelBody }) {
  const t = useTexts(adminModels);
  return (
    <>
      <PageHeader
        title={channel.name}
        isGiven
        description={
          <>
            <HealthTag channel={channel} />
            {channel.from_environment && <Tag>{t('channels.environment')}</Tag>}
          </>
        }
        actions={<Actions channel={channel} />}
      />
      <Flex vertical gap={16}>
        {channel.enabled && channel.health?.healthy === false && (
          <Alert
            type="error"
            showIcon
            title={t('channels.failing')}
            description={<span lang="en">{channel.health.detail}</span>}
          />
        )}
        <Facts channel={channel} />
        <ChannelHistory name={channel.name} />
        <ChannelCosts channel={channel} />
      </Flex>
    </>
  );
}

function Actions({ channel }: { channel: ChannelBody }) {
  const t = useTexts(adminModels);
  const tell = useTellFault();
  const navigate = useNavigate();
  const { edit, remove } = useChannelSteps(channel.name);
  const others = useChannels().data?.data.filter((one) => one.enabled && one.name !== channel.name);
  const isLast = others?.length === 0;
  const consequence = (text: string) => (
    <Flex vertical gap={8}>
      {text}
      {isLast && <Alert type="error" showIcon title={t('channels.lastOne')} />}
    </Flex>
  );
  const enable = () => edit.mutate({ enabled: true }, { onError: tell });
  return (
    <>
      <TestButton name={channel.name} />
      <EditChannel channel={channel} />
      {channel.enabled ? (
        <ConfirmDanger
          trigger={t('disable')}
          title={t('channels.disableTitle', { name: channel.name })}
          consequence={consequence(t('channels.disableConsequence'))}
          verb={t('disable')}
          reason="offered"
          onConfirm={(reason) => edit.mutateAsync({ enabled: false, reason })}
        />
      ) : (
        <Button type="primary" loading={edit.isPending} onClick={enable}>
          {t('enable')}
        </Button>
      )}
      {!channel.from_environment && (
        <ConfirmDanger
          trigger={t('channels.remove')}
          title={t('channels.removeTitle', { name: channel.name })}
          consequence={consequence(t('channels.removeConsequence'))}
          verb={t('channels.remove')}
          word={channel.name}
          reason="offered"
          onConfirm={(reason) => remove.mutateAsync(reason).then(() => navigate('/models/channels'))}
        />
      )}
    </>
  );
}

function TestButton({ name }: { name: string }) {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const tell = useTellFault();
  const { message } = App.useApp();
  const { test } = useChannelSteps(name);

  async function run() {
    try {
      const found = await test.mutateAsync();
      const models = found.models_listed === null ? '' : t('channels.testModels', { count: found.models_listed });
      if (!found.healthy) void message.error(t('channels.testBad', { detail: found.detail }), 8);
      else
        void message.success(t('channels.testGood', { latency: shortLatency(found.latency_ms, language), models }), 5);
    } catch (error) {
      tell(error);
    }
  }

  return (
    <Button loading={test.isPending} onClick={run}>
      {t('channels.test')}
    </Button>
  );
}

function Facts({ channel }: { channel: ChannelBody }) {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const { health, models, model_names: names } = channel;
  return (
    <Card size="small" title={t('channels.facts')}>
      <Descriptions
        size="small"
        column={{ xs: 1, sm: 2, lg: 3 }}
        items={[
          {
            key: 'url',
            label: t('channels.address'),
            children: <Typography.Text code>{channel.base_url}</Typography.Text>,
          },
          { key: 'priority', label: t('channels.priority'), children: channel.priority },
          { key: 'weight', label: t('channels.weight'), children: channel.weight },
          { key: 'models', label: t('channels.models'), children: models?.join(', ') ?? t('channels.allModels') },
          { key: 'latency', label: t('channels.latency'), children: shortLatency(health?.latency_ms, language) },
          {
            key: 'checked',
            label: t('channels.checked'),
            children: health ? <DateTime at={health.checked_at} /> : '–',
          },
          {
            key: 'log',
            label: t('channels.log'),
            children: channel.log ? (
              <Typography.Text code>{channel.log.base_url}</Typography.Text>
            ) : (
              t('channels.logNone')
            ),
          },
          ...(Object.keys(names).length > 0
            ? [
                {
                  key: 'mapping',
                  label: t('channels.mapping'),
                  children: (
                    <Flex vertical>
                      {Object.entries(names).map(([ours, theirs]) => (
                        <code key={ours}>
                          {ours} = {theirs}
                        </code>
                      ))}
                    </Flex>
                  ),
                },
              ]
            : []),
        ]}
      />
    </Card>
  );
}
