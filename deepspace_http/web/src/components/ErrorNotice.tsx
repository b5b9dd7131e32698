/** An error as people need it: what happened, what helps, and the trace id to hand on. */
import { Alert, Button, Flex, Typography } from 'antd';
import type { ReactNode } from 'react';
import { common } from '@/i18n/common';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';
import { CopyButton } from './CopyButton';
import { errorText } from './errorText';
import { useSecondsLeft } from './useSecondsLeft';

interface Props {
  error: unknown;
  /** Offers to try again. */
  onRetry?: (() => void) | undefined;
  /** What else would help here, such as a link to the top-up page. */
  action?: ReactNode;
}

export function ErrorNotice({ error, onRetry, action }: Props) {
  const t = useTexts(errors);
  const words = useTexts(common);
  const left = useSecondsLeft(error, errorText(error, t).waitSeconds ?? 0);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={t('title')}
      description={
        <Flex vertical gap={8}>
          <FaultText error={error} />
          {(onRetry || action) && (
            <Flex gap={8} wrap>
              {onRetry && (
                <Button size="small" disabled={left > 0} onClick={onRetry}>
                  {words('retry')}
                </Button>
              )}
              {action}
            </Flex>
          )}
        </Flex>
      }
    />
  );
}

/** The error itself: what happened and what helps, the gateway's own words, the trace id to copy. */
export function FaultText({ error }: { error: unknown }) {
  const t = useTexts(errors);
  const { what, detail, traceId, waitSeconds } = errorText(error, t);
  const left = useSecondsLeft(error, waitSeconds ?? 0);
  return (
    <Flex vertical gap={8}>
      <span>
        {what}
        {waitSeconds !== null && <Wait seconds={waitSeconds} left={left} />}
      </span>
      {detail && (
        <Typography.Text type="secondary" lang="en">
          {detail}
        </Typography.Text>
      )}
      {traceId && (
        <span>
          {t('traceId')} <Typography.Text code>{traceId}</Typography.Text>
          <CopyButton text={traceId} label={t('copyTrace')} />
        </span>
      )}
    </Flex>
  );
}

/** Counts down for the eye; whoever listens is told once. */
function Wait({ seconds, left }: { seconds: number; left: number }) {
  const t = useTexts(errors);
  return (
    <>
      <span className="visually-hidden"> {t('retryIn', { seconds })}</span>
      <span aria-hidden> {left > 0 ? t('retryIn', { seconds: left }) : t('retryNow')}</span>
    </>
  );
}
