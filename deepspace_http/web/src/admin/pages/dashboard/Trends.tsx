/** How the figures moved within the period. */
import { Card, Skeleton } from 'antd';
import { useCallback, useMemo } from 'react';
import type { OverviewBody } from '@/api/schema';
import { type Series, TimeChart } from '@/components/TimeChart';
import { adminDashboard } from '@/i18n/adminDashboard';
import { type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { shortCount, shortLatency, shortMoney } from '../../parts/short';
import styles from './Dashboard.module.css';

type T = Translate<typeof adminDashboard.en>;
type Steps = OverviewBody['trend'];

export function Trends({ overview }: { overview: OverviewBody | undefined }) {
  const t = useTexts(adminDashboard);
  const language = useLanguage();
  const currency = overview?.now.earnings[0]?.currency ?? 'USD';
  const money = useCallback((nanos: number) => shortMoney(nanos, currency, language), [currency, language]);
  const count = useCallback((value: number) => shortCount(value, language), [language]);
  const latency = useCallback((value: number) => shortLatency(value, language), [language]);
  const drawn = useMemo(() => (overview ? seriesOf(overview.trend, currency, t) : null), [overview, currency, t]);
  if (!drawn) return <Skeleton active paragraph={{ rows: 8 }} />;
  const { times } = drawn;
  return (
    <section aria-label={t('charts.label')} className={styles.charts}>
      <Card size="small">
        <TimeChart label={t('charts.money')} times={times} series={drawn.money} format={money} />
      </Card>
      <Card size="small">
        <TimeChart label={t('charts.usage')} times={times} series={drawn.usage} format={count} isCounted />
      </Card>
      <Card size="small">
        <TimeChart label={t('charts.errors')} times={times} series={drawn.errors} format={count} isCounted />
      </Card>
      <Card size="small">
        <TimeChart label={t('charts.latency')} times={times} series={drawn.latency} format={latency} />
      </Card>
    </section>
  );
}

function seriesOf(steps: Steps, currency: string, t: T) {
  const line = (label: string, value: (step: Steps[number]) => number | null | undefined): Series => ({
    label,
    values: steps.map((step) => value(step) ?? null),
    kind: 'line',
  });
  const earned = (step: Steps[number]) => step.figures.earnings.find((one) => one.currency === currency);
  return {
    times: steps.map((step) => step.starts_at),
    money: [
      line(t('revenue'), (step) => earned(step)?.price.nanos ?? 0),
      line(t('cost'), (step) => earned(step)?.cost?.nanos),
      line(t('margin'), (step) => earned(step)?.margin?.nanos),
    ],
    usage: [{ ...line(t('charts.answered'), (step) => step.figures.answered), kind: 'bars' as const }],
    errors: [
      line(t('charts.refused'), (step) => step.figures.refused),
      line(t('charts.failed'), (step) => step.figures.failed),
    ],
    latency: [
      line(t('charts.p50'), (step) => step.figures.answer.p50_ms),
      line(t('charts.p95'), (step) => step.figures.answer.p95_ms),
      line(t('charts.p99'), (step) => step.figures.answer.p99_ms),
    ],
  };
}
