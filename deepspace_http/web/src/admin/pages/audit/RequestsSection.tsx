/** Every request that the gateway answered, refused ones too: filtered, summed, exported. */
import { Flex, type TableColumnsType, Tag, Typography } from 'antd';
import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import { loadRequests, requestsKey, useRequestTotals } from '@/api/queries/adminAudit';
import type { AnyRequestLogBody, ExportMatchBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { type Filter, type FilterValues, useFilters } from '@/components/filters';
import { Given } from '@/components/Given';
import { formatBytes, formatCount } from '@/components/numbers';
import { adminAudit } from '@/i18n/adminAudit';
import { adminParts } from '@/i18n/adminParts';
import { type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { names } from '@/i18n/names';
import { duration } from '../../parts/durations';
import { ExportButton } from '../../parts/ExportButton';
import { endingFilter, orgFilter } from '../../parts/filters';
import { Named, OrgName } from '../../parts/Named';
import { Tiles } from '../../parts/Tiles';
import { traceColumn } from '../../parts/traceColumn';
import { StatusTag } from './StatusTag';

type T = Translate<typeof adminAudit.en>;

const STATUSES: Record<string, FilterValues> = {
  ok: { status_max: '399' },
  failed: { status_min: '400' },
  faults: { status_min: '500' },
};

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export function Component() {
  const t = useTexts(adminAudit);
  const parts = useTexts(adminParts);
  const navigate = useNavigate();
  const filters = filtersOf(t, parts, useTexts(names));
  const { values } = useFilters(filters);
  return (
    <>
      <RequestTotals values={values} />
      <CursorTable<AnyRequestLogBody>
        label={t('requests.label')}
        queryKey={requestsKey}
        load={(page, wanted) => loadRequests(page, asked(wanted))}
        columns={columnsOf(t)}
        rowKey="id"
        filters={filters}
        empty={<EmptyState title={t('requests.empty')} hint={t('requests.emptyHint')} />}
        onRow={(row) => navigate(`/audit/traces/${row.trace_id}`)}
        actions={(wanted) => <ExportButton kind="requests" filters={wanted} matching={matchingOf} />}
      />
    </>
  );
}

function RequestTotals({ values }: { values: FilterValues }) {
  const t = useTexts(adminAudit);
  const language = useLanguage();
  const minute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const wanted = useMemo(() => summed(values, minute), [values, minute]);
  const totals = useRequestTotals(wanted);
  const data = totals.data;
  const time = (ms: number | null | undefined) => (ms === null || ms === undefined ? '–' : duration(ms));
  const tiles = [
    { label: t('requests.count'), value: formatCount(data?.requests ?? 0, language) },
    { label: t('requests.failed'), value: formatCount(data?.failed ?? 0, language) },
    { label: t('requests.faults'), value: formatCount(data?.faults ?? 0, language), isBad: (data?.faults ?? 0) > 0 },
    { label: t('requests.median'), value: time(data?.median_ms) },
    { label: t('requests.p95'), value: time(data?.p95_ms) },
    {
      label: t('requests.traffic'),
      value: `${formatBytes(data?.request_bytes ?? 0, language)} / ${formatBytes(data?.response_bytes ?? 0, language)}`,
    },
  ];
  const isOfDay = wanted.from !== values.from;
  return (
    <>
      <Tiles
        label={t(isOfDay ? 'requests.totalsOfDay' : 'requests.totals')}
        tiles={tiles}
        isLoading={totals.isPending}
        error={totals.error}
        onRetry={() => totals.refetch()}
      />
      {isOfDay && <Typography.Paragraph type="secondary">{t('requests.ofDay')}</Typography.Paragraph>}
    </>
  );
}

function filtersOf(t: T, parts: Translate<typeof adminParts.en>, named: Translate<typeof names.en>): Filter[] {
  return [
    orgFilter(parts('organization')),
    {
      key: 'status',
      kind: 'select',
      label: t('requests.status'),
      width: 190,
      options: (['ok', 'failed', 'faults'] as const).map((value) => ({
        value,
        label: t(`requests.statuses.${value}`),
      })),
    },
    { key: 'status_code', kind: 'text', label: t('requests.statusCode'), width: 110 },
    { key: 'model', kind: 'text', label: t('requests.model'), width: 150 },
    { key: 'trace_id', kind: 'text', label: parts('traceId'), width: 150 },
    { key: 'period', kind: 'period', label: parts('period') },
    { key: 'error_code', kind: 'text', label: t('requests.code'), width: 150, isRare: true },
    { ...endingFilter(t('trace.ending'), named), isRare: true },
    { key: 'slower_than_ms', kind: 'text', label: t('requests.slower'), width: 150, isRare: true },
    { key: 'route', kind: 'text', label: t('requests.route'), width: 180, isRare: true },
    { key: 'channel', kind: 'text', label: t('trace.channel'), width: 130, isRare: true },
    { key: 'api_key_id', kind: 'text', label: t('requests.keyId'), isRare: true },
    { key: 'user_id', kind: 'text', label: t('requests.userId'), isRare: true },
    { key: 'project_id', kind: 'text', label: t('requests.projectId'), isRare: true },
    { key: 'workspace_id', kind: 'text', label: t('requests.workspaceId'), isRare: true },
    { key: 'app_id', kind: 'text', label: t('requests.appId'), isRare: true },
  ];
}

function columnsOf(t: T): TableColumnsType<AnyRequestLogBody> {
  return [
    { title: t('requests.started'), key: 'started', render: (_, row) => <DateTime at={row.started_at} withSeconds /> },
    {
      title: t('requests.status'),
      key: 'status',
      render: (_, row) => <StatusTag status={row.status} code={row.error_code} />,
    },
    {
      title: t('requests.route'),
      key: 'route',
      render: (_, row) => (
        <Flex gap={6} align="center">
          <Typography.Text code>
            {row.method} {row.route}
          </Typography.Text>
          {row.stream && <Tag>{t('requests.stream')}</Tag>}
        </Flex>
      ),
    },
    { title: t('requests.model'), key: 'model', render: (_, row) => <Given>{row.model ?? '–'}</Given> },
    { title: t('trace.channel'), key: 'channel', render: (_, row) => <Given>{row.channel ?? '–'}</Given> },
    { title: t('trace.caller'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    { title: t('requests.key'), key: 'key', render: (_, row) => <Named id={row.api_key_id} /> },
    { title: t('requests.duration'), key: 'duration', align: 'right', render: (_, row) => duration(row.duration_ms) },
    traceColumn(),
  ];
}

/** The address says "failed"; the gateway is asked for 400 and up. One code is both bounds at once. */
export function asked({ status, status_code: code, ...rest }: FilterValues): FilterValues {
  const bounds = code ? { status_min: code, status_max: code } : status ? STATUSES[status] : {};
  return { ...rest, ...bounds };
}

/** Sums of everything there ever was would be read from end to end: without a period, the last day is summed. */
export function summed(filters: FilterValues, now: number): FilterValues {
  const isNarrow = ['from', 'to', 'trace_id'].some((name) => filters[name]);
  return isNarrow ? asked(filters) : { ...asked(filters), from: new Date(now - DAY_MS).toISOString() };
}

export function matchingOf(filters: FilterValues): ExportMatchBody {
  const {
    org_id: _org,
    project_id: _project,
    from: _from,
    to: _to,
    status_min: min,
    status_max: max,
    slower_than_ms: slower,
    ...texts
  } = asked(filters);
  return {
    ...texts,
    ...(min && { status_min: Number(min) }),
    ...(max && { status_max: Number(max) }),
    ...(slower && { slower_than_ms: Number(slower) }),
  };
}
