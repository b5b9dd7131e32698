/** How far a job is, in its state's words and as a bar where its end is known. */
import { Flex, Progress, Tag, Typography } from 'antd';
import type { AnyJobBody } from '@/api/schema';
import { Given } from '@/components/Given';
import { formatCount } from '@/components/numbers';
import { useProductNames } from '@/components/useProductNames';
import { adminParts } from '@/i18n/adminParts';
import { useLanguage, useTexts } from '@/i18n/i18n';

type State = AnyJobBody['state'];

const COLORS: Record<State, string> = {
  queued: 'default',
  running: 'processing',
  cancelling: 'warning',
  succeeded: 'success',
  dead: 'error',
  cancelled: 'default',
};

export function JobStateTag({ state }: { state: State }) {
  const t = useTexts(adminParts);
  return <Tag color={COLORS[state]}>{t(`job.states.${state}`)}</Tag>;
}

export function JobProgress({ job }: { job: Pick<AnyJobBody, 'state' | 'progress'> }) {
  const t = useTexts(adminParts);
  const language = useLanguage();
  const nameOf = useProductNames();
  const { done, percent, note } = job.progress;
  return (
    <Flex vertical gap={4} aria-live="polite">
      <Flex gap={8} wrap align="center">
        <JobStateTag state={job.state} />
        {done > 0 && (
          <Typography.Text type="secondary">
            {t('job.rows', { count: done }).replace(String(done), formatCount(done, language))}
            {note && <> · {nameOf('notes', note) ?? <Given>{note}</Given>}</>}
          </Typography.Text>
        )}
      </Flex>
      {percent !== null && job.state === 'running' && (
        <Progress aria-label={t('job.progress')} percent={percent} size="small" />
      )}
    </Flex>
  );
}
