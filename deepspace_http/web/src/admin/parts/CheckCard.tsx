/** A check that the worker makes each night: what the last one found, and the way to make one now. */
import { Button, Card, Flex, Tag, Typography } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';
import { type Check, type CheckNames, useForgetCheck, useLastCheck, useRunCheck } from '@/api/queries/checks';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { isSettled, useJobFeed } from '@/hooks/useJobFeed';

type Word = 'sound' | 'unsound' | 'never' | 'neverHint' | 'checked' | 'run' | 'running';

interface Props<Found extends Check> {
  names: CheckNames;
  title: string;
  say: (word: Word, variables?: { count: number }) => string;
  /** What it looked at and found. */
  children: (found: Found) => ReactNode;
}

export function CheckCard<Found extends Check>({ names, title, say, children }: Props<Found>) {
  const last = useLastCheck<Found>(names);
  const run = useRunning(names);
  if (last.error) return <ErrorNotice error={last.error} onRetry={() => last.refetch()} />;
  return (
    <Card size="small" loading={last.isPending} style={{ marginBlockEnd: 16 }}>
      <Flex wrap gap={12} justify="space-between" align="center">
        <Flex wrap gap={12} align="center">
          <Typography.Title level={2} style={{ fontSize: 16, margin: 0 }}>
            {title}
          </Typography.Title>
          {last.data ? <Verdict found={last.data} say={say} /> : <Typography.Text>{say('never')}</Typography.Text>}
        </Flex>
        <Button loading={run.isRunning} onClick={run.start}>
          {say(run.isRunning ? 'running' : 'run')}
        </Button>
      </Flex>
      {run.error !== null && <ErrorNotice error={run.error} />}
      <Flex vertical gap={8} style={{ marginBlockStart: 8 }}>
        {last.data ? children(last.data) : <Typography.Text type="secondary">{say('neverHint')}</Typography.Text>}
      </Flex>
    </Card>
  );
}

/** Starts the check's job and waits for its end, after which the last result is read anew. */
function useRunning(names: CheckNames) {
  const [jobId, setJobId] = useState<string | null>(null);
  const start = useRunCheck(names);
  const forget = useForgetCheck(names);
  const { job } = useJobFeed(jobId);
  const isOver = job !== null && isSettled(job);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the job is over
  useEffect(() => {
    if (isOver) void forget();
  }, [isOver]);
  return {
    isRunning: start.isPending || (jobId !== null && !isOver),
    error: start.error ?? (job?.error ? new Error(job.error.message) : null),
    start: () => start.mutate(undefined, { onSuccess: ({ id }) => setJobId(id) }),
  };
}

function Verdict({ found, say }: { found: Check; say: Props<Check>['say'] }) {
  return (
    <>
      <Tag color={found.sound ? 'success' : 'error'}>
        {found.sound ? say('sound') : say('unsound', { count: found.findings })}
      </Tag>
      <Typography.Text type="secondary">
        {say('checked')} <DateTime at={found.at} />
      </Typography.Text>
    </>
  );
}
