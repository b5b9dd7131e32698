/** Where the person is logged in, and the ways to end that. */
import { App, Flex, Tag, Tooltip } from 'antd';
import { useEndOtherSessions, useEndSession, useSessions, useSignOutEverywhere } from '@/api/queries/profile';
import type { SessionBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { DateTime } from '@/components/DateTime';
import { LoadedTable } from '@/components/LoadedTable';
import { Section } from '@/components/Section';
import { useTexts } from '@/i18n/i18n';
import { profile } from '@/i18n/profile';
import { deviceOf } from './device';

export function Sessions() {
  const t = useTexts(profile);
  const sessions = useSessions();
  const { data } = sessions;
  return (
    <Section title={t('sessions')} hint={t('sessionsHint')} actions={<Ending hasOthers={(data?.length ?? 0) > 1} />}>
      <LoadedTable<SessionBody>
        label={t('sessions')}
        list={{ ...sessions, data: data?.toSorted((one, other) => Number(other.current) - Number(one.current)) }}
        rowKey="id"
        empty=" "
        columns={[
          { title: t('device'), key: 'device', render: (_, session) => <DeviceOf session={session} /> },
          {
            title: t('address'),
            dataIndex: 'address',
            responsive: ['md'],
            render: (address: string) => address || '–',
          },
          {
            title: t('since'),
            dataIndex: 'created_at',
            responsive: ['md'],
            render: (at: string) => <DateTime at={at} />,
          },
          {
            title: <Tooltip title={t('seenHint')}>{t('seen')}</Tooltip>,
            dataIndex: 'refreshed_at',
            render: (at: string) => <DateTime at={at} />,
          },
          {
            title: '',
            key: 'act',
            align: 'right',
            render: (_, session) => !session.current && <End session={session} />,
          },
        ]}
      />
    </Section>
  );
}

function useDeviceName(): (userAgent: string) => string {
  const t = useTexts(profile);
  return (userAgent) => {
    const { browser, system } = deviceOf(userAgent);
    if (browser && system) return t('on', { browser, system });
    return browser ?? system ?? (userAgent.slice(0, 40) || t('unknownDevice'));
  };
}

function DeviceOf({ session: { user_agent, current } }: { session: SessionBody }) {
  const t = useTexts(profile);
  const nameOf = useDeviceName();
  return (
    <Flex gap={8} align="center">
      <Tooltip title={user_agent}>
        <strong>{nameOf(user_agent)}</strong>
      </Tooltip>
      {current && <Tag color="blue">{t('thisOne')}</Tag>}
    </Flex>
  );
}

function End({ session: { id, user_agent } }: { session: SessionBody }) {
  const t = useTexts(profile);
  const device = useDeviceName()(user_agent);
  const end = useEndSession();
  return (
    <ConfirmDanger
      title={t('endTitle', { device })}
      consequence={t('endHint')}
      verb={t('end')}
      trigger={t('end')}
      triggerProps={{ type: 'text', 'aria-label': `${t('end')}: ${device}` }}
      onConfirm={() => end.mutateAsync(id)}
    />
  );
}

function Ending({ hasOthers }: { hasOthers: boolean }) {
  const t = useTexts(profile);
  const { message } = App.useApp();
  const endOthers = useEndOtherSessions();
  const endAll = useSignOutEverywhere();
  return (
    <Flex gap={8} wrap>
      {hasOthers && (
        <ConfirmDanger
          title={t('endOthersTitle')}
          consequence={t('endOthersHint')}
          verb={t('endOthers')}
          trigger={t('endOthers')}
          triggerProps={{ danger: false }}
          onConfirm={async () => {
            const { sessions_ended: count } = await endOthers.mutateAsync();
            message.success(t('endedOthers', { count }));
          }}
        />
      )}
      <ConfirmDanger
        title={t('endAllTitle')}
        consequence={t('endAllHint')}
        verb={t('endAll')}
        trigger={t('endAll')}
        onConfirm={() => endAll.mutateAsync()}
      />
    </Flex>
  );
}
