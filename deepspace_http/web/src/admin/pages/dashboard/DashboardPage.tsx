/** The whole installation at a glance: what needs attention, the figures, how they moved, and what strayed. */
import { Flex, Segmented, Typography } from 'antd';
import { useOverview } from '@/api/queries/overview';
import { DateTime } from '@/components/DateTime';
import { PageHeader } from '@/components/PageHeader';
import { adminDashboard } from '@/i18n/adminDashboard';
import { useTexts } from '@/i18n/i18n';
import { Page } from '@/shell/Frame';
import { AnomaliesCard } from './AnomaliesCard';
import { AttentionCard } from './AttentionCard';
import { ErrorsCard, SharesCard } from './Breakdowns';
import styles from './Dashboard.module.css';
import { FigureTiles } from './FigureTiles';
import { LeadersCard } from './LeadersCard';
import { RANGES, useRange } from './period';
import { Trends } from './Trends';

export function Component() {
  const t = useTexts(adminDashboard);
  const { range, choose, period } = useRange();
  const { data, error, refetch, dataUpdatedAt } = useOverview(period);
  // The tiles say what went wrong; what is drawn of the same figures would wait for them for ever.
  const isAway = Boolean(error) && !data;
  return (
    <Page>
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={
          <Segmented
            aria-label={t('range')}
            value={range}
            onChange={choose}
            options={RANGES.map((value) => ({ value, label: t(`ranges.${value}`) }))}
          />
        }
      />
      <Flex vertical gap={16}>
        <AttentionCard />
        <FigureTiles overview={data} error={error} onRetry={() => refetch()} />
        {!isAway && <Trends overview={data} />}
        <AnomaliesCard />
        <div className={styles.charts}>
          <LeadersCard period={period} />
          {!isAway && (
            <>
              <ErrorsCard overview={data} />
              <SharesCard overview={data} of="models" />
              <SharesCard overview={data} of="channels" />
            </>
          )}
        </div>
        {dataUpdatedAt > 0 && <Updated at={new Date(dataUpdatedAt).toISOString()} />}
      </Flex>
    </Page>
  );
}

function Updated({ at }: { at: string }) {
  const t = useTexts(adminDashboard);
  const [before, after] = t('updated', { time: '\n' }).split('\n');
  return (
    <Typography.Text type="secondary">
      {before}
      <DateTime at={at} withSeconds />
      {after}
    </Typography.Text>
  );
}
