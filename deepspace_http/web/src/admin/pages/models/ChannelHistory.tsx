/** How a channel has been by the hour: the latency of the looks at it, and those that failed. */
import { Card, Flex } from 'antd';
import { useCallback, useMemo } from 'react';
import { useCheckedHours } from '@/api/queries/channels';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { TimeChart } from '@/components/TimeChart';
import { adminModels } from '@/i18n/adminModels';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { shortCount, shortLatency } from '../../parts/short';

const HOUR_MS = 3_600_000;
const DAYS = 7;

export function ChannelHistory({ name }: { name: string }) {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const hour = Math.ceil(Date.now() / HOUR_MS);
  const period = useMemo(
    () => ({
      from: new Date((hour - DAYS * 24) * HOUR_MS).toISOString(),
      to: new Date(hour * HOUR_MS).toISOString(),
    }),
    [hour],
  );
  const { data, error, refetch } = useCheckedHours(name, period);
  const latency = useCallback((value: number) => shortLatency(value, language), [language]);
  const count = useCallback((value: number) => shortCount(value, language), [language]);
  const drawn = useMemo(() => {
    const hours = data?.data ?? [];
    return {
      times: hours.map((one) => one.hour),
      latency: [{ label: t('channels.latency'), values: hours.map((one) => one.latency_ms), kind: 'line' as const }],
      failed: [{ label: t('channels.failed'), values: hours.map((one) => one.failed), kind: 'bars' as const }],
    };
  }, [data, t]);
  return (
    <Card size="small" title={t('channels.history')} loading={!data && !error}>
      {error && <ErrorNotice error={error} onRetry={() => refetch()} />}
      {data?.data.length === 0 && <EmptyState title={t('channels.historyNone')} />}
      {drawn.times.length > 0 && (
        <Flex wrap gap={16}>
          <div style={{ flex: '1 1 320px', minWidth: 0 }}>
            <TimeChart
              label={t('channels.latencyChart')}
              times={drawn.times}
              series={drawn.latency}
              format={latency}
              height={180}
            />
          </div>
          <div style={{ flex: '1 1 320px', minWidth: 0 }}>
            <TimeChart
              label={t('channels.failedChart')}
              times={drawn.times}
              series={drawn.failed}
              format={count}
              isCounted
              height={180}
            />
          </div>
        </Flex>
      )}
    </Card>
  );
}
