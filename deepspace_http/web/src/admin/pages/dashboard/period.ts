/** The period of the dashboard: chosen in the address, whole hours, in steps that a chart can show. */
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import type { OverviewPeriod } from '@/api/queries/overview';
import { useTimeZone } from '@/components/DateTime';

export const RANGES = ['24h', '7d', '30d', '90d'] as const;
export type Range = (typeof RANGES)[number];

const HOUR_MS = 3_600_000;
const HOURS: Record<Range, number> = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24, '90d': 90 * 24 };
const BUCKETS: Record<Range, OverviewPeriod['bucket']> = { '24h': 'hour', '7d': 'hour', '30d': 'day', '90d': 'day' };

/** The hours until the present one is over, so that what happens now is counted. */
export function periodOf(range: Range, zone: string, now: Date): OverviewPeriod {
  const until = Math.ceil(now.getTime() / HOUR_MS) * HOUR_MS;
  return {
    from: new Date(until - HOURS[range] * HOUR_MS).toISOString(),
    to: new Date(until).toISOString(),
    bucket: BUCKETS[range],
    time_zone: zone,
  };
}

export function useRange(): { range: Range; choose: (range: Range) => void; period: OverviewPeriod } {
  const [params, setParams] = useSearchParams();
  const zone = useTimeZone();
  const asked = params.get('range');
  const range = RANGES.find((one) => one === asked) ?? '7d';
  const hour = Math.ceil(Date.now() / HOUR_MS);
  const period = useMemo(() => periodOf(range, zone, new Date(hour * HOUR_MS)), [range, zone, hour]);
  return { range, choose: (wanted) => setParams({ range: wanted }), period };
}
