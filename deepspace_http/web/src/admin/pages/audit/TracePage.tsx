/** One call's whole story: in short, stage by stage, in money and tokens, and everything in order. */
import { Alert, Card, Flex, Typography } from 'antd';
import { useParams } from 'react-router';
import { useTraceStory } from '@/api/queries/adminAudit';
import { CopyButton } from '@/components/CopyButton';
import { ErrorNotice } from '@/components/ErrorNotice';
import { PageHeader } from '@/components/PageHeader';
import { PageLoading } from '@/components/PageLoading';
import { adminAudit } from '@/i18n/adminAudit';
import { useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { BackLink } from '../../parts/BackLink';
import { readStory } from './story';
import styles from './TracePage.module.css';
import { Movements, Stages, Summary, Tokens } from './TraceParts';
import { TraceTimeline } from './TraceTimeline';

export function Component() {
  const t = useTexts(adminAudit);
  const { traceId = '' } = useParams();
  const told = useTraceStory(traceId);
  const story = told.data ? readStory(told.data) : null;
  return (
    <Page>
      <BackLink to="/audit/traces">{t('trace.back')}</BackLink>
      <PageHeader
        title={t('trace.title')}
        description={
          <Flex align="center" gap={4} wrap>
            <Typography.Text code style={{ overflowWrap: 'anywhere' }}>
              {traceId}
            </Typography.Text>
            <CopyButton text={traceId} label={t('trace.copy')} />
          </Flex>
        }
        actions={story && <CopyButton text={JSON.stringify(told.data, null, 2)}>{t('trace.copyAll')}</CopyButton>}
      />
      {told.error && <ErrorNotice error={told.error} onRetry={() => told.refetch()} />}
      {told.isPending && <PageLoading />}
      {story && (
        <Flex vertical gap={16}>
          {story.request === null && <Alert type="info" showIcon title={t('trace.partial')} />}
          <div className={styles.columns}>
            {(story.request ?? story.usage) && (
              <Part title={t('trace.summary')}>
                <Summary story={story} />
              </Part>
            )}
            {story.request && story.request.details.stages.length > 0 && (
              <Part title={t('trace.stages')} hint={t('trace.stagesHint')}>
                <Stages request={story.request.details} />
              </Part>
            )}
            {story.movements.length > 0 && (
              <Part title={t('trace.money')}>
                <Movements movements={story.movements} usage={story.usage?.details ?? null} />
              </Part>
            )}
            {story.usage && (
              <Part title={t('trace.tokens')}>
                <Tokens usage={story.usage.details} />
              </Part>
            )}
          </div>
          <Part title={t('trace.timeline')} hint={t('trace.timelineHint')}>
            <TraceTimeline entries={story.entries} />
          </Part>
        </Flex>
      )}
    </Page>
  );
}

function Part({ title, hint, children }: { title: string; hint?: string; children: React.ReactNode }) {
  return (
    <Card size="small">
      <Typography.Title level={2} style={{ fontSize: 16, margin: '4px 0 8px' }}>
        {title}
      </Typography.Title>
      {hint && (
        <Typography.Paragraph type="secondary" style={{ marginBlockEnd: 12 }}>
          {hint}
        </Typography.Paragraph>
      )}
      {children}
    </Card>
  );
}
