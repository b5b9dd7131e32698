/** The work behind the scenes: what waits, runs and died; each job with its progress as it goes. */
import { App, Drawer, Flex, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { jobsKey, loadJobs, useCensus, useRetryDead } from '@/api/queries/adminSystem';
import type { AnyJobBody, CensusBody, JobCountBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter } from '@/components/filters';
import { ProductName } from '@/components/ProductName';
import { useProductNames } from '@/components/useProductNames';
import { adminParts } from '@/i18n/adminParts';
import { adminSystem } from '@/i18n/adminSystem';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ExportButton } from '../../parts/ExportButton';
import { orgFilter } from '../../parts/filters';
import { JobProgress } from '../../parts/JobProgress';
import { OrgName } from '../../parts/Named';
import { Tiles } from '../../parts/Tiles';
import { traceColumn } from '../../parts/traceColumn';
import { JobView } from './JobView';

const STATES = ['queued', 'running', 'cancelling', 'succeeded', 'dead', 'cancelled'] as const;

export function Component() {
  const t = useTexts(adminSystem);
  const parts = useTexts(adminParts);
  const [shown, setShown] = useState<AnyJobBody | null>(null);
  return (
    <>
      <Census />
      <CursorTable<AnyJobBody>
        label={t('jobs.label')}
        queryKey={jobsKey}
        load={loadJobs}
        columns={columnsOf(t)}
        rowKey="id"
        filters={filtersOf(t, parts)}
        empty={<EmptyState title={t('jobs.empty')} />}
        onRow={setShown}
        actions={(wanted) => <ExportButton kind="jobs" filters={wanted} />}
      />
      <Drawer
        open={shown !== null}
        size="large"
        title={shown && <ProductName family="jobs" name={shown.name} />}
        destroyOnHidden
        onClose={() => setShown(null)}
      >
        {shown && <JobView known={shown} />}
      </Drawer>
    </>
  );
}

function filtersOf(t: Translate<typeof adminSystem.en>, parts: Translate<typeof adminParts.en>): Filter[] {
  return [
    orgFilter(parts('organization')),
    {
      key: 'state',
      kind: 'select',
      label: t('jobs.state'),
      options: STATES.map((value) => ({ value, label: parts(`job.states.${value}`) })),
    },
    { key: 'name', kind: 'text', label: t('jobs.name') },
    { key: 'trace_id', kind: 'text', label: parts('traceId'), width: 150 },
    { key: 'period', kind: 'period', label: parts('period') },
  ];
}

function columnsOf(t: Translate<typeof adminSystem.en>): TableColumnsType<AnyJobBody> {
  return [
    { title: t('jobs.queued'), key: 'queued', render: (_, row) => <DateTime at={row.queued_at} withSeconds /> },
    { title: t('jobs.name'), key: 'name', render: (_, row) => <ProductName family="jobs" name={row.name} /> },
    { title: t('jobs.progress'), key: 'progress', render: (_, row) => <JobProgress job={row} /> },
    {
      title: t('jobs.attempts'),
      key: 'attempts',
      align: 'right',
      render: (_, row) => (row.attempts_max === null ? row.attempts : `${row.attempts} / ${row.attempts_max}`),
    },
    { title: t('exports.whose'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    {
      title: t('jobs.finished'),
      key: 'finished',
      render: (_, row) => row.finished_at && <DateTime at={row.finished_at} withSeconds />,
    },
    traceColumn(),
  ];
}

function Census() {
  const t = useTexts(adminSystem);
  const census = useCensus();
  const sum = (...states: JobCountBody['state'][]) => countOf(census.data, states);
  const dead = sum('dead');
  const tiles = [
    { label: t('jobs.waiting'), value: sum('queued') },
    { label: t('jobs.running'), value: sum('running', 'cancelling') },
    { label: t('jobs.dead'), value: dead, isBad: dead > 0 },
    {
      label: t('jobs.behind'),
      value: census.data?.deliveries_due ?? 0,
      note: census.data?.oldest_delivery_at && <DateTime at={census.data.oldest_delivery_at} />,
    },
  ];
  return (
    <>
      <Tiles
        label={t('jobs.census')}
        tiles={tiles}
        isLoading={census.isPending}
        error={census.error}
        onRetry={() => census.refetch()}
      />
      {dead > 0 && <DeadLetters counts={(census.data?.data ?? []).filter((one) => one.state === 'dead')} />}
    </>
  );
}

function countOf(census: CensusBody | undefined, states: JobCountBody['state'][]): number {
  const counted = (census?.data ?? []).filter((one) => states.includes(one.state));
  return counted.reduce((total, one) => total + one.count, 0);
}

function DeadLetters({ counts }: { counts: JobCountBody[] }) {
  const t = useTexts(adminSystem);
  const nameOf = useProductNames();
  const all = counts.reduce((total, one) => total + one.count, 0);
  return (
    <Flex gap={8} wrap align="center" style={{ marginBlockEnd: 16 }}>
      <RetryDead name={null} count={all} trigger={t('jobs.retryDead')} />
      {counts.map(({ name, count }) => (
        <RetryDead
          key={name}
          name={name}
          count={count}
          trigger={`${t('jobs.retryDeadOf', { name: nameOf('jobs', name) ?? name })} (${count})`}
        />
      ))}
    </Flex>
  );
}

/** `name` null: of whatever name. */
function RetryDead({ name, count, trigger }: { name: string | null; count: number; trigger: string }) {
  const t = useTexts(adminSystem);
  const { message } = App.useApp();
  const retry = useRetryDead();

  async function start(reason: string) {
    const answer = await retry.mutateAsync({ name, reason });
    void message.success(t('jobs.retried', { count: (answer as { data: unknown[] }).data.length }));
  }

  return (
    <ConfirmDanger
      title={t('jobs.retryDeadTitle', { count })}
      consequence={t('jobs.retryBody')}
      verb={t('jobs.retry')}
      trigger={trigger}
      isCalm
      reason="offered"
      {...(name !== null && { triggerProps: { size: 'small' as const } })}
      onConfirm={start}
    />
  );
}
