/** Cost or calls by day, whole or split; days without usage stand in it as zeros. */
import { Skeleton } from 'antd';
import { useCallback, useMemo } from 'react';
import { type Span, type UsageFilter, useUsageByPeriod } from '@/api/queries/billing';
import type { Dimension, SummaryRowBody } from '@/api/schema';
import { useTimeZone } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { formatCount, formatMoney } from '@/components/numbers';
import { type Series, TimeChart } from '@/components/TimeChart';
import { billing } from '@/i18n/billing';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { daysOf } from './spans';

/** More lines than these nobody tells apart; the breakdown beside the chart has all. */
const LINES_MAX = 5;

export type Measure = 'cost' | 'requests' | 'tokens';

interface Props {
  label: string;
  span: Span;
  currency: string;
  measure: Measure;
  groupBy?: Dimension;
  filter?: UsageFilter;
  /** What a value of the dimension is called. */
  nameOf?: (value: string | null) => string;
  height?: number;
}

const plain = (value: string | null) => value ?? '–';

export function UsageChart({
  label,
  span,
  currency,
  measure,
  groupBy = 'none',
  filter = {},
  nameOf = plain,
  height,
}: Props) {
  const zone = useTimeZone();
  const language = useLanguage();
  const t = useTexts(billing);
  const { data, error, refetch } = useUsageByPeriod(span, zone, groupBy, 'day', filter);
  const rows = data?.data;
  const times = useMemo(() => daysOf(span, zone), [span, zone]);
  const isWhole = groupBy === 'none';
  // Kept as long as it says the same: a new array is a new drawing.
  const series = useMemo(() => {
    if (!rows) return null;
    const valued = seriesOf(
      rows.filter(({ sums }) => sums.currency === currency),
      times,
      measure,
    );
    return valued.map(({ value, ...one }) => ({ ...one, label: isWhole ? label : nameOf(value), isGiven: !isWhole }));
  }, [rows, times, measure, currency, isWhole, label, nameOf]);
  const format = useCallback(
    (value: number) =>
      measure === 'cost' ? formatMoney(Math.round(value), currency, language) : formatCount(value, language),
    [measure, currency, language],
  );
  if (error) return <ErrorNotice error={error} onRetry={() => refetch()} />;
  if (!series) return <Skeleton.Node active style={{ width: '100%', height: height ?? 240 }} />;
  if (series.every(({ values }) => values.every((value) => value === 0)))
    return <EmptyState title={t('nothingUsed')} />;
  return (
    <TimeChart
      label={label}
      times={times}
      series={series}
      format={format}
      isCounted={measure !== 'cost'}
      {...(height && { height })}
    />
  );
}

type Valued = Omit<Series, 'label'> & { value: string | null };

function seriesOf(rows: SummaryRowBody[], times: string[], measure: Measure): Valued[] {
  const at = new Map(times.map((time, index) => [Date.parse(time), index]));
  const values = new Map<string | null, number[]>();
  for (const row of rows) {
    const index = at.get(Date.parse(row.starts_at));
    if (index === undefined) continue;
    const line = values.get(row.value) ?? times.map(() => 0);
    line[index] = (line[index] ?? 0) + sizeOf(row, measure);
    values.set(row.value, line);
  }
  if (values.size === 0)
    values.set(
      null,
      times.map(() => 0),
    );
  const whole = (line: number[]) => line.reduce((sum, one) => sum + one, 0);
  const largest = [...values].sort(([, a], [, b]) => whole(b) - whole(a)).slice(0, LINES_MAX);
  const kind = largest.length === 1 ? 'bars' : 'line';
  return largest.map(([value, line]) => ({ value, values: line, kind }));
}

function sizeOf({ sums }: SummaryRowBody, measure: Measure): number {
  if (measure === 'cost') return sums.cost_nanos;
  return measure === 'requests' ? sums.requests : sums.tokens.input_total + sums.tokens.output_total;
}
