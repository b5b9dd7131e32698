/** One job, live: what it is to do, how far it is, why it failed, and what can be done about it. */
import { Alert, Descriptions, Flex, Typography } from 'antd';
import { useCancelJob, useRetryJob } from '@/api/queries/adminSystem';
import type { AnyJobBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { DateTime } from '@/components/DateTime';
import { ProductName } from '@/components/ProductName';
import { isSettled, useJobFeed } from '@/hooks/useJobFeed';
import { adminParts } from '@/i18n/adminParts';
import { adminSystem } from '@/i18n/adminSystem';
import { useTexts } from '@/i18n/i18n';
import { duration } from '../../parts/durations';
import { IdText } from '../../parts/IdText';
import { JobProgress } from '../../parts/JobProgress';
import { JsonView } from '../../parts/JsonView';
import { OrgName } from '../../parts/Named';
import { TraceLink } from '../../parts/TraceLink';

export function JobView({ known }: { known: AnyJobBody }) {
  const t = useTexts(adminSystem);
  const feed = useJobFeed(known.id);
  const job = feed.job ?? known;
  return (
    <Flex vertical gap={16}>
      <JobProgress job={job} />
      {feed.isLost && !isSettled(job) && <Alert type="warning" showIcon title={t('jobs.lost')} />}
      {job.error && (
        <Alert type="error" showIcon title={t('jobs.error')} description={<JobFault error={job.error} />} />
      )}
      <Facts job={job} />
      <Typography.Text strong>{t('jobs.payload')}</Typography.Text>
      <JsonView value={job.payload} />
      <Actions job={job} />
    </Flex>
  );
}

/** In words by its code, and as the worker told it. */
function JobFault({ error }: { error: NonNullable<AnyJobBody['error']> }) {
  return (
    <Flex vertical gap={4}>
      <ProductName family="errors" name={error.code} />
      <span lang="en">{error.message}</span>
    </Flex>
  );
}

function Facts({ job }: { job: AnyJobBody }) {
  const t = useTexts(adminSystem);
  const parts = useTexts(adminParts);
  const took = job.started_at && job.finished_at ? Date.parse(job.finished_at) - Date.parse(job.started_at) : null;
  const facts = [
    { key: 'id', label: parts('id'), children: <IdText id={job.id} /> },
    { key: 'org', label: t('exports.whose'), children: <OrgName id={job.org_id} /> },
    { key: 'queued', label: t('jobs.queued'), children: <DateTime at={job.queued_at} withSeconds /> },
    { key: 'started', label: t('jobs.started'), children: <DateTime at={job.started_at} withSeconds /> },
    ...(isSettled(job)
      ? [{ key: 'finished', label: t('jobs.finished'), children: <DateTime at={job.finished_at} withSeconds /> }]
      : [{ key: 'due', label: t('jobs.due'), children: <DateTime at={job.due_at} withSeconds /> }]),
    ...(took === null ? [] : [{ key: 'took', label: t('jobs.duration'), children: duration(took) }]),
    {
      key: 'attempts',
      label: t('jobs.attempts'),
      children: job.attempts_max === null ? job.attempts : `${job.attempts} / ${job.attempts_max}`,
    },
    { key: 'trace', label: parts('trace'), children: <TraceLink id={job.trace_id} /> },
  ];
  return <Descriptions size="small" column={{ xs: 1, sm: 2 }} items={facts} />;
}

function Actions({ job }: { job: AnyJobBody }) {
  const t = useTexts(adminSystem);
  const cancel = useCancelJob();
  const retry = useRetryJob();
  const canRetry = job.state === 'dead' || job.state === 'cancelled';
  return (
    <Flex gap={8} justify="flex-end">
      {!isSettled(job) && (
        <ConfirmDanger
          title={t('jobs.cancelTitle')}
          consequence={t('jobs.cancelBody')}
          verb={t('jobs.cancel')}
          trigger={t('jobs.cancel')}
          reason="offered"
          onConfirm={(reason) => cancel.mutateAsync({ id: job.id, reason })}
        />
      )}
      {canRetry && (
        <ConfirmDanger
          title={t('jobs.retryTitle')}
          consequence={t('jobs.retryBody')}
          verb={t('jobs.retry')}
          trigger={t('jobs.retry')}
          isCalm
          reason="offered"
          onConfirm={(reason) => retry.mutateAsync({ id: job.id, reason })}
        />
      )}
    </Flex>
  );
}
