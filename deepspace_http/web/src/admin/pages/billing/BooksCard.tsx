/** Whether the books are sound: what the last audit found, the trial balance, and the way to audit now. */
import { Button, Card, Collapse, Flex, Tag, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { type BooksAudit, useAuditBooks, useBooksAudit, useForgetBooksAudit } from '@/api/queries/adminBilling';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { isSettled, useJobFeed } from '@/hooks/useJobFeed';
import { adminBilling } from '@/i18n/adminBilling';
import { useLanguage, useTexts } from '@/i18n/i18n';

export function BooksCard() {
  const t = useTexts(adminBilling);
  const audit = useBooksAudit();
  const run = useRunning();
  if (audit.error) return <ErrorNotice error={audit.error} onRetry={() => audit.refetch()} />;
  return (
    <Card size="small" loading={audit.isPending} style={{ marginBlockEnd: 16 }}>
      <Flex wrap gap={12} justify="space-between" align="center">
        <Flex wrap gap={12} align="center">
          <Typography.Title level={2} style={{ fontSize: 16, margin: 0 }}>
            {t('books.title')}
          </Typography.Title>
          {audit.data ? <Verdict audit={audit.data} /> : <Typography.Text>{t('books.never')}</Typography.Text>}
        </Flex>
        <Button loading={run.isRunning} onClick={run.start}>
          {run.isRunning ? t('books.running') : t('books.run')}
        </Button>
      </Flex>
      {run.error !== null && <ErrorNotice error={run.error} />}
      {audit.data ? (
        <Found audit={audit.data} />
      ) : (
        <Typography.Text type="secondary">{t('books.neverHint')}</Typography.Text>
      )}
    </Card>
  );
}

/** Starts the audit's job and waits for its end, after which the last result is read anew. */
function useRunning() {
  const [jobId, setJobId] = useState<string | null>(null);
  const start = useAuditBooks();
  const forget = useForgetBooksAudit();
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

function Verdict({ audit }: { audit: BooksAudit }) {
  const t = useTexts(adminBilling);
  return (
    <>
      <Tag color={audit.sound ? 'success' : 'error'}>
        {audit.sound ? t('books.sound') : t('books.unsound', { count: audit.findings })}
      </Tag>
      <Typography.Text type="secondary">
        {t('books.audited')} <DateTime at={audit.at} />
      </Typography.Text>
    </>
  );
}

function Found({ audit }: { audit: BooksAudit }) {
  const t = useTexts(adminBilling);
  const language = useLanguage();
  const count = (number: number) => formatCount(number, language);
  const looked = t('books.looked', {
    rows: count(audit.rows),
    holds: count(audit.holds),
    calls: count(audit.calls),
    wallets: count(audit.wallets),
  });
  const items = [{ key: 'trial', label: t('books.trial'), children: <TrialBalance audit={audit} /> }];
  return (
    <Flex vertical gap={8} style={{ marginBlockStart: 8 }}>
      <Typography.Text type="secondary">{looked}</Typography.Text>
      {audit.first_findings.map((one) => (
        <Typography.Text key={`${one.where} ${one.message}`} type="danger">
          {one.where}: {one.message} ({one.invariant})
        </Typography.Text>
      ))}
      <Collapse ghost size="small" items={items} />
    </Flex>
  );
}

function TrialBalance({ audit }: { audit: BooksAudit }) {
  const t = useTexts(adminBilling);
  const currencies = [...new Set(audit.trial_balance.map((line) => line.currency))];
  return currencies.map((currency) => {
    const lines = audit.trial_balance.filter((line) => line.currency === currency);
    const sum = lines.reduce((total, line) => total + BigInt(line.balance_nanos), 0n);
    return (
      <table key={currency} style={{ borderSpacing: '16px 4px', marginInlineStart: -16 }}>
        <tbody>
          {lines.map((line) => (
            <tr key={line.account}>
              <th scope="row" style={{ textAlign: 'start', fontWeight: 'normal' }}>
                {t(`books.accounts.${line.account as 'world'}`)}
              </th>
              <td style={{ textAlign: 'end' }}>
                <Money nanos={line.balance_nanos} currency={currency} signed />
              </td>
            </tr>
          ))}
          <tr>
            <th scope="row" style={{ textAlign: 'start' }}>
              {sum === 0n ? t('books.sumsToZero') : t('books.offBy')}
            </th>
            <td style={{ textAlign: 'end' }}>
              <strong>
                <Money nanos={sum} currency={currency} />
              </strong>
            </td>
          </tr>
        </tbody>
      </table>
    );
  });
}
