/** The whole installation at a glance. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../client';
import type { LeaderKind } from '../schema';

export interface OverviewPeriod {
  from: string;
  to: string;
  bucket: 'hour' | 'day';
  time_zone: string;
}

const REFRESH_MS = 60_000;

export function useOverview(period: OverviewPeriod) {
  return useQuery({
    queryKey: ['overview', period],
    queryFn: () => unwrap(api.GET('/api/v1/admin/overview', { params: { query: period } })),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

export function useLeaders(period: OverviewPeriod, kind: LeaderKind) {
  return useQuery({
    queryKey: ['overview', 'leaders', period, kind],
    queryFn: () => unwrap(api.GET('/api/v1/admin/overview/leaders', { params: { query: { ...period, kind } } })),
    placeholderData: keepPreviousData,
  });
}

export function useAnomalies(hours: number) {
  return useQuery({
    queryKey: ['overview', 'anomalies', hours],
    queryFn: () => unwrap(api.GET('/api/v1/admin/overview/anomalies', { params: { query: { hours } } })),
    refetchInterval: 5 * REFRESH_MS,
  });
}

export function useAttention() {
  return useQuery({
    queryKey: ['overview', 'attention'],
    queryFn: () => unwrap(api.GET('/api/v1/admin/overview/attention')),
    refetchInterval: REFRESH_MS,
  });
}
